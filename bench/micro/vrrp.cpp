// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "bench/micro/micro.h"
#include "vrrp-worker/core/address_plan.h"
#include "vrrp-worker/core/advert.h"
#include "vrrp-worker/core/router.h"
#include "vrrp-worker/core/vrrp_core.h"

namespace holdfast::micro {
namespace {

using namespace std::chrono_literals;

const IpAddress kOwn = IpAddress::v4({198, 51, 100, 10});
const IpAddress kPeer = IpAddress::v4({198, 51, 100, 11});
const IpAddress kGroup = IpAddress::v4({224, 0, 0, 18});

const IpAddress kPeer6 = IpAddress::parse("fe80::11").value();
const IpAddress kGroup6 = IpAddress::parse("ff02::12").value();

// Where an advert comes from, goes to, and what twenty addresses it tells of.
struct Wire {
  VrrpVersion version;
  IpAddress source;
  IpAddress destination;
};

Wire v3() {
  return {VrrpVersion::k3, kPeer, kGroup};
}
Wire v2() {
  return {VrrpVersion::k2, kPeer, kGroup};
}
Wire ipv6() {
  return {VrrpVersion::k3, kPeer6, kGroup6};
}

vrrp::Advert advert(const Wire& wire) {
  vrrp::Advert advert;
  advert.version = wire.version;
  advert.vrid = Vrid{51};
  advert.priority = Priority{100};
  advert.interval = 1s;
  for (std::uint8_t last = 1; last <= 20; ++last) {
    std::array<std::uint8_t, 16> six{0x20, 0x01, 0x0d, 0xb8};
    six.back() = last;
    advert.addresses.push_back(wire.source.family() == Family::kIpv6
                                   ? IpAddress::v6(six)
                                   : IpAddress::v4({192, 0, 2, last}));
  }
  return advert;
}

template <Wire (*kWire)()>
void encode_advert(benchmark::State& state) {
  const Wire wire = kWire();
  const auto said = advert(wire);
  for (auto _ : state) {
    benchmark::DoNotOptimize(
        vrrp::encode_advert(said, ChecksumForm::kPseudoHeader, wire.source, wire.destination));
  }
}

template <Wire (*kWire)()>
void decode_advert(benchmark::State& state) {
  const Wire wire = kWire();
  const auto bytes =
      vrrp::encode_advert(advert(wire), ChecksumForm::kPseudoHeader, wire.source, wire.destination);
  const vrrp::Datagram datagram{wire.source, wire.destination, vrrp::kVrrpTtl, bytes};
  for (auto _ : state) {
    const auto heard = vrrp::decode_advert(datagram);
    if (!heard) state.SkipWithError("refused");
    benchmark::DoNotOptimize(heard);
  }
}

vrrp::Router started(Time now) {
  vrrp::RouterConfig config;
  config.priority = Priority{100};
  config.primary_address = kOwn;
  vrrp::Router router{config};
  router.handle(vrrp::Startup{}, now);
  return router;
}

void backup_hears_advert(benchmark::State& state) {
  Time now{1000s};
  auto router = started(now);
  const vrrp::RouterEvent event = vrrp::AdvertReceived{Priority{150}, 1s, kPeer};
  for (auto _ : state) benchmark::DoNotOptimize(router.handle(event, now += 1s));
  if (router.state() != VrrpState::kBackup) state.SkipWithError("is no backup");
}

void master_sends_advert(benchmark::State& state) {
  Time now{1000s};
  auto router = started(now);
  for (auto _ : state) {
    now = *router.deadline();
    benchmark::DoNotOptimize(router.handle(vrrp::Tick{}, now));
  }
  if (router.state() != VrrpState::kActive) state.SkipWithError("is no master");
}

// All of 250 virtual routers of a link, which hear or say something once a second.
class Node {
 public:
  static constexpr int kRouters = 250;

