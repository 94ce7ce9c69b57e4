// SPDX-License-Identifier: Apache-2.0
#include "common/event_loop.h"

#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <uv.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <map>
#include <span>
#include <utility>
#include <vector>

#include "common/clock.h"
#include "common/core/result.h"
#include "common/edge_watch.h"
#include "common/owned_fd.h"

namespace holdfast {
namespace {

// A callback may destroy the object that holds it, so each call holds on to it too.
template <typename F>
using Shared = std::shared_ptr<const F>;

template <typename F>
Shared<F> share(F callback) {
  return std::make_shared<const F>(std::move(callback));
}

constexpr Duration kAwakeFor = std::chrono::microseconds{200};

}  // namespace

class EventLoop::Impl {
 public:
  // Timers of one deadline fire in the order in which they were set.
  using Key = std::pair<Time, std::uint64_t>;

  Impl();
  ~Impl();
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  void run();
  void stop();
  bool stopped() const { return stopped_; }
  uv_loop_t* uv() { return &loop_; }

  Key schedule(Time deadline, Timer::Impl* timer);
  void cancel(const Key& key) { deadlines_.erase(key); }

  void poll(int fd, int operation, std::uint32_t events, void* who);
  void forget(const Watch::Impl* watch);
  void signals_changed() { signals_changed_ = true; }

 private:
  static constexpr int kReadyPerTurn = 64;

  void turn();
  bool is_watch(const epoll_event& event) const {
    return event.data.ptr != &timerfd_ && event.data.ptr != &loop_;
  }
  void tell(const epoll_event& event);
  bool arm();
  void arm_at(const std::optional<Time>& when);
  void fire_due();

  // One epoll set has all: what is watched, the timers, and libuv's loop, which has the signals. By
  // libuv's own handles each wake-up would cost three calls more, and a socket of one connection
  // five where here it is one.
  OwnedFd watched_;
  OwnedFd timerfd_;
  uv_loop_t loop_{};
  bool signals_changed_ = true;   // libuv takes up what is new when it runs
  std::span<epoll_event> ready_;  // of the turn in hand; null: the watch has gone meanwhile
  std::map<Key, Timer::Impl*> deadlines_;
  std::uint64_t next_order_ = 0;
  std::optional<Time> armed_;
  bool stopped_ = false;
};

class Timer::Impl {
 public:
  Impl(EventLoop::Impl& loop, std::function<void()> callback)
      : loop_(loop), callback_(share(std::move(callback))) {}
  ~Impl() { set(std::nullopt, Wait::kAsleep); }
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  void set(std::optional<Time> deadline, Wait wait) {
    wait_ = wait;
    if (key_ && deadline == key_->first) return;  // the usual case of who sets it with each event
    if (key_) loop_.cancel(*key_);
    key_.reset();
    if (deadline) key_ = loop_.schedule(*deadline, this);
  }

  Wait wait() const { return wait_; }

  void fire() {
    set(std::nullopt, Wait::kAsleep);
    const auto callback = callback_;
    (*callback)();
  }

 private:
  EventLoop::Impl& loop_;
  Shared<std::function<void()>> callback_;
  std::optional<EventLoop::Impl::Key> key_;
  Wait wait_ = Wait::kAsleep;
};

EventLoop::Impl::Impl() {
  HF_CHECK(uv_loop_init(&loop_) == 0);
  timerfd_.reset(::timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC));
  HF_CHECK(timerfd_);
  watched_.reset(::epoll_create1(EPOLL_CLOEXEC));
  HF_CHECK(watched_);
  // By edges: it is set again after each expiry, and so need not be read.
  poll(timerfd_.get(), EPOLL_CTL_ADD, EPOLLIN | EPOLLET, &timerfd_);
  poll(uv_backend_fd(&loop_), EPOLL_CTL_ADD, EPOLLIN, &loop_);
}

EventLoop::Impl::~Impl() {
  uv_walk(
      &loop_, [](uv_handle_t* handle, void*) { HF_CHECK(uv_is_closing(handle)); }, nullptr);
  while (uv_loop_close(&loop_) == UV_EBUSY) uv_run(&loop_, UV_RUN_DEFAULT);
}

void EventLoop::Impl::run() {
  while (!stopped_) turn();
  stopped_ = false;
}

void EventLoop::Impl::stop() {
  stopped_ = true;
}

EventLoop::Impl::Key EventLoop::Impl::schedule(Time deadline, Timer::Impl* timer) {
  const Key key{deadline, next_order_++};
  deadlines_.emplace(key, timer);
  return key;
}

