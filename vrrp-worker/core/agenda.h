// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <set>
#include <tuple>
#include <vector>

#include "common/core/time.h"

namespace holdfast::vrrp {

struct Instance;

// What is to be woken, and when: by time, then by number, which is one's own. Each stands in it
// once at most; who moves is removed and put anew.
//
// Who was woken or heard is mostly the first, and becomes the last of all: a queue, which touches
// nothing of others, holds those who came in their order, and a set the few who did not.
class Agenda {
 public:
  struct Due {
    Time at;
    std::uint64_t number = 0;  // here, too: who orders by it does not look into the instances
    Instance* who = nullptr;   // in the queue: null, it was removed; never of the first
    bool operator<(const Due& other) const {
      return std::tie(at, number) < std::tie(other.at, other.number);
    }
  };

  void put(const Due& due) {
    if (queue_.empty() || queue_.back() < due) {
      queue_.push_back(due);
    } else {
      others_.insert(due);
    }
  }

  void remove(const Due& due) {
    const auto it = std::lower_bound(queue_.begin(), first_not_before(due), due);
    if (it == queue_.end() || due < *it || it->who == nullptr) {
      others_.erase(due);
      return;
    }
    it->who = nullptr;
    ++removed_;
    for (; !queue_.empty() && queue_.front().who == nullptr; --removed_) queue_.pop_front();
    if (removed_ <= kRemovedMin || removed_ < queue_.size() / 2) return;
    std::erase_if(queue_, [](const Due& one) { return one.who == nullptr; });
    removed_ = 0;
  }

  const Due* first() const {  // null: there is none
    if (others_.empty()) return queue_.empty() ? nullptr : &queue_.front();
    if (queue_.empty() || *others_.begin() < queue_.front()) return &*others_.begin();
    return &queue_.front();
  }

  // All whose time has come by `now`, in their order.
  std::vector<Instance*> due(Time now) const {
    std::vector<Instance*> due;
    auto one = queue_.begin();
    auto other = others_.begin();
    for (;;) {
      const bool is_one = one != queue_.end() && one->at <= now;
      const bool is_other = other != others_.end() && other->at <= now;
      if (!is_one && !is_other) return due;
      const Due& next = is_one && (!is_other || *one < *other) ? *one++ : *other++;
      if (next.who != nullptr) due.push_back(next.who);
    }
  }

 private:
  static constexpr std::size_t kRemovedMin = 64;  // fewer are not worth a look at all

  // Mostly it is the very first, and there is nothing to search.
  std::deque<Due>::iterator first_not_before(const Due& due) {
    return !queue_.empty() && !(queue_.front() < due) ? queue_.begin() : queue_.end();
  }

  std::deque<Due> queue_;
  std::size_t removed_ = 0;  // of these
  std::set<Due> others_;
};

}  // namespace holdfast::vrrp
