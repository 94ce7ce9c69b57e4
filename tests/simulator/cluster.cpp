// SPDX-License-Identifier: Apache-2.0
#include "tests/simulator/cluster.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "tests/simulator/kernel.h"
#include "tests/simulator/network.h"

namespace holdfast::simulator {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

Priority draw_priority(Random& random) {
  // Equal ones are as interesting as different ones.
  const std::vector<std::uint8_t> usual{90, 100, 100, 110, 150, 200};
  if (random.chance(80)) return Priority{random.pick(usual)};
  return Priority{static_cast<std::uint8_t>(random.between(1, 254))};
}

std::optional<int> draw_weight(Random& random) {
  if (random.chance(35)) return std::nullopt;
  const int weight = random.between(1, 100);
  return random.chance(60) ? -weight : weight;
}

bool has_owner(const auto& router) {
  return std::any_of(router.members.begin(), router.members.end(),
                     [](const auto& member) { return member.priority == kPriorityOwner; });
}

}  // namespace

Cluster::Cluster(Random& random, int hosts, int lans)
    : lans_(lans), checks_(static_cast<std::size_t>(hosts)) {
  const std::vector<Duration> intervals{milliseconds{10},  milliseconds{50},  milliseconds{100},
                                        milliseconds{250}, milliseconds{500}, seconds{1},
                                        seconds{1},        seconds{1},        seconds{3}};
  interval_ = random.pick(intervals);
  for (auto& checks : checks_) {
    for (int i = random.between(0, 2); i > 0; --i) {
      checks.push_back(draw_check(random, checks.size()));
    }
  }
  for (int i = random.between(1, 4); i > 0; --i) add_router(random);
  if (random.chance(50)) form_group(random);
}

Config Cluster::config_of(int host) const {
  Config config;
  config.node = "h" + std::to_string(host);
  config.checks = checks_[static_cast<std::size_t>(host)];
  std::map<std::string, std::vector<std::string>> groups;
  for (const Router& router : routers_) {
    for (const Member& member : router.members) {
      if (member.host != host) continue;
      config.instances.push_back(instance_of(router, member));
      if (!router.group.empty()) groups[router.group].push_back(router.name);
    }
  }
  for (auto& [name, instances] : groups) config.sync_groups.push_back({name, std::move(instances)});
  return config;
}

InstanceConfig Cluster::instance_of(const Router& router, const Member& member) const {
  InstanceConfig instance;
  instance.name = router.name;
  instance.interface = Kernel::interface_name(router.lan);
  instance.vrid = router.vrid;
  instance.version = router.version;
  instance.priority = member.priority;
  instance.advert_interval = member.interval;
  instance.preempt = member.preempt;
  instance.preempt_delay = member.preempt_delay;
  instance.checksum = member.checksum;
  instance.addresses.assign(router.addresses.begin(), router.addresses.end());
  instance.excluded_addresses.assign(router.excluded.begin(), router.excluded.end());
  instance.sync_group = router.group;
  instance.track_interfaces = member.track_interfaces;
  instance.track_checks = member.track_checks;
  UnicastConfig unicast;
  for (const Member& peer : router.members) {
    if (peer.host != member.host) unicast.peers.push_back({address_of(router, peer.host)});
  }
  if (router.unicast && !unicast.peers.empty()) instance.unicast = std::move(unicast);
  return instance;
}

IpAddress Cluster::address_of(const Router& router, int host) const {
  const auto it = addresses_.find({router.lan, host});
  const bool changed = router.family == Family::kIpv4 && it != addresses_.end();
  return changed ? it->second : Network::primary(router.lan, host, router.family).address;
}

bool Cluster::has_unicast() const {
  return std::any_of(routers_.begin(), routers_.end(),
                     [](const Router& router) { return router.unicast; });
}

// ---- Drawing.

void Cluster::add_router(Random& random) {
  Router router;
  router.name = "r" + std::to_string(next_name_++);
  router.lan = random.between(0, lans_ - 1);
  router.family = random.chance(70) ? Family::kIpv4 : Family::kIpv6;
  router.vrid = free_vrid(random, router);
  const bool whole_seconds = interval_ % seconds{1} == Duration{0};
  const bool may_be_2 = whole_seconds && router.family == Family::kIpv4;
  router.version = may_be_2 && random.chance(40) ? VrrpVersion::k2 : VrrpVersion::k3;
  for (int i = random.between(1, 3); i > 0; --i) {
    router.addresses.push_back(draw_address(random, router.lan, router.family));
  }
  if (random.chance(20)) router.excluded.push_back(draw_excluded(random, router));
  for (int host = 0; host < hosts(); ++host) {
    if (random.chance(85)) router.members.push_back(draw_member(random, router, host));
  }
  if (router.members.empty()) router.members.push_back(draw_member(random, router, 0));
  router.unicast = random.chance(20);
  if (random.chance(10)) make_owner(random, router);
  routers_.push_back(std::move(router));
}

