// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "tests/simulator/network.h"
#include "tests/simulator/vrrp_process.h"

namespace holdfast::simulator {

using namespace std::chrono_literals;

// Hosts on one LAN, on which every packet takes 100 us; processes start within 20 ms, and all else
// takes no time. Host 0 has priority 150, host 1 has 100, unless a test changes that. A test that
// does not expect an invariant to break fails if one does.
class Scenario : public testing::Test {
 protected:
  static constexpr Duration kFlight = 100us;
  static constexpr Duration kStartUp = 20ms;

  explicit Scenario(int hosts = 2, int lans = 1) : network_(1, Journal::Keep::kTail, hosts, lans) {
    world().pace.start_up_min = world().pace.start_up_max = kStartUp;
    configs_.resize(static_cast<std::size_t>(hosts));
    for (int host = 0; host < hosts; ++host) {
      config(host).node = "h" + std::to_string(host);
      config(host).instances = {instance("web", host)};
    }
  }
  void TearDown() override {
    if (!world().failure() || expect_failure_) return;
    ADD_FAILURE() << world().failure()->invariant << ": " << world().failure()->what;
    for (const std::string& line : world().journal.tail()) std::puts(line.c_str());
  }

  static InstanceConfig instance(const std::string& name, int host, std::uint8_t vrid = 51,
                                 std::uint8_t address = 100) {
    InstanceConfig config;
    config.name = name;
    config.interface = "eth0";
    config.vrid = Vrid{vrid};
    config.priority = host == 0 ? Priority{150} : Priority{100};
    config.addresses = {{IpAddress::v4({10, 0, 0, address}), 24}};
    return config;
  }

  World& world() { return network_.world(); }
  Host& host(int number) { return network_.host(number); }
  Config& config(int host) { return configs_[static_cast<std::size_t>(host)]; }
  InstanceConfig& web(int host) { return config(host).instances.front(); }
  void set_interval(Duration interval) {
    for (Config& one : configs_) {
      for (InstanceConfig& each : one.instances) each.advert_interval = interval;
    }
  }

  void start(int number) {
    host(number).install(config(number));
    host(number).start_service();
    host(number).boot();
  }
  // Everybody starts, and the election is over.
  void settle() {
    for (const auto& one : network_.hosts()) start(one->number());
    run(settling_time(network_.hosts()));
    ASSERT_EQ(judge_election(network_.hosts(), network_.witness()), std::nullopt);
  }
  void reload(int number) {
    host(number).install(config(number));
    host(number).reload();
  }

  void run(Duration duration) { network_.run_for(duration); }
  // Until something is true; how long that took.
  Duration until(const std::function<bool()>& done, Duration limit = 60s) {
    const Time began = world().now();
    EXPECT_TRUE(network_.run_for(limit, done)) << "did not happen within the limit";
    return world().now() - began;
  }
  // Until somebody has sent another advert.
  void next_advert() {
    const std::uint64_t before = world().figures.adverts_sent;
    until([&] { return world().figures.adverts_sent > before; });
  }

  VrrpState state(int number, const std::string& router = "web") {
    const RouterState* known =
        host(number).vrrp() == nullptr ? nullptr : host(number).vrrp()->router(router);
    return known == nullptr ? VrrpState::kInitialize : known->state;
  }
  bool active(int number, const std::string& router = "web") {
    return state(number, router) == VrrpState::kActive;
  }
  std::size_t transitions() { return network_.witness().transitions().size(); }
  int holders() { return network_.holders(0, web(1).addresses.front()); }

  Network network_;
  std::vector<Config> configs_;
  bool expect_failure_ = false;
};

}  // namespace holdfast::simulator
