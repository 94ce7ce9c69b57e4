// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <optional>

#include "common/core/time.h"

namespace holdfast {

// The one loop of a process, on libuv. Callbacks run one at a time on the caller of run(). All
// timers share one timerfd (absolute, CLOCK_MONOTONIC, microseconds): libuv's own have a grain of
// a millisecond, too coarse for adverts 10 ms apart. A callback may destroy its own Watch, Timer
// or SignalWatch, or any other. They must not outlive the loop.
class EventLoop {
 public:
  class Impl;

  EventLoop();
  ~EventLoop();
  EventLoop(const EventLoop&) = delete;
  EventLoop& operator=(const EventLoop&) = delete;

  void run();   // until stop()
  void stop();  // run() returns after the current callback

  Impl& impl() { return *impl_; }

 private:
  std::unique_ptr<Impl> impl_;
};

struct Ready {
  bool readable = false;  // also: closed by the peer, or failed
  bool writable = false;
  bool failed = false;  // an error waits to be read
};

// Calls back when `fd` is ready, again and again until it is served. Does not own `fd`, which must
// stay open while watched, and should be non-blocking.
class Watch {
 public:
  using Callback = std::function<void(Ready)>;
  Watch();
  Watch(EventLoop& loop, int fd, Ready interest, Callback callback);
  ~Watch();
  Watch(Watch&&) noexcept;
  Watch& operator=(Watch&&) noexcept;

  void set_interest(Ready interest);

  class Impl;

 private:
  std::unique_ptr<Impl> impl_;
};

// How the loop waits for a deadline. A processor that sleeps takes some tens of microseconds to go
// on, of a virtual machine more: kAwake spares them, by not sleeping for the last kAwakeFor. For
// what is rare and urgent.
enum class Wait : bool { kAsleep, kAwake };

// Calls back once at or after its deadline; then it has none.
class Timer {
 public:
  Timer(EventLoop& loop, std::function<void()> callback);
  ~Timer();
  Timer(const Timer&) = delete;
  Timer& operator=(const Timer&) = delete;

  // One in the past fires at the next turn of the loop.
  void set(std::optional<Time> deadline, Wait wait = Wait::kAsleep);

  class Impl;

 private:
  std::unique_ptr<Impl> impl_;
};

// Calls back, in the loop, for each delivery of a signal.
class SignalWatch {
 public:
  SignalWatch(EventLoop& loop, int signal, std::function<void()> callback);
  ~SignalWatch();
  SignalWatch(const SignalWatch&) = delete;
  SignalWatch& operator=(const SignalWatch&) = delete;

  class Impl;

 private:
  Impl* impl_;
};

}  // namespace holdfast
