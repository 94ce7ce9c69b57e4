// SPDX-License-Identifier: Apache-2.0
#include "check-worker/core/target.h"

namespace holdfast::check {

Outcome Target::result(bool good, Time now) {
  row_ = good == last_good_ ? row_ + 1 : 1;
  last_good_ = good;
  if (up_ == good) return Outcome::kUnchanged;
  if (good && held_) return Outcome::kUnchanged;
  if (up_ && row_ < (good ? rise_ : fall_)) return Outcome::kChangePending;
  up_ = good;
  since_ = now;
  return Outcome::kChanged;
}

Outcome Target::release(Time now) {
  held_ = false;
  if (up_ != false || !last_good_) return Outcome::kUnchanged;
  if (row_ < rise_) return Outcome::kChangePending;
  up_ = true;
  since_ = now;
  return Outcome::kChanged;
}

void Target::restore(bool up, Time since) {
  up_ = up;
  since_ = since;
}

void Target::set_thresholds(std::uint32_t rise, std::uint32_t fall) {
  rise_ = rise;
  fall_ = fall;
}

}  // namespace holdfast::check
