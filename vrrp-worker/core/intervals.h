// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "common/core/ids.h"
#include "common/core/time.h"
#include "config/config.h"

// RFC 9568 §6.1, in integer microseconds: multiplied before divided.
namespace holdfast::vrrp {

// How much sooner a higher priority acts: ((256 - priority) * Active_Adver_Interval) / 256. In
// VRRPv2 it is (256 - priority) / 256 seconds, whatever the interval (RFC 3768 §6.1).
constexpr Duration skew_time(VrrpVersion version, Priority priority,
                             Duration active_adver_interval) {
  const Duration base =
      version == VrrpVersion::k2 ? Duration{std::chrono::seconds{1}} : active_adver_interval;
  return base * (256 - priority.value) / 256;
}

// How long a backup hears nothing before it takes over: 3 * Active_Adver_Interval + Skew_Time. Not
// in the RFC: another number of `adverts` that may be missed, keepalived's down_timer_adverts.
constexpr Duration active_down_interval(VrrpVersion version, Priority priority,
                                        Duration active_adver_interval, int adverts = 3) {
  return adverts * active_adver_interval + skew_time(version, priority, active_adver_interval);
}

// Not in the RFC: how long who hands over goes on answering if no heir is heard. An heir of any
// priority has taken over after its Skew_Time, which is under an interval.
constexpr Duration hand_over_time(VrrpVersion version, Priority priority, Duration interval) {
  return interval + skew_time(version, priority, interval);
}

// Not in the RFC: how long after the last sign of life of an active router no peer can have taken
// over. A peer counts from our last advert, which may be one interval older.
constexpr Duration nobody_took_over_interval(Duration advert_interval, int adverts) {
  return (adverts - 1) * advert_interval;
}

}  // namespace holdfast::vrrp
