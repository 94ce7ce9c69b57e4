// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <string>

#include "tests/simulator/cluster.h"
#include "tests/simulator/faults.h"
#include "tests/simulator/network.h"

namespace holdfast::simulator {

struct Outcome {
  std::optional<Failure> failure;
  std::uint64_t hash = 0;  // of everything that happened
  Figures figures;
  std::deque<std::string> tail;  // the last events, if words were kept
};

// One seed: a cluster drawn by chance, rounds of faults, each followed by calm, in which the
// election must settle (S1) and the promises for planned and unplanned restarts are put to the
// test (S4).
class Simulation {
 public:
  Simulation(std::uint64_t seed, Journal::Keep keep);
  Outcome run();

  World& world() { return network_.world(); }

 private:
  bool settle();
  void judge_flapping(std::size_t first);
  void live_through_calm();

  void restart_in_calm(const std::function<void(Host&)>& disable);
  void kill_soon(Host& host);
  void stop_in_calm();
  void reload_in_calm();

  Host& some_host();
  void fail(const char* invariant, const std::string& what) { world().fail(invariant, what); }

  Network network_;
  Random& random_;
  Cluster cluster_;
  Faults faults_;
};

}  // namespace holdfast::simulator
