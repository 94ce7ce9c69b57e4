// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "common/core/time.h"

// How an active router tells its neighbours where its addresses are: by gratuitous ARP and
// unsolicited neighbour advertisements. The defaults are keepalived's.
namespace holdfast {

// What stands under `announce` of an instance. A burst announces each address `repeat` times.
struct AnnounceConfig {
  int repeat = 5;                            // 1..100, on becoming active
  Duration delay = std::chrono::seconds{5};  // 0..1 h, until the second burst; 0: none
  std::optional<int> delay_repeat;           // 1..100, of the second burst; default: repeat
  Duration refresh{0};                       // 1 s..24 h, from one refreshing burst to the next;
                                             // 0: none
  int refresh_repeat = 1;                    // 1..100
  // After hearing another router that takes itself for the active one, and loses.
  std::optional<int> lower_priority_repeat;      // 0..100; 0: silent; default: repeat
  std::optional<Duration> lower_priority_delay;  // as delay; default: delay
  bool operator==(const AnnounceConfig&) const = default;

  int second_repeat() const { return delay_repeat.value_or(repeat); }
  int correcting_repeat() const { return lower_priority_repeat.value_or(repeat); }
  Duration correcting_delay() const { return lower_priority_delay.value_or(delay); }
};

// The least time between two frames, 0..10 s; 0: no limit.
struct AnnounceGap {
  Duration arp{0};
  Duration na{0};
  bool operator==(const AnnounceGap&) const = default;
};

// Interfaces behind one switch, which share a limit.
struct AnnounceGroup {
  std::vector<std::string> interfaces;  // at least 1; an interface is in one group only
  AnnounceGap gap;
  bool operator==(const AnnounceGroup&) const = default;
};

struct AnnounceLimits {
  AnnounceGap gap;  // of each interface that is in no group
  std::vector<AnnounceGroup> groups;
  bool operator==(const AnnounceLimits&) const = default;
};

}  // namespace holdfast