// Whether the loop may sleep until then.
bool EventLoop::Impl::arm() {
  if (deadlines_.empty()) {
    arm_at(std::nullopt);
    return true;
  }
  const auto& [key, timer] = *deadlines_.begin();
  if (timer->wait() == Wait::kAsleep) {
    arm_at(key.first);
    return true;
  }
  const Time rises = key.first - kAwakeFor;
  const bool sleeps = monotonic_now() < rises;
  if (sleeps) arm_at(rises);
  return sleeps;
}

void EventLoop::Impl::arm_at(const std::optional<Time>& when) {
  if (when == armed_) return;
  armed_ = when;
  itimerspec expiry{};
  if (when) {
    // All zero would disarm it; one microsecond after boot is long past.
    const auto since_boot = std::max(when->time_since_epoch(), Duration{1});
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(since_boot);
    expiry.it_value.tv_sec = seconds.count();
    expiry.it_value.tv_nsec = std::chrono::nanoseconds(since_boot - seconds).count();
  }
  HF_CHECK(::timerfd_settime(timerfd_.get(), TFD_TIMER_ABSTIME, &expiry, nullptr) == 0);
}

void EventLoop::Impl::fire_due() {
  armed_.reset();
  const auto end = deadlines_.lower_bound(Key{monotonic_now() + Duration{1}, 0});
  std::vector<Key> due;
  for (auto it = deadlines_.begin(); it != end; ++it) due.push_back(it->first);
  // Each callback may move or destroy the timers after it. What it sets anew has a new key, and
  // so waits for the next turn: timers cannot keep the descriptors from being served.
  for (const Key& key : due) {
    if (stopped_) return;
    const auto timer = deadlines_.find(key);
    if (timer != deadlines_.end()) timer->second->fire();
  }
}

EventLoop::EventLoop() : impl_(std::make_unique<Impl>()) {}
EventLoop::~EventLoop() = default;
void EventLoop::run() {
  impl_->run();
}
void EventLoop::stop() {
  impl_->stop();
}

Timer::Timer(EventLoop& loop, std::function<void()> callback)
    : impl_(std::make_unique<Impl>(loop.impl(), std::move(callback))) {}
Timer::~Timer() = default;
void Timer::set(std::optional<Time> deadline, Wait wait) {
  impl_->set(deadline, wait);
}

class Watch::Impl {
 public:
  Impl(EventLoop::Impl& loop, int fd, Callback callback)
      : loop_(loop), fd_(fd), callback_(std::move(callback)) {}
  ~Impl() {
    if ((events_ & EPOLLET) == 0) set_events(0);
    if (awaited_) loop_.forget(this);
  }
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  void set_interest(Ready interest) {
    if (events_of(interest) != events_) set_events(events_of(interest));
  }
  void set_edges(Ready interest) { set_events(events_of(interest) | EPOLLET); }
  void again() { loop_.poll(fd_, EPOLL_CTL_MOD, events_, this); }
  void hand_over(Callback callback) {
    if (awaited_) loop_.forget(this);
    callback_ = std::move(callback);
  }

  void await() { awaited_ = true; }

  void tell(std::uint32_t events) {
    awaited_ = false;
    const bool failed = (events & EPOLLERR) != 0;
    const bool ended = failed || (events & EPOLLHUP) != 0;
    const Ready ready{ended || (events & (EPOLLIN | EPOLLRDHUP)) != 0,
                      (ended && (events_ & EPOLLOUT) != 0) || (events & EPOLLOUT) != 0, failed};
    const Callback callback = callback_;
    callback(ready);
  }

 private:
  static std::uint32_t events_of(Ready interest) {
    return (interest.readable ? EPOLLIN | EPOLLRDHUP : 0U) | (interest.writable ? EPOLLOUT : 0U);
  }
  void set_events(std::uint32_t events) {
    const std::uint32_t before = std::exchange(events_, events);
    if (before == events) return;
    const int operation = events == 0 ? EPOLL_CTL_DEL : before == 0 ? EPOLL_CTL_ADD : EPOLL_CTL_MOD;
    loop_.poll(fd_, operation, events, this);
  }

  EventLoop::Impl& loop_;
  int fd_;
  bool awaited_ = false;      // an event of it may be among those that are ready
  std::uint32_t events_ = 0;  // of interest
  // Copied by each call, as it may go meanwhile: one that is handed over needs no memory so.
  Callback callback_;
};

