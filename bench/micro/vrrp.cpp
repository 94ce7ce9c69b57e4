// SPDX-License-Identifier: Apache-2.0
#include <utility>
#include <vector>

#include "bench/micro/micro.h"
#include "vrrp-worker/core/address_plan.h"
#include "vrrp-worker/core/advert.h"
#include "vrrp-worker/core/router.h"

namespace holdfast::micro {
namespace {

using namespace std::chrono_literals;

const IpAddress kOwn = IpAddress::v4({198, 51, 100, 10});
const IpAddress kPeer = IpAddress::v4({198, 51, 100, 11});
const IpAddress kGroup = IpAddress::v4({224, 0, 0, 18});

vrrp::Advert advert() {
  vrrp::Advert advert;
  advert.vrid = Vrid{51};
  advert.priority = Priority{100};
  advert.interval = 1s;
  for (std::uint8_t last = 1; last <= 20; ++last) {
    advert.addresses.push_back(IpAddress::v4({192, 0, 2, last}));
  }
  return advert;
}

void encode_advert(benchmark::State& state) {
  const auto said = advert();
  for (auto _ : state) {
    benchmark::DoNotOptimize(vrrp::encode_advert(said, ChecksumForm::kPseudoHeader, kPeer, kGroup));
  }
}

void decode_advert(benchmark::State& state) {
  const auto bytes = vrrp::encode_advert(advert(), ChecksumForm::kPseudoHeader, kPeer, kGroup);
  const vrrp::Datagram datagram{kPeer, kGroup, vrrp::kVrrpTtl, bytes};
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

// A thousand addresses, all of them there: what each look at the kernel costs.
void plan_addresses(benchmark::State& state) {
  vrrp::AddressSet desired;
  std::set<IpAddress> ours;
  std::vector<vrrp::LinkAddress> actual;
  for (int at = 0; at < 1000; ++at) {
    const auto address = IpAddress::v4(
        {10, 0, static_cast<std::uint8_t>(at / 250), static_cast<std::uint8_t>(at % 250 + 1)});
    desired.emplace(address, std::uint8_t{32});
    ours.insert(address);
    actual.push_back({IpPrefix{address, 32}, true});
  }
  for (auto _ : state) benchmark::DoNotOptimize(vrrp::plan_addresses(desired, ours, actual));
}

}  // namespace

void add_vrrp() {
  add("encode_advert", encode_advert);
  add("decode_advert", decode_advert);
  add("backup_hears_advert", backup_hears_advert);
  add("master_sends_advert", master_sends_advert);
  add("plan_addresses", plan_addresses);
}

}  // namespace holdfast::micro
