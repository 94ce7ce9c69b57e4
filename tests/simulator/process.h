// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <deque>
#include <optional>
#include <utility>

#include "tests/simulator/world.h"

namespace holdfast::simulator {

// A queue that is read in order, each item from its own time on.
template <typename T>
class Mailbox {
 public:
  void post(Time ready, T item) {
    if (!items_.empty()) ready = std::max(ready, items_.back().first);
    items_.emplace_back(ready, std::move(item));
  }
  Time ready() const { return items_.empty() ? kNever : items_.front().first; }
  T take() {
    T item = std::move(items_.front().second);
    items_.pop_front();
    return item;
  }
  bool empty() const { return items_.empty(); }
  std::size_t size() const { return items_.size(); }

 private:
  std::deque<std::pair<Time, T>> items_;
};

// The one timer of a process. It goes off a little after its deadline, as timers do.
class Alarm {
 public:
  void set(std::optional<Time> deadline, World& world) {
    if (deadline == deadline_) return;
    deadline_ = deadline;
    if (deadline) due_ = *deadline + world.random.between(Duration{0}, world.pace.timer_late);
  }
  Time due() const { return deadline_ ? due_ : kNever; }
  std::optional<Time> deadline() const { return deadline_; }
  // Gone off: the next set() counts anew, even for the same deadline.
  void spend() { deadline_.reset(); }

 private:
  std::optional<Time> deadline_;
  Time due_{};
};

// A program that waits for several sources of events and serves one at a time; of those that are
// ready it takes any, as nothing orders them. While paused it serves none, and they fill up.
class Process {
 public:
  explicit Process(World& world) : world_(world) {}
  virtual ~Process() = default;
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  Time next() const {
    if (paused_) return kNever;
    const Sources times = sources();
    return std::max(world_.now(), *std::min_element(times.begin(), times.end()));
  }
  void step();

  void pause() {
    paused_ = true;
    last_paused_ = world_.now();
  }
  virtual void resume() {
    if (!std::exchange(paused_, false)) return;
    last_paused_ = world_.now();
  }
  bool paused() const { return paused_; }
  bool paused_since(Time time) const { return paused_ || (last_paused_ && *last_paused_ >= time); }

  // Dies (SIGKILL) in the midst of what it does, after so many more of its actions.
  void light_fuse(int actions) { fuse_ = actions; }
  void put_out_fuse() { fuse_.reset(); }

 protected:
  using Sources = std::array<Time, 5>;  // from when on each is ready; kNever: it is not
  virtual Sources sources() const = 0;
  virtual void serve(std::size_t source) = 0;

  bool burnt_out() { return fuse_ && (*fuse_)-- <= 0; }
  // A core that asks to be woken at once, again and again, would spin for ever.
  void guard_against_spinning(std::optional<Time> deadline, Time now, const char* who);

  World& world_;

 private:
  bool paused_ = false;
  std::optional<Time> last_paused_;
  std::optional<int> fuse_;
  Time last_wake_{};
  int wakes_at_once_ = 0;
};

}  // namespace holdfast::simulator
