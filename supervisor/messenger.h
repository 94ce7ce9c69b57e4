// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <string>

#include "common/event_loop.h"
#include "common/unix_user.h"
#include "config/config.h"
#include "supervisor/core/notices.h"
#include "supervisor/notify_fifo.h"
#include "supervisor/scripts.h"

namespace holdfast::supervisor {

using Users = std::map<std::string, UnixUser>;  // by name

// Brings changes of state to the operator's scripts and FIFO. At the end it has a bounded time.
class Messenger {
 public:
  // What each script has at the end.
  static constexpr Duration kLastWords = std::chrono::seconds{2};

  using Ended = std::function<void(ScriptVerdict)>;  // of a script
  Messenger(EventLoop& loop, Ended ended);

  // `users` beside those of before: what a reload removes is told by its former scripts.
  void configure(const NotifyConfig& config, const Users& users);
  // By the scripts of `config`.
  void tell(const Notice& notice, const Config& config);

  bool idle() const { return scripts_.idle(); }
  std::vector<int> pids() const { return scripts_.pids(); }
  NotifyFifo::Held fifo() const { return fifo_.held(); }
  void take_over(const NotifyFifo::Held& fifo) { fifo_.take_over(fifo); }

  // Nothing but the next notices matters any more. `done` is called, perhaps at once, when they are
  // told or their time is up.
  void prepare_the_end();
  void finish(std::function<void()> done);

 private:
  void finish_if_idle();

  Users users_;
  Ended ended_;
  NotifyFifo fifo_;
  std::function<void()> done_;
  Timer deadline_;
  Scripts scripts_;
};

}  // namespace holdfast::supervisor
