// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>

#include "common/core/time.h"
#include "config/config.h"

namespace holdfast::vrrp {

// When an active router announces its addresses, and how often each of them: at once, again after a
// delay (a switch may not forward yet), at a steady pace if so configured, and once more whenever
// it hears another router that takes itself for the active one; of those not more than one burst
// a second, so that a flood of losing adverts is no flood of announcements.
//
// A value, made anew whenever the router becomes active. Its answers are how often each address is
// to be announced now; 0: not now.
class Announcer {
 public:
  // The first time: the router became active. From then on: neighbours may believe another.
  int request(const AnnounceConfig& config, Time now);
  int wake(const AnnounceConfig& config, Time now);
  // The pace of refreshing may be another now.
  void reconfigure(const AnnounceConfig& config, Time now);

  std::optional<Time> deadline() const;  // when wake() will have something to say
  bool operator==(const Announcer&) const = default;

 private:
  struct Burst {
    Time at;
    int repeat = 0;
    bool operator==(const Burst&) const = default;
  };

  void correct_again(const AnnounceConfig& config, Time now);

  std::optional<Time> last_;        // the last burst on request
  std::optional<Burst> postponed_;  // it came too soon after the last
  std::optional<Burst> second_;     // the later burst of what was requested
  std::optional<Time> refresh_;     // the next refreshing burst
};

}  // namespace holdfast::vrrp