Cluster::Member Cluster::draw_member(Random& random, const Router& router, int host) {
  Member member;
  member.host = host;
  member.priority = draw_priority(random);
  member.interval = router.members.empty() ? interval_ : router.members.front().interval;
  // In version 3 every router may have an interval of its own, and adopts that of the active one.
  if (router.version == VrrpVersion::k3 && random.chance(10)) member.interval = 2 * interval_;
  member.preempt = random.chance(70);
  if (member.preempt && random.chance(20)) {
    member.preempt_delay = random.between(1, 5) * interval_;
  }
  member.checksum = random.chance(70) ? ChecksumForm::kPseudoHeader : ChecksumForm::kMessageOnly;
  draw_tracks(random, router, member);
  return member;
}

void Cluster::draw_tracks(Random& random, const Router& router, Member& member) {
  member.track_checks.clear();
  member.track_interfaces.clear();
  for (const CheckConfig& check : checks_[static_cast<std::size_t>(member.host)]) {
    if (random.chance(40)) member.track_checks.push_back({check.name, draw_weight(random)});
  }
  for (int lan = 0; lan < lans_; ++lan) {
    if (lan == router.lan || !random.chance(25)) continue;
    member.track_interfaces.push_back({Kernel::interface_name(lan), draw_weight(random)});
  }
}

// The owner has the address of the virtual router as its own (RFC 9568 §1.6).
void Cluster::make_owner(Random& random, Router& router) {
  Member& owner = random.pick(router.members);
  const IpPrefix own = Network::primary(router.lan, owner.host, router.family);
  // An address stands in one router only.
  if (std::any_of(routers_.begin(), routers_.end(), [&](const Router& other) {
        return std::find(other.addresses.begin(), other.addresses.end(), own) !=
               other.addresses.end();
      })) {
    return;
  }
  owner.priority = kPriorityOwner;
  router.addresses = {own};
}

CheckConfig Cluster::draw_check(Random& random, std::size_t number) const {
  CheckConfig check;
  check.name = "c" + std::to_string(number);
  check.target =
      TcpCheck{{IpAddress::v4({127, 0, 0, 1}), static_cast<std::uint16_t>(8000 + number)}};
  check.interval = random.between(milliseconds{50}, seconds{1});
  check.timeout = random.between(milliseconds{10}, check.interval);
  check.rise = static_cast<std::uint32_t>(random.between(1, 3));
  check.fall = static_cast<std::uint32_t>(random.between(1, 3));
  return check;
}

IpPrefix Cluster::draw_address(Random& random, int lan, Family family) {
  const std::uint8_t host = next_address_;
  next_address_ = static_cast<std::uint8_t>(next_address_ == 250 ? 100 : next_address_ + 1);
  if (family == Family::kIpv6) {
    const std::uint8_t length = random.chance(70) ? 64 : 128;
    return {IpAddress::v6({0xfe, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, host}), length};
  }
  const std::uint8_t length = random.chance(70) ? 24 : 32;
  return {IpAddress::v4({10, 0, static_cast<std::uint8_t>(lan), host}), length};
}

// Held beside those in adverts, and of either family.
IpPrefix Cluster::draw_excluded(Random& random, const Router& router) {
  return draw_address(random, router.lan, random.chance(50) ? Family::kIpv4 : Family::kIpv6);
}

// One VRID may serve both families.
Vrid Cluster::free_vrid(Random& random, const Router& wanted) const {
  for (;;) {
    const Vrid vrid{static_cast<std::uint8_t>(random.between(1, 8))};
    if (std::none_of(routers_.begin(), routers_.end(), [&](const Router& router) {
          return router.lan == wanted.lan && router.family == wanted.family && router.vrid == vrid;
        })) {
      return vrid;
    }
  }
}

// ---- Changing.

void Cluster::change(Random& random) {
  if (routers_.empty() || (routers_.size() < 6 && random.chance(8))) {
    add_router(random);
    return;
  }
  if (random.chance(8)) {
    routers_.erase(routers_.begin() + static_cast<std::ptrdiff_t>(random.below(routers_.size())));
    return;
  }
  Router& router = random.pick(routers_);
  switch (random.below(9)) {
    case 0:
      change_membership(random, router);
      break;
    case 1:
      change_addresses(random, router);
      break;
    case 2:
      change_interval(random, router);
      break;
    case 3:
      swap_vrids(random, router);
      break;
    case 4:
      change_checks(random);
      break;
    case 5:
      change_group(random, router);
      break;
    case 6:
      router.unicast = !router.unicast;
      break;
    default:
      change_member(random, router, random.pick(router.members));
      break;
  }
}

