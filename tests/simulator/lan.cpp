// SPDX-License-Identifier: Apache-2.0
#include "tests/simulator/lan.h"

#include <cstddef>

namespace holdfast::simulator {

bool Lan::broadcast(int from, const Frame& frame) {
  bool to_everybody = true;
  for (int to = 0; to < hosts_; ++to) {
    if (to == from) continue;
    if (cuts_.contains({from, to}) || world_.random.chance(weather_.loss)) {
      to_everybody = false;
      continue;
    }
    deliver(to, frame);
    if (world_.random.chance(weather_.duplicates)) deliver(to, frame);
  }
  return to_everybody;
}

void Lan::deliver(int to, const Frame& frame) {
  Duration delay = weather_.delay + world_.random.between(Duration{0}, weather_.jitter);
  if (world_.random.chance(weather_.stragglers)) delay += 10 * weather_.jitter;
  world_.after(delay, [this, to, frame] { receive_(to, frame); });
}

void Lan::split(const std::vector<int>& group_of_host) {
  cuts_.clear();
  for (std::size_t from = 0; from < group_of_host.size(); ++from) {
    for (std::size_t to = 0; to < group_of_host.size(); ++to) {
      if (group_of_host[from] != group_of_host[to]) {
        cut(static_cast<int>(from), static_cast<int>(to));
      }
    }
  }
}

}  // namespace holdfast::simulator
