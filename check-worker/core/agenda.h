// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "common/core/time.h"

namespace holdfast::check {

// Who is due when. Those of one time stand in one row, in the order in which they were put there:
// as most are due together with others, to come and to go costs as little with ten thousand as with
// ten, and who looks at all that are due reads them one after the other.
template <typename Who>
class Agenda {
  struct Row {
    std::vector<Who*> all;  // null: has gone
    std::size_t first = 0;  // that has not
    std::size_t left = 0;
  };
  using Rows = std::map<Time, Row>;

 public:
  // Of one who stands there, until it is taken away.
  class Place {
    friend Agenda;
    typename Rows::iterator row{};
    std::size_t at = 0;
  };

  bool empty() const { return rows_.empty(); }

  // Not of an empty one.
  Time next() const { return rows_.begin()->first; }
  Who& front() const {
    const Row& row = rows_.begin()->second;
    return *row.all[row.first];
  }

  Place add(Time when, Who& who) {
    Place place;
    place.row = row_at(when);
    Row& row = place.row->second;
    place.at = row.all.size();
    row.all.push_back(&who);
    ++row.left;
    return place;
  }

  void remove(const Place& place) {
    Row& row = place.row->second;
    row.all[place.at] = nullptr;
    if (--row.left == 0) {
      take_out(place.row);
      return;
    }
    while (row.all[row.first] == nullptr) ++row.first;
    while (row.all.back() == nullptr) row.all.pop_back();
  }

  void for_each_until(Time last, auto visit) const {
    for (const auto& [when, row] : rows_) {
      if (when > last) return;
      for (const Who* const who : row.all) {
        if (who != nullptr) visit(*who);
      }
    }
  }

 private:
  typename Rows::iterator row_at(Time when) {
    if (recent_ && (*recent_)->first == when) return *recent_;
    auto row = rows_.lower_bound(when);
    if (row == rows_.end() || row->first != when) {
      row = rows_.emplace_hint(row, when, Row{std::exchange(spare_, {})});
    }
    recent_ = row;
    return row;
  }

  // Its room is for the next row.
  void take_out(typename Rows::iterator row) {
    if (recent_ == row) recent_.reset();
    spare_ = std::move(row->second.all);
    spare_.clear();
    rows_.erase(row);
  }

  Rows rows_;
  std::optional<typename Rows::iterator> recent_;  // the last that someone was put into
  std::vector<Who*> spare_;
};

}  // namespace holdfast::check
