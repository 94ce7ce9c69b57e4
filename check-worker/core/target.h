// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>

#include "common/core/time.h"

namespace holdfast::check {

enum class Outcome : std::uint8_t { kUnchanged, kChangePending, kChanged };

// Whether something is up, told result by result. The first result counts at once; from then on it
// takes `rise` good ones in a row to come up, `fall` bad ones to go down.
class Target {
 public:
  Target() = default;
  Target(std::uint32_t rise, std::uint32_t fall) : rise_(rise), fall_(fall) {}

  Outcome result(bool good, Time now);

  // Held down, it does not come up. When it is let go of, the row of results that there is counts.
  void hold() { held_ = true; }
  Outcome release(Time now);
  bool held() const { return held_; }

  void restore(bool up, Time since);  // what a previous life knew: only evidence changes it
  void set_thresholds(std::uint32_t rise, std::uint32_t fall);  // state and row go on

  std::optional<bool> up() const { return up_; }   // nothing before the first result
  Time since() const { return since_; }            // of up()
  std::uint64_t in_a_row() const { return row_; }  // results like the last one, which included

  bool operator==(const Target&) const = default;

 private:
  std::uint32_t rise_ = 1;
  std::uint32_t fall_ = 1;
  std::optional<bool> up_;
  Time since_{};
  bool held_ = false;
  bool last_good_ = false;
  std::uint64_t row_ = 0;
};

}  // namespace holdfast::check
