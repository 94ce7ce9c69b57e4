// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "tests/simulator/host.h"
#include "tests/simulator/world.h"

namespace holdfast::simulator {

// Looks at a whole host after every step of it:
//  S2  a live host holds the addresses of a router if and only if the router is active. The
//      exceptions: handing over in good order it holds them for an interval and Skew_Time more, and
//      having lost to a better router until neighbours know that one.
//  S8  the members of a sync group are at fault together, and active together but for as long as it
//      takes one that obeys nobody to become due.
//  S10 (in Host) the kernel ends no address of an active router that was not stopped.
//  S6  what the supervisor retains is what the workers last said, and what they were told.
class Invariants {
 public:
  explicit Invariants(World& world) : world_(world) {}

  void after_step(const Host& host);

 private:
  using Place = std::tuple<int, int, IpPrefix>;  // host, interface index
  // Held by right: by whom, and how long it may outlast that right.
  struct Right {
    std::string router;
    Vrid vrid;
    VrrpVersion version{};
    Duration grace;  // of a hand-over
    Time seen;       // when it had it last
    std::optional<Time> until;
  };

  void addresses(const Host& host, const VrrpProcess& vrrp);
  void judge_address(const Host& host, const InstanceConfig& config, const vrrp::Link& link,
                     const IpPrefix& prefix, bool active);
  void judge_lacked(const Host& host, const InstanceConfig& config, const Place& place);
  void judge_held(const Host& host, const VrrpProcess& vrrp, const vrrp::Link& link,
                  const IpPrefix& prefix);
  Right right_of(const InstanceConfig& config, const VrrpProcess& vrrp) const;
  std::optional<Duration> may_outlast(const Host& host, const VrrpProcess& vrrp,
                                      const vrrp::Link& link, const Right& had) const;
  void groups(const Host& host, const VrrpProcess& vrrp);
  void judge_group(const Host& host, const VrrpProcess& vrrp, const std::string& name);
  void retained(const Host& host);
  void fail(const Host& host, const char* invariant, const std::string& what);

  World& world_;
  std::map<Place, Right> rights_;
  // Groups of which some members are active and some are not: since when, and in which generation.
  struct Mixture {
    Time since;
    Generation generation;
  };
  std::map<std::pair<int, std::string>, Mixture> mixed_;
  std::map<Place, Time> stolen_;  // since when an active router lacks it
};

}  // namespace holdfast::simulator
