// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <set>
#include <utility>
#include <vector>

#include "common/core/time.h"
#include "tests/simulator/world.h"

namespace holdfast::simulator {

// What travels: an IP packet from its header on, or the whole frame of an announcement (ARP, or
// neighbour advertisement). Bytes, never values.
struct Frame {
  bool announcement = false;
  std::shared_ptr<const std::vector<std::uint8_t>> bytes;
};

struct Weather {
  Duration delay = std::chrono::microseconds{100};
  Duration jitter{0};  // up to so much more: packets overtake each other
  unsigned loss = 0;   // percent of the deliveries
  unsigned duplicates = 0;
  unsigned stragglers = 0;  // percent that take ten times the jitter
};

// One broadcast domain. What a host sends reaches all others, as weather and cuts permit; a packet
// already under way arrives even if the cut comes meanwhile.
class Lan {
 public:
  using Receive = std::function<void(int host, const Frame& frame)>;

  Lan(World& world, int hosts, Receive receive)
      : world_(world), hosts_(hosts), receive_(std::move(receive)) {}

  // Whether it is on its way to everybody.
  bool broadcast(int from, const Frame& frame);

  void set_weather(const Weather& weather) { weather_ = weather; }
  const Weather& weather() const { return weather_; }
  void cut(int from, int to) { cuts_.emplace(from, to); }
  // Hosts of the same group hear each other, and nobody else.
  void split(const std::vector<int>& group_of_host);
  void heal() { cuts_.clear(); }

 private:
  void deliver(int to, const Frame& frame);

  World& world_;
  int hosts_;
  Receive receive_;
  Weather weather_;
  std::set<std::pair<int, int>> cuts_;  // from, to
};

}  // namespace holdfast::simulator