  explicit Node(Priority priority) {
    Config config;
    vrrp::Link link;
    link.index = 2;
    link.name = "eth0";
    link.up = true;
    link.addresses = {{IpPrefix{kOwn, 24}}};
    for (std::uint8_t number = 1; number <= kRouters; ++number) {
      InstanceConfig& one = config.instances.emplace_back();
      one.name = "a-router-of-many-" + std::to_string(number);
      one.interface = link.name;
      one.vrid = Vrid{number};
      one.priority = priority;
      one.addresses = {VirtualAddress{{IpAddress::v4({192, 0, 2, number}), 32}}};
      vrrp::Advert said;
      said.vrid = one.vrid;
      said.priority = Priority{150};
      said.interval = 1s;
      said.addresses = {one.addresses.front().address};
      words_.push_back(vrrp::encode_advert(said, ChecksumForm::kPseudoHeader, kPeer, kGroup));
    }
    core_.handle(config, now_);
    core_.handle(vrrp::LinkChanged{link}, now_);
    core_.handle(vrrp::Begin{}, now_);
  }

  std::size_t hear(std::size_t number) {
    now_ += Duration{1s} / kRouters;
    const vrrp::Datagram datagram{kPeer, kGroup, vrrp::kVrrpTtl, words_[number % kRouters]};
    return core_.handle(vrrp::PacketReceived{2, datagram}, now_).size();
  }
  std::size_t wake() {
    now_ = *core_.deadline();
    return core_.handle(vrrp::Wake{}, now_).size();
  }

 private:
  vrrp::VrrpCore core_;
  Time now_{1000s};
  std::vector<std::vector<std::uint8_t>> words_;
};

void core_hears_advert(benchmark::State& state) {
  Node node{Priority{100}};
  std::size_t number = 0;
  while (number < std::size_t{10} * Node::kRouters) node.hear(number++);  // as if for long
  for (auto _ : state) benchmark::DoNotOptimize(node.hear(number++));
}

void core_wakes_for_250(benchmark::State& state) {
  Node node{Priority{100}};
  for (int i = 0; i < 10; ++i) node.wake();
  for (auto _ : state) benchmark::DoNotOptimize(node.wake());
}

struct ThousandAddresses {
  ThousandAddresses() {
    for (int at = 0; at < 1000; ++at) {
      const auto address = IpAddress::v4(
          {10, 0, static_cast<std::uint8_t>(at / 250), static_cast<std::uint8_t>(at % 250 + 1)});
      desired.emplace(address, std::uint8_t{32});
      ours.insert(address);
      actual.push_back({IpPrefix{address, 32}, true});
    }
  }

  vrrp::AddressSet desired;
  std::set<IpAddress> ours;
  std::vector<vrrp::LinkAddress> actual;
};

// All of them there: what each look at the kernel costs.
void plan_addresses(benchmark::State& state) {
  const ThousandAddresses all;
  for (auto _ : state) {
    benchmark::DoNotOptimize(vrrp::plan_addresses(all.desired, all.ours, all.actual));
  }
}

// None there: what a new master does.
void plan_takeover(benchmark::State& state) {
  const ThousandAddresses all;
  for (auto _ : state) {
    const auto plan = vrrp::plan_addresses(all.desired, all.ours, {});
    if (plan.add.size() != all.desired.size()) state.SkipWithError("not all are to be added");
    benchmark::DoNotOptimize(plan);
  }
}

}  // namespace

void add_vrrp() {
  add("encode_advert", encode_advert<v3>);
  add("decode_advert", decode_advert<v3>);
  add("encode_advert_v2", encode_advert<v2>);
  add("decode_advert_v2", decode_advert<v2>);
  add("encode_advert_ipv6", encode_advert<ipv6>);
  add("decode_advert_ipv6", decode_advert<ipv6>);
  add("backup_hears_advert", backup_hears_advert);
  add("master_sends_advert", master_sends_advert);
  add("core_hears_advert", core_hears_advert);
  add("core_wakes_for_250", core_wakes_for_250);
  add("plan_addresses", plan_addresses);
  add("plan_takeover", plan_takeover);
}

}  // namespace holdfast::micro
