// SPDX-License-Identifier: Apache-2.0
#include "config/heartbeat.h"

#include <algorithm>

namespace holdfast {
namespace {

using std::chrono::milliseconds;

// By how much a sign of life may be late, where the watchdog time allows. With adverts of one
// second the next is due a little more than half a second after the last: it goes with the next
// advert, and with the renewal of addresses between two (Worker::turned()).
constexpr Duration kLateness = milliseconds{450};

// Of the configured intervals; without an instance, longer than any bound below.
Duration shortest_advert_interval(const Config& config) {
  Duration shortest = std::chrono::hours{1};
  for (const InstanceConfig& instance : config.instances) {
    shortest = std::min(shortest, instance.advert_interval);
  }
  return shortest;
}

}  // namespace

Duration heartbeat_interval(const Config& config, Role role) {
  switch (role) {
    case Role::kVrrp:
      return std::max<Duration>(std::clamp<Duration>(shortest_advert_interval(config) / 4,
                                                     milliseconds{25}, milliseconds{250}),
                                watchdog_time(config, role) - kLateness);
    case Role::kCheck:
    case Role::kBalance:
    case Role::kMonitor:
    case Role::kAlert:
    case Role::kWitness:
      break;
  }
  return milliseconds{1000};
}

Duration watchdog_time(const Config& config, Role role) {
  switch (role) {
    case Role::kVrrp:
      return std::clamp<Duration>(shortest_advert_interval(config), milliseconds{150},
                                  milliseconds{1000});
    case Role::kCheck:
    case Role::kBalance:
    case Role::kMonitor:
    case Role::kAlert:
    case Role::kWitness:
      break;
  }
  return milliseconds{2000};
}

}  // namespace holdfast