void Cluster::change_member(Random& random, Router& router, Member& member) {
  switch (random.below(4)) {
    case 0:
      if (member.priority != kPriorityOwner) member.priority = draw_priority(random);
      break;
    case 1:
      member.preempt = !member.preempt;
      member.preempt_delay = Duration{0};
      break;
    case 2:
      member.checksum = member.checksum == ChecksumForm::kPseudoHeader
                            ? ChecksumForm::kMessageOnly
                            : ChecksumForm::kPseudoHeader;
      break;
    default:
      draw_tracks(random, router, member);
      break;
  }
}

void Cluster::change_membership(Random& random, Router& router) {
  for (int host = 0; host < hosts(); ++host) {
    const auto here = std::find_if(router.members.begin(), router.members.end(),
                                   [&](const Member& member) { return member.host == host; });
    if (!random.chance(30)) continue;
    if (here == router.members.end()) {
      router.members.push_back(draw_member(random, router, host));
    } else if (router.members.size() > 1 && here->priority != kPriorityOwner) {
      router.members.erase(here);
    }
  }
  for (Router* other : group_of(router.group)) join(random, router, *other);
}

void Cluster::change_addresses(Random& random, Router& router) {
  if (has_owner(router)) return;
  if (router.addresses.size() > 1 && random.chance(50)) {
    router.addresses.pop_back();
  } else {
    router.addresses.push_back(draw_address(random, router.lan, router.family));
  }
  if (router.excluded.empty() && random.chance(30)) {
    router.excluded.push_back(draw_excluded(random, router));
  } else if (random.chance(30)) {
    router.excluded.clear();
  }
  if (router.addresses.size() > 5) router.addresses.erase(router.addresses.begin());
}

void Cluster::change_interval(Random& random, Router& router) {
  const Duration interval = random.chance(50) ? interval_ : 2 * interval_;
  for (Member& member : router.members) member.interval = interval;
}

void Cluster::swap_vrids(Random& random, Router& router) {
  std::vector<Router*> others;
  for (Router& other : routers_) {
    if (&other == &router || other.lan != router.lan) continue;
    if (other.family == router.family) others.push_back(&other);
  }
  if (!others.empty()) std::swap(router.vrid, random.pick(others)->vrid);
}

void Cluster::change_checks(Random& random) {
  auto& checks = random.pick(checks_);
  if (checks.empty()) {
    checks.push_back(draw_check(random, 0));
    return;
  }
  // Of the same name, so that whatever tracks it still does.
  CheckConfig& check = random.pick(checks);
  const auto number = static_cast<std::size_t>(&check - checks.data());
  check = draw_check(random, number);
  if (random.chance(30)) {
    std::uint16_t& port = std::get<TcpCheck>(check.target).endpoint.port;
    port = static_cast<std::uint16_t>(port + 100);
  }
}

// ---- Sync groups.

std::vector<Cluster::Router*> Cluster::ungrouped() {
  std::vector<Router*> found;
  for (Router& router : routers_) {
    if (router.group.empty() && !has_owner(router)) found.push_back(&router);
  }
  return found;
}

std::vector<Cluster::Router*> Cluster::group_of(const std::string& name) {
  std::vector<Router*> found;
  for (Router& router : routers_) {
    if (!name.empty() && router.group == name) found.push_back(&router);
  }
  return found;
}

void Cluster::form_group(Random& random) {
  const std::vector<Router*> free = ungrouped();
  if (free.size() < 2) return;
  const std::string name = "g" + std::to_string(next_group_++);
  const std::size_t wanted = 2 + random.below(std::min<std::size_t>(free.size(), 3) - 1);
  Router& first = *free.front();
  first.group = name;
  for (std::size_t i = 1; i < wanted; ++i) {
    free[i]->group = name;
    join(random, first, *free[i]);
  }
}

// The other is on the same hosts, and mostly of the same priorities.
void Cluster::join(Random& random, const Router& first, Router& router) {
  if (&first == &router) return;
  const bool agree = random.chance(60);
  std::vector<Member> members;
  for (const Member& wanted : first.members) {
    const auto here = std::find_if(router.members.begin(), router.members.end(),
                                   [&](const Member& one) { return one.host == wanted.host; });
    Member member = here == router.members.end() ? draw_member(random, router, wanted.host) : *here;
    if (agree) {
      member.priority = wanted.priority;
      member.preempt = wanted.preempt;
      member.preempt_delay = wanted.preempt_delay;
      member.track_interfaces.clear();
      member.track_checks = wanted.track_checks;
    }
    members.push_back(std::move(member));
  }
  router.members = std::move(members);
}

void Cluster::change_group(Random& random, Router& router) {
  if (router.group.empty()) {
    for (Router& other : routers_) {
      if (other.group.empty() || has_owner(router) || random.chance(50)) continue;
      router.group = other.group;
      join(random, other, router);
      return;
    }
    form_group(random);
  } else if (random.chance(70)) {
    router.group.clear();
  } else {
    for (Router* member : group_of(std::string(router.group))) member->group.clear();
  }
}

}  // namespace holdfast::simulator
