// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

#include "common/core/time.h"

// What the vrrp-worker and the witness-worker say to each other of leases.
namespace holdfast {

// vrrp-worker: whether a virtual router needs its lease: it is active, or is to be.
struct LeaseWish {
  std::string router;
  bool wanted = false;
  bool operator==(const LeaseWish&) const = default;
  static void describe(auto& archive, auto& self) {
    archive(self.router);
    archive(self.wanted);
  }
};

// witness-worker: what this node has with the witness, whenever that was renewed or lost. What is
// said of routers is so before `until`; from then on nobody knows: the witness is not reached.
struct WitnessState {
  std::uint64_t lease = 0;  // 0: none
  Time until;
  std::string trouble;  // the last one, for a person; empty: none since the lease was renewed
  bool operator==(const WitnessState&) const = default;
  static void describe(auto& archive, auto& self) {
    archive(self.lease);
    archive(self.until);
    archive(self.trouble);
  }
};

// witness-worker: whether a virtual router is held by this node.
struct LeaseState {
  std::string router;
  bool held = false;
  std::uint64_t lease = 0;  // by which it is, or was asked for
  std::string holder;       // the node that holds it, by its own name; empty: none is known
  Time since;
  bool operator==(const LeaseState&) const = default;
  static void describe(auto& archive, auto& self) {
    archive(self.router);
    archive(self.held);
    archive(self.lease);
    archive(self.holder);
    archive(self.since);
  }
};

}  // namespace holdfast
