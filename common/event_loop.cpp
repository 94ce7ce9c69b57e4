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

  void poll(int fd, std::uint32_t before, std::uint32_t events, Watch::Impl* watch);
  void forget(const Watch::Impl* watch);

 private:
  static constexpr int kReadyPerTurn = 64;

  void arm();
  void fire_due();
  void tell_ready();

  uv_loop_t loop_{};
  OwnedFd timerfd_;
  uv_poll_t expired_{};
  // Whatever is watched, in one epoll set that libuv watches: its own handles cost five calls for
  // a socket of one connection where this costs two (add, delete).
  OwnedFd watched_;
  uv_poll_t some_ready_{};
  std::span<epoll_event> ready_;  // of the turn in hand; null: the watch has gone meanwhile
  uv_prepare_t before_wait_{};
  std::map<Key, Timer::Impl*> deadlines_;
  std::uint64_t next_order_ = 0;
  std::optional<Time> armed_;
  bool stopped_ = false;
};

class Timer::Impl {
 public:
  Impl(EventLoop::Impl& loop, std::function<void()> callback)
      : loop_(loop), callback_(share(std::move(callback))) {}
  ~Impl() { set(std::nullopt); }
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  void set(std::optional<Time> deadline) {
    if (key_) loop_.cancel(*key_);
    key_.reset();
    if (deadline) key_ = loop_.schedule(*deadline, this);
  }

  void fire() {
    set(std::nullopt);
    const auto callback = callback_;
    (*callback)();
  }

 private:
  EventLoop::Impl& loop_;
  Shared<std::function<void()>> callback_;
  std::optional<EventLoop::Impl::Key> key_;
};

EventLoop::Impl::Impl() {
  HF_CHECK(uv_loop_init(&loop_) == 0);
  timerfd_.reset(::timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC));
  HF_CHECK(timerfd_);
  watched_.reset(::epoll_create1(EPOLL_CLOEXEC));
  HF_CHECK(watched_);
  HF_CHECK(uv_poll_init(&loop_, &expired_, timerfd_.get()) == 0);
  HF_CHECK(uv_poll_init(&loop_, &some_ready_, watched_.get()) == 0);
  HF_CHECK(uv_prepare_init(&loop_, &before_wait_) == 0);
  expired_.data = this;
  some_ready_.data = this;
  before_wait_.data = this;
  HF_CHECK(uv_poll_start(&expired_, UV_READABLE, [](uv_poll_t* handle, int, int) {
             static_cast<Impl*>(handle->data)->fire_due();
           }) == 0);
  HF_CHECK(uv_poll_start(&some_ready_, UV_READABLE, [](uv_poll_t* handle, int, int) {
             static_cast<Impl*>(handle->data)->tell_ready();
           }) == 0);
  // The timerfd is set at most once a turn, however often the callbacks of that turn moved timers.
  HF_CHECK(uv_prepare_start(&before_wait_, [](uv_prepare_t* handle) {
             static_cast<Impl*>(handle->data)->arm();
           }) == 0);
}

EventLoop::Impl::~Impl() {
  uv_close(reinterpret_cast<uv_handle_t*>(&expired_), nullptr);
  uv_close(reinterpret_cast<uv_handle_t*>(&some_ready_), nullptr);
  uv_close(reinterpret_cast<uv_handle_t*>(&before_wait_), nullptr);
  uv_walk(
      &loop_, [](uv_handle_t* handle, void*) { HF_CHECK(uv_is_closing(handle)); }, nullptr);
  while (uv_loop_close(&loop_) == UV_EBUSY) uv_run(&loop_, UV_RUN_DEFAULT);
}

void EventLoop::Impl::run() {
  uv_run(&loop_, UV_RUN_DEFAULT);
  stopped_ = false;
}

void EventLoop::Impl::stop() {
  stopped_ = true;
  uv_stop(&loop_);
}

EventLoop::Impl::Key EventLoop::Impl::schedule(Time deadline, Timer::Impl* timer) {
  const Key key{deadline, next_order_++};
  deadlines_.emplace(key, timer);
  return key;
}