void EventLoop::Impl::turn() {
  if (std::exchange(signals_changed_, false)) uv_run(&loop_, UV_RUN_NOWAIT);
  if (stopped_) return;
  // At most once a turn, however often the callbacks of the last one moved timers.
  const bool sleeps = arm();
  std::array<epoll_event, kReadyPerTurn> ready{};
  const int count = ::epoll_wait(watched_.get(), ready.data(), kReadyPerTurn, sleeps ? -1 : 0);
  ready_ = std::span(ready).first(static_cast<std::size_t>(std::max(count, 0)));
  for (const epoll_event& event : ready_) {
    if (is_watch(event)) static_cast<Watch::Impl*>(event.data.ptr)->await();
  }
  for (const epoll_event& event : ready_) {
    if (stopped_) {
      armed_.reset();  // An expiry may be among what is left untold.
      break;
    }
    if (event.data.ptr != nullptr) tell(event);
  }
  ready_ = {};
  // What came has been served: who awaits the deadline of another's silence has heard it.
  if (!sleeps && !stopped_) fire_due();
}

void EventLoop::Impl::poll(int fd, int operation, std::uint32_t events, void* who) {
  epoll_event wanted{};
  wanted.events = events;
  wanted.data.ptr = who;
  HF_CHECK(::epoll_ctl(watched_.get(), operation, fd, &wanted) == 0);
}

void EventLoop::Impl::forget(const Watch::Impl* watch) {
  for (epoll_event& event : ready_) {
    if (event.data.ptr == watch) event.data.ptr = nullptr;
  }
}

void EventLoop::Impl::tell(const epoll_event& event) {
  if (event.data.ptr == &timerfd_) {
    fire_due();
  } else if (event.data.ptr == &loop_) {
    uv_run(&loop_, UV_RUN_NOWAIT);
  } else {
    static_cast<Watch::Impl*>(event.data.ptr)->tell(event.events);
  }
}

Watch::Watch() = default;
Watch::Watch(EventLoop& loop, int fd, Ready interest, Callback callback)
    : impl_(std::make_unique<Impl>(loop.impl(), fd, std::move(callback))) {
  impl_->set_interest(interest);
}
Watch::~Watch() = default;
Watch::Watch(Watch&&) noexcept = default;
Watch& Watch::operator=(Watch&&) noexcept = default;
void Watch::set_interest(Ready interest) {
  HF_CHECK(impl_ != nullptr);
  impl_->set_interest(interest);
}
EdgeWatch::EdgeWatch(EventLoop& loop, int fd, Ready interest, Watch::Callback callback)
    : impl_(std::make_unique<Watch::Impl>(loop.impl(), fd, std::move(callback))) {
  impl_->set_edges(interest);
}
EdgeWatch::~EdgeWatch() = default;
EdgeWatch::EdgeWatch(EdgeWatch&&) noexcept = default;
EdgeWatch& EdgeWatch::operator=(EdgeWatch&&) noexcept = default;
void EdgeWatch::again() {
  HF_CHECK(impl_ != nullptr);
  impl_->again();
}
void EdgeWatch::hand_over(Watch::Callback callback) {
  HF_CHECK(impl_ != nullptr);
  impl_->hand_over(std::move(callback));
}

class SignalWatch::Impl {
 public:
  Impl(EventLoop::Impl& loop, int signal, std::function<void()> callback)
      : loop_(loop), callback_(share(std::move(callback))) {
    HF_CHECK(uv_signal_init(loop.uv(), &handle_) == 0);
    handle_.data = this;
    HF_CHECK(uv_signal_start(&handle_, &Impl::delivered, signal) == 0);
    loop_.signals_changed();
  }

  void close() {
    loop_.signals_changed();
    uv_close(reinterpret_cast<uv_handle_t*>(&handle_),
             [](uv_handle_t* handle) { delete static_cast<Impl*>(handle->data); });
  }

 private:
  static void delivered(uv_signal_t* handle, int) {
    auto* const self = static_cast<Impl*>(handle->data);
    if (self->loop_.stopped()) return;
    const auto callback = self->callback_;
    (*callback)();
  }

  EventLoop::Impl& loop_;
  uv_signal_t handle_{};
  Shared<std::function<void()>> callback_;
};

SignalWatch::SignalWatch(EventLoop& loop, int signal, std::function<void()> callback)
    : impl_(new Impl(loop.impl(), signal, std::move(callback))) {}
SignalWatch::~SignalWatch() {
  impl_->close();
}

}  // namespace holdfast
