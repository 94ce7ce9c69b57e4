// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "tests/simulator/election.h"
#include "tests/simulator/host.h"
#include "tests/simulator/invariants.h"
#include "tests/simulator/lan.h"
#include "tests/simulator/witness.h"
#include "tests/simulator/world.h"

namespace holdfast::simulator {

// Hosts on LANs, and the loop that takes them from one event to the next. Host h has the address
// 10.0.L.(10 + h)/24 on its interface ethL to LAN L, and fe80::(10 + h)/64.
class Network {
 public:
  Network(std::uint64_t seed, Journal::Keep keep, int hosts, int lans);

  World& world() { return world_; }
  Witness& witness() { return witness_; }
  Host& host(int number) { return *hosts_[static_cast<std::size_t>(number)]; }
  Lan& lan(int number) { return *lans_[static_cast<std::size_t>(number)]; }
  const Hosts& hosts() const { return hosts_; }
  int lans() const { return static_cast<int>(lans_.size()); }
  // The last IP packet on a LAN; without bytes: none yet.
  const Frame& last_packet(int lan) const { return last_packets_[static_cast<std::size_t>(lan)]; }

  // Goes on until then, until `done` after some step, or until an invariant is broken. Whether it
  // went all the way, or until `done`.
  bool run_until(Time time, const std::function<bool()>& done = nullptr);
  bool run_for(Duration duration, const std::function<bool()>& done = nullptr) {
    return run_until(world_.now() + duration, done);
  }

  // How many hosts hold an address on an interface that is up.
  int holders(int lan, const IpPrefix& prefix) const;

  static IpPrefix primary(int lan, int host, Family family = Family::kIpv4);

 private:
  bool step(Time until);
  void broadcast(int from, int lan, const Frame& frame);

  World world_;
  Witness witness_{world_};
  Invariants invariants_{world_};
  Hosts hosts_;
  std::vector<std::unique_ptr<Lan>> lans_;
  std::vector<Frame> last_packets_;
};

}  // namespace holdfast::simulator
