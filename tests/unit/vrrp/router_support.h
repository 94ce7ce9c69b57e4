// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <optional>
#include <string>

#include "tests/unit/vrrp/print.h"
#include "vrrp-worker/core/router.h"

namespace holdfast::vrrp {

using namespace std::chrono_literals;

inline constexpr Time kStart{1000s};
inline const IpAddress kLowPeer = IpAddress::v4({198, 51, 100, 9});
inline const IpAddress kOwn = IpAddress::v4({198, 51, 100, 10});
inline const IpAddress kHighPeer = IpAddress::v4({198, 51, 100, 11});

// Priority 100 at an interval of two seconds. The Skew_Time of version 3 is 156/256 of the
// interval, that of version 2 is 156/256 of a second.
inline RouterConfig router_config(VrrpVersion version = VrrpVersion::k3) {
  RouterConfig config;
  config.version = version;
  config.priority = Priority{100};
  config.advert_interval = 2s;
  config.primary_address = kOwn;
  return config;
}
inline constexpr Duration skew(VrrpVersion version) {
  return version == VrrpVersion::k3 ? 1218750us : 609375us;
}
inline constexpr Duration down(VrrpVersion version) {
  return 6s + skew(version);
}

inline AdvertReceived advert(int priority, const IpAddress& source = kLowPeer,
                             Duration interval = 2s) {
  return {Priority{static_cast<std::uint8_t>(priority)}, interval, source};
}

inline RouterState former_life(VrrpState state) {
  return {"one", state, Priority{100}, kStart - 500s, "of a former life"};
}

// ---- A router in each of its states, since kStart.

inline Router initialized(const RouterConfig& config) {
  return Router{config};
}
inline Router faulty(const RouterConfig& config) {
  Router router{config};
  router.handle(Fault{"eth0 is down"}, kStart);
  return router;
}
inline Router backup(const RouterConfig& config) {
  Router router{config};
  router.handle(Startup{}, kStart);
  return router;
}
inline Router active(const RouterConfig& config) {
  Router router{config};
  router.handle(Startup{}, kStart - 1000s);
  router.handle(Tick{}, kStart);
  return router;
}
inline Router handing_over(const RouterConfig& config) {
  Router router = active(config);
  router.handle(Shutdown{}, kStart);
  return router;
}

// What a router is after an event.
struct Outcome {
  RouterActions actions;
  VrrpState state{};
  Time since;
  std::string reason;
  std::optional<Time> deadline;
  bool holds_addresses = false;
  bool operator==(const Outcome&) const = default;
};

inline std::ostream& operator<<(std::ostream& out, const Outcome& outcome) {
  return out << testing::PrintToString(outcome.actions) << ", then " << outcome.state << " since "
             << outcome.since << " (" << outcome.reason << "), deadline "
             << testing::PrintToString(outcome.deadline)
             << (outcome.holds_addresses ? ", holds" : ", holds not");
}

inline Outcome after(Router& router, const RouterEvent& event, Time now) {
  RouterActions actions = router.handle(event, now);
  return {std::move(actions), router.state(),    router.since(),
          router.reason(),    router.deadline(), router.holds_addresses()};
}

// An event that changes nothing.
inline void expect_ignored(Router router, const RouterEvent& event, Time now) {
  const Router before = router;
  EXPECT_EQ(router.handle(event, now), RouterActions{});
  EXPECT_EQ(router, before);
}

}  // namespace holdfast::vrrp
