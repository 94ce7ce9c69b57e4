// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "config/config.h"
#include "tests/simulator/random.h"

namespace holdfast::simulator {

// What an operator wants of all hosts together, from which the configuration of each follows. Drawn
// by chance, and changed by chance, but always as somebody might who knows what he does: the hosts
// of a virtual router agree on what they must agree on.
class Cluster {
 public:
  Cluster(Random& random, int hosts, int lans);

  Config config_of(int host) const;
  void change(Random& random);  // one thing
  // Somebody gave a host another address on a LAN. Its peers, if any, know it by that from now on.
  void readdress(int lan, int host, const IpAddress& address) { addresses_[{lan, host}] = address; }
  bool has_unicast() const;

  Duration interval() const { return interval_; }  // the typical one, to which all times scale
  int hosts() const { return static_cast<int>(checks_.size()); }

 private:
  struct Member {
    int host = 0;
    Priority priority;
    Duration interval;
    bool preempt = true;
    Duration preempt_delay{0};
    ChecksumForm checksum{};
    std::vector<TrackInterface> track_interfaces;
    std::vector<TrackCheck> track_checks;
  };
  struct Router {
    std::string name;
    int lan = 0;
    Vrid vrid;
    VrrpVersion version{};
    Family family = Family::kIpv4;
    std::vector<IpPrefix> addresses;
    std::vector<IpPrefix> excluded;  // of any family
    std::vector<Member> members;
    bool unicast = false;
    std::string group;  // empty: none. Its routers are on the same hosts
  };

  void add_router(Random& random);
  Member draw_member(Random& random, const Router& router, int host);
  void draw_tracks(Random& random, const Router& router, Member& member);
  void make_owner(Random& random, Router& router);
  CheckConfig draw_check(Random& random, std::size_t number) const;
  IpPrefix draw_excluded(Random& random, const Router& router);
  IpPrefix draw_address(Random& random, int lan, Family family);
  Vrid free_vrid(Random& random, const Router& router) const;

  void change_member(Random& random, Router& router, Member& member);
  void change_membership(Random& random, Router& router);
  void change_addresses(Random& random, Router& router);
  void change_interval(Random& random, Router& router);
  void swap_vrids(Random& random, Router& router);
  void change_checks(Random& random);
  void change_group(Random& random, Router& router);

  // What a host is in a router, as configured.
  InstanceConfig instance_of(const Router& router, const Member& member) const;
  IpAddress address_of(const Router& router, int host) const;
  std::vector<Router*> ungrouped();
  std::vector<Router*> group_of(const std::string& name);
  void form_group(Random& random);
  void join(Random& random, const Router& first, Router& router);

  int lans_;
  Duration interval_{};
  int next_name_ = 0;
  int next_group_ = 0;
  std::uint8_t next_address_ = 100;
  std::vector<Router> routers_;
  std::vector<std::vector<CheckConfig>> checks_;        // by host
  std::map<std::pair<int, int>, IpAddress> addresses_;  // by LAN and host: changed ones
};

}  // namespace holdfast::simulator
