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
}

Config Cluster::config_of(int host) const {
  Config config;
  config.node = "h" + std::to_string(host);
  config.checks = checks_[static_cast<std::size_t>(host)];
  for (const Router& router : routers_) {
    for (const Member& member : router.members) {
      if (member.host != host) continue;
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
      instance.track_interfaces = member.track_interfaces;
      instance.track_checks = member.track_checks;
      config.instances.push_back(std::move(instance));
    }
  }
  return config;
}

// ---- Drawing.

void Cluster::add_router(Random& random) {
  Router router;
  router.name = "r" + std::to_string(next_name_++);
  router.lan = random.between(0, lans_ - 1);
  router.vrid = free_vrid(random, router.lan);
  const bool whole_seconds = interval_ % seconds{1} == Duration{0};
  router.version = whole_seconds && random.chance(40) ? VrrpVersion::k2 : VrrpVersion::k3;
  for (int i = random.between(1, 3); i > 0; --i) {
    router.addresses.push_back(draw_address(random, router.lan));
  }
  for (int host = 0; host < hosts(); ++host) {
    if (random.chance(85)) router.members.push_back(draw_member(random, router, host));
  }
  if (router.members.empty()) router.members.push_back(draw_member(random, router, 0));
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
  owner.priority = kPriorityOwner;
  router.addresses = {Network::primary(router.lan, owner.host)};
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

IpPrefix Cluster::draw_address(Random& random, int lan) {
  const std::uint8_t host = next_address_;
  next_address_ = static_cast<std::uint8_t>(next_address_ == 250 ? 100 : next_address_ + 1);
  const std::uint8_t length = random.chance(70) ? 24 : 32;
  return {IpAddress::v4({10, 0, static_cast<std::uint8_t>(lan), host}), length};
}

Vrid Cluster::free_vrid(Random& random, int lan) const {
  for (;;) {
    const Vrid vrid{static_cast<std::uint8_t>(random.between(1, 8))};
    if (std::none_of(routers_.begin(), routers_.end(), [&](const Router& router) {
          return router.lan == lan && router.vrid == vrid;
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
  switch (random.below(7)) {
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
}

void Cluster::change_addresses(Random& random, Router& router) {
  if (has_owner(router)) return;
  if (router.addresses.size() > 1 && random.chance(50)) {
    router.addresses.pop_back();
  } else {
    router.addresses.push_back(draw_address(random, router.lan));
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
    if (&other != &router && other.lan == router.lan) others.push_back(&other);
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

}  // namespace holdfast::simulator