void EventLoop::Impl::arm() {
  std::optional<Time> first;
  if (!deadlines_.empty()) first = deadlines_.begin()->first.first;
  if (first == armed_) return;
  armed_ = first;
  itimerspec when{};
  if (first) {
    // All zero would disarm it; one microsecond after boot is long past.
    const auto since_boot = std::max(first->time_since_epoch(), Duration{1});
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(since_boot);
    when.it_value.tv_sec = seconds.count();
    when.it_value.tv_nsec = std::chrono::nanoseconds(since_boot - seconds).count();
  }
  HF_CHECK(::timerfd_settime(timerfd_.get(), TFD_TIMER_ABSTIME, &when, nullptr) == 0);
}

void EventLoop::Impl::fire_due() {
  std::uint64_t expirations = 0;
  // Nothing to read means that the deadline has been moved since: the loop below finds out.
  [[maybe_unused]] const ssize_t got = ::read(timerfd_.get(), &expirations, sizeof expirations);
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
void Timer::set(std::optional<Time> deadline) {
  impl_->set(deadline);
}

class Watch::Impl {
 public:
  Impl(EventLoop::Impl& loop, int fd, Callback callback)
      : loop_(loop), fd_(fd), callback_(share(std::move(callback))) {}
  ~Impl() {
    set_interest({});
    loop_.forget(this);
  }
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  void set_interest(Ready interest) {
    const std::uint32_t events =
        (interest.readable ? EPOLLIN | EPOLLRDHUP : 0U) | (interest.writable ? EPOLLOUT : 0U);
    if (events == events_) return;
    loop_.poll(fd_, std::exchange(events_, events), events, this);
  }

  void tell(std::uint32_t events) {
    const bool failed = (events & EPOLLERR) != 0;
    const bool ended = failed || (events & EPOLLHUP) != 0;
    const Ready ready{ended || (events & (EPOLLIN | EPOLLRDHUP)) != 0,
                      (ended && (events_ & EPOLLOUT) != 0) || (events & EPOLLOUT) != 0, failed};
    const auto callback = callback_;
    (*callback)(ready);
  }

 private:
  EventLoop::Impl& loop_;
  int fd_;
  std::uint32_t events_ = 0;  // of interest
  Shared<Callback> callback_;
};

void EventLoop::Impl::poll(int fd, std::uint32_t before, std::uint32_t events, Watch::Impl* watch) {
  const int operation = events == 0 ? EPOLL_CTL_DEL : before == 0 ? EPOLL_CTL_ADD : EPOLL_CTL_MOD;
  epoll_event wanted{};
  wanted.events = events;
  wanted.data.ptr = watch;
  HF_CHECK(::epoll_ctl(watched_.get(), operation, fd, &wanted) == 0);
}

void EventLoop::Impl::forget(const Watch::Impl* watch) {
  for (epoll_event& event : ready_) {
    if (event.data.ptr == watch) event.data.ptr = nullptr;
  }
}

void EventLoop::Impl::tell_ready() {
  std::array<epoll_event, kReadyPerTurn> ready{};
  const int count = ::epoll_wait(watched_.get(), ready.data(), kReadyPerTurn, 0);
  if (count <= 0) return;  // Whoever was ready has gone.
  ready_ = std::span(ready).first(static_cast<std::size_t>(count));
  for (const epoll_event& event : ready_) {
    // After stop() the others stay ready, and are told if the loop runs again.
    if (stopped_) break;
    if (event.data.ptr != nullptr) static_cast<Watch::Impl*>(event.data.ptr)->tell(event.events);
  }
  ready_ = {};
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

class SignalWatch::Impl {
 public:
  Impl(EventLoop::Impl& loop, int signal, std::function<void()> callback)
      : loop_(loop), callback_(share(std::move(callback))) {
    HF_CHECK(uv_signal_init(loop.uv(), &handle_) == 0);
    handle_.data = this;
    HF_CHECK(uv_signal_start(&handle_, &Impl::delivered, signal) == 0);
  }

  void close() {
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
