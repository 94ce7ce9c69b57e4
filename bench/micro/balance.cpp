// SPDX-License-Identifier: Apache-2.0
#include "balance-worker/core/reconciler.h"
#include "bench/micro/micro.h"

namespace holdfast::micro {
namespace {

Endpoint endpoint(int high, int low) {
  return {IpAddress::v4({10, 0, static_cast<std::uint8_t>(high), static_cast<std::uint8_t>(low)}),
          80};
}

// Ten services of a hundred servers.
balance::IpvsTable table() {
  balance::IpvsTable table;
  for (int service = 1; service <= 10; ++service) {
    balance::Service made;
    made.options.scheduler = "wlc";
    for (int server = 1; server <= 100; ++server) {
      made.destinations[endpoint(service, server)] = {};
    }
    balance::ServiceKey key;
    key.family = Family::kIpv4;
    key.protocol = balance::Protocol::kTcp;
    key.endpoint = endpoint(200, service);
    table.services[key] = made;
  }
  return table;
}

void reconcile_nothing(benchmark::State& state) {
  const auto actual = table();
  const auto desired = actual;
  for (auto _ : state) {
    const auto commands = balance::commands_to(actual, desired, {}, {});
    if (!commands.empty()) state.SkipWithError("something was to be done");
    benchmark::DoNotOptimize(commands);
  }
}

void reconcile_one_weight(benchmark::State& state) {
  const auto actual = table();
  auto desired = actual;
  desired.services.begin()->second.destinations.begin()->second.weight = 50;
  for (auto _ : state) {
    const auto commands = balance::commands_to(actual, desired, {}, {});
    if (commands.size() != 1) state.SkipWithError("it was not one command");
    benchmark::DoNotOptimize(commands);
  }
}

// As at the start: all of it is to be added.
void reconcile_all(benchmark::State& state) {
  const auto desired = table();
  for (auto _ : state) {
    const auto commands = balance::commands_to({}, desired, {}, {});
    if (commands.size() != 1010) state.SkipWithError("it was not one command each");
    benchmark::DoNotOptimize(commands);
  }
}

}  // namespace

void add_balance() {
  add("reconcile_nothing", reconcile_nothing);
  add("reconcile_one_weight", reconcile_one_weight);
  add("reconcile_all", reconcile_all);
}

}  // namespace holdfast::micro
