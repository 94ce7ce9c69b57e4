// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <array>
#include <functional>
#include <string>
#include <vector>

#include "common/core/messages.h"
#include "common/event_loop.h"

namespace holdfast::supervisor {

enum class ScriptKind : std::uint8_t { kOfCheck, kOfNotify, kOfAlert };

// What the processes of this daemon take, how late their loops are and how its scripts end: for the
// monitor-worker, which can see none of it, and as long as somebody wants it.
class Census {
 public:
  static constexpr Duration kInterval = std::chrono::seconds{5};

  Census(EventLoop& loop, std::function<void()> due);

  void heard(Role role, const Heartbeat& beat);
  void ended(ScriptKind kind, ScriptVerdict verdict);

  void wanted(bool on);  // else nobody is woken up for it

  // By role; 0: there is no process.
  std::vector<Message> count(const std::array<int, kRoles.size()>& pids) const;

 private:
  void tick();

  std::function<void()> due_;
  Time next_{};
  bool on_ = false;
  std::array<DurationHistogram, kRoles.size()> lags_{};
  DurationHistogram own_;
  std::array<ScriptCounters, 3> scripts_;
  Timer timer_;
};

}  // namespace holdfast::supervisor
