// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <bit>
#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "common/core/time.h"

namespace holdfast::vrrp {

// Paces what puts back the things that somebody else takes away, or that the kernel refuses. One
// that goes missing now and then is put back at once; one that goes again and again within less
// than kGap, and so still within 100 ms; whoever fights for longer, or a kernel that goes on
// refusing, meets a pause that grows up to kGapMax.
class Repairs {
 public:
  static constexpr auto kGap = std::chrono::milliseconds{50};
  static constexpr int kPatience = 10;  // so many repairs before the pause grows
  static constexpr auto kGapMax = std::chrono::seconds{5};
  static constexpr auto kQuiet = std::chrono::seconds{30};  // then all is forgotten

  struct Thing {
    std::string place;  // the device of an address; empty: a route or a rule
    std::string name;   // in logs
    auto operator<=>(const Thing&) const = default;
  };

  // It is missing. True: now it is to be put back, for the count()th time in a row. False: it waits
  // for take_due().
  bool grant(const Thing& thing, Time now) {
    Record& record = records_[thing];
    if (record.due) {
      if (now < *record.due) return false;
      stop_waiting(thing, record);
    }
    if (record.count != 0 && now - record.last >= kQuiet) record = Record{};
    if (record.count != 0 && now - record.last < record.gap) {
      record.due = record.last + record.gap;
      waiting_.emplace(*record.due, thing);
      return false;
    }
    record.last = now;
    if (++record.count > kPatience && record.gap < kGapMax) {
      record.gap = std::min<Duration>(2 * record.gap, kGapMax);
    }
    return true;
  }
  // It was tried and did not work: another attempt is due, as if it had gone missing again.
  void failed(const Thing& thing, Time now) {
    Record& record = records_[thing];
    if (record.count == 0) record = {1, now, kGap, {}};
    if (record.due) return;
    record.due = now + record.gap;
    waiting_.emplace(*record.due, thing);
  }

  // What somebody else took away, until it is put back or nobody's any more.
  void note_loss(const Thing& thing) { lost_.insert(thing); }
  bool forget_loss(const Thing& thing) { return lost_.erase(thing) != 0; }  // whether it was

  std::uint64_t count(const Thing& thing) const {
    const auto it = records_.find(thing);
    return it == records_.end() ? 0 : it->second.count;
  }
  // The 1st, 2nd, 4th, 8th... in a row.
  bool worth_a_line(const Thing& thing) const { return std::has_single_bit(count(thing)); }

  // When take_due() must be called.
  std::optional<Time> deadline() const {
    return waiting_.empty() ? std::nullopt : std::optional{waiting_.begin()->first};
  }
  // The places where something is to be looked for again.
  std::set<std::string> take_due(Time now) {
    std::set<std::string> places;
    while (!waiting_.empty() && waiting_.begin()->first <= now) {
      const Thing thing = waiting_.extract(waiting_.begin()).value().second;
      records_[thing].due.reset();
      places.insert(thing.place);
    }
    std::erase_if(records_, [&](const auto& entry) {
      return !entry.second.due && now - entry.second.last >= kQuiet;
    });
    return places;
  }

 private:
  struct Record {
    std::uint64_t count = 0;
    Time last{};
    Duration gap = kGap;
    std::optional<Time> due;  // it waits until then
  };

  void stop_waiting(const Thing& thing, Record& record) {
    waiting_.erase({*record.due, thing});
    record.due.reset();
  }

  std::map<Thing, Record> records_;
  std::set<std::pair<Time, Thing>> waiting_;
  std::set<Thing> lost_;
};

}  // namespace holdfast::vrrp
