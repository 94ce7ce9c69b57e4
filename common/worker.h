// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <span>

#include "common/channel.h"
#include "common/core/messages.h"
#include "common/event_loop.h"
#include "common/memory.h"
#include "common/owned_fd.h"

namespace holdfast {

// The build both ends of a channel must share.
extern const char* const kBuildId;

// What every worker is: a channel at fd 3 to the supervisor, Hello, heartbeats from the loop's own
// wake-up, and the supervisor's messages handed on in order.
class Worker {
 public:
  struct Callbacks {
    // Adopt the sealed configuration; an error is fatal (the supervisor validated it).
    std::function<Result<void>(OwnedFd document)> configure;
    // A retained message, before Start or whenever it changes.
    std::function<void(const Message&)> message;
    std::function<void(std::optional<Time> last_alive)> start;
    // Shutdown was asked for, or the supervisor is gone: hand over, then EventLoop::stop().
    std::function<void()> shutdown;
    // A Secret that came in a memfd; an error is fatal. None: this role is told none.
    std::function<Result<void>(OwnedFd memfd)> secret_file{};
    // The check-worker's only.
    std::function<void(const PingSocket&, OwnedFd socket)> ping_socket{};
    std::function<Result<void>(OwnedFd memfd)> system_file{};  // an error is fatal
    std::function<void(const MarkedSocket&, OwnedFd socket)> marked_socket{};
    // The monitor-worker's only.
    std::function<void(const Listener&, OwnedFd socket)> listener{};
  };

  Worker(EventLoop& loop, Role role, Callbacks callbacks);

  // A supervisor that takes nothing is as good as gone: what could not be sent is dropped, and so
  // is all that follows, while `shutdown` hands over.
  void send(const Message& message) { send(std::span(&message, 1)); }
  void send(std::span<const Message> messages);  // in few packets
  // Something has woken the loop, and is done: a sign of life that is soon due goes now, and so
  // costs no wake-up of its own. Also to be called in the midst of what takes long and gets on: one
  // that is overdue does not wait for its end, or the supervisor would take work for a hang.
  void turned(Time now);
  // Much memory is used, and will be free again: a little later the kernel gets it back, as after
  // every configuration. With a heartbeat, not in the midst of what is urgent; and not again and
  // again, if the same comes again and again.
  void uses_much();
  bool is_orphan() const { return channel_ == nullptr; }  // the supervisor is gone
  void set_heartbeat_interval(Duration interval);         // from the next heartbeat on

 private:
  void received(Message message, OwnedFd descriptor);
  void beat(Duration next);
  void shut_down();

  Callbacks callbacks_;
  Reserve reserve_;  // servers come and go: the next configuration soon follows
  Duration interval_;
  Timer heartbeat_;
  std::optional<Time> due_;    // the next heartbeat
  bool said_ = false;          // anything, since turned() was called last
  bool went_without_ = false;  // a heartbeat, because of what was said; since the last one
  bool closing_ = false;
  std::optional<Time> gives_back_at_;  // free memory
  Time gave_back_at_{};
  std::unique_ptr<Channel> channel_;  // none once the supervisor is lost
};

}  // namespace holdfast
