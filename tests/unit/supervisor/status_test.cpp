// SPDX-License-Identifier: Apache-2.0
#include "supervisor/status.h"

#include <gtest/gtest.h>

#include "tests/unit/supervisor/driver.h"

namespace holdfast::supervisor {
namespace {

using std::chrono::system_clock;

Surroundings surroundings(Time now) {
  Surroundings around;
  around.config_file = "/etc/holdfast/holdfast.yaml";
  around.sha256 = "abc";
  around.pids = {101, 0};
  around.now = now;
  around.boot = system_clock::time_point{std::chrono::hours{24}};
  return around;
}

std::string document(const Driver& driver) {
  return status_document(driver.core, surroundings(driver.now));
}

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

TEST(Status, ATimeBeyondItsYearsIsTheirEnd) {
  using std::chrono::hours;
  EXPECT_EQ(wall_time(RealTime{hours{24}}), system_clock::time_point{hours{24}});
  EXPECT_GT(wall_time(RealTime::max()), wall_time(RealTime{hours{24 * 365 * 200}}));
  EXPECT_LT(wall_time(RealTime::min()), system_clock::time_point{});
  // Whole days: what is rounded down to a second or a day does not leave them.
  const auto first = wall_time(RealTime::min());
  EXPECT_EQ(std::chrono::floor<std::chrono::days>(first), first);
}

TEST(Status, BeforeAnythingIsKnown) {
  Driver driver;
  driver.tell(ConfigLoaded{config_of({"web"}, {"app"})});
  const std::string text = document(driver);
  EXPECT_TRUE(contains(text, R"("state": "INIT")")) << text;
  EXPECT_TRUE(contains(text, R"("up": null)"));
  EXPECT_TRUE(contains(text, R"("since": null)"));
  EXPECT_TRUE(contains(text, R"("stale": true)"));
  EXPECT_FALSE(contains(text, R"("stale": false)"));
  EXPECT_TRUE(contains(text, R"("last_error": null)"));
  EXPECT_TRUE(contains(text, R"("pid": 101)"));
  EXPECT_TRUE(contains(text, R"("pid": null)"));
}

TEST(Status, PeersAreAsTheyWereHeard) {
  Driver driver;
  driver.run();
  Peer speaks{"198.51.100.2", 3, Priority{150}, 1'000'000, true, true, driver.now, {}, ""};
  Peer silent = speaks;
  silent.address = "198.51.100.3";
  silent.speaks = false;
  silent.mismatches.at(static_cast<std::size_t>(Mismatch::kInterval)) = true;
  silent.detail = "every 1.000 s, we every 0.100 s";
  Peer gone = silent;
  gone.address = "198.51.100.4";
  gone.priority = kPriorityRelease;
  driver.say(Role::kVrrp, Peers{"web", {speaks, silent, gone}});
  driver.now += std::chrono::seconds{2};
  const std::string text = document(driver);
  EXPECT_TRUE(contains(text, R"("peers": [
        {
          "address": "198.51.100.2",
          "state": "MASTER",
          "priority": 150,
          "version": 3,
          "interval_seconds": 1.0,
          "last_advert_seconds": 2.0,
          "accepted": true,
          "mismatches": [],
          "detail": ""
        },)"))
      << text;
  EXPECT_TRUE(contains(text, R"("state": "SILENT")"));
  EXPECT_TRUE(contains(text, R"("state": "RELEASED")"));
  EXPECT_TRUE(contains(text, R"("mismatches": [
            "interval"
          ],
          "detail": "every 1.000 s, we every 0.100 s")"));
  // The worker would have told of a silence: the last advert is not older than that.
  driver.now += std::chrono::seconds{4};
  EXPECT_TRUE(contains(document(driver), R"("last_advert_seconds": 4.0)"));
  // What a worker that is gone said last is not so for ever.
  driver.now += std::chrono::seconds{4};
  EXPECT_FALSE(contains(document(driver), R"("state": "MASTER")"));
}

TEST(Status, OfARunningNode) {
  Driver driver;
  driver.run();
  RouterState state = router_state("web", VrrpState::kActive);
  state.since = Time{std::chrono::hours{1}} - std::chrono::minutes{2};
  state.priority = Priority{80};
  driver.say(Role::kVrrp, state);
  AdvertCounters counters{"web", 12, 3, {}};
  counters.rejected[static_cast<std::size_t>(Rejection::kChecksum)] = 4;
  driver.say(Role::kVrrp, counters);
  driver.say(Role::kCheck, check_state("app"));
  const std::string text = document(driver);
  EXPECT_TRUE(contains(text, R"("state": "MASTER",
      "priority": 80,
      "configured_priority": 100,
      "since": "1970-01-02T00:58:00Z",
      "since_seconds": 120.0,
      "reason": "a reason",)"))
      << text;
  EXPECT_TRUE(contains(text, R"("sent": 12)"));
  EXPECT_TRUE(contains(text, R"("received": 3)"));
  EXPECT_TRUE(contains(text, R"("checksum": 4)"));
  EXPECT_TRUE(contains(text, R"("up": true,
      "weight": 100,)"));
  EXPECT_FALSE(contains(text, R"("stale": true)"));
}

TEST(Status, ChecksThatBeginLateAreSaidToBe) {
  Driver driver;
  driver.run();
  EXPECT_TRUE(contains(document(driver), R"("checks_late": null)"));
  const CheckLoad load{
      true, Time{std::chrono::hours{1}} - std::chrono::minutes{2}, 1'300'000, 20, 600, 450, {}};
  driver.say(Role::kCheck, load);
  const std::string text = document(driver);
  EXPECT_TRUE(contains(text, R"("begun_per_second": 7.5)")) << text;
  EXPECT_TRUE(contains(text, R"("seconds": 1.3)"));
  EXPECT_TRUE(contains(text, in_words(load)));
  driver.say(Role::kCheck, CheckLoad{});
  EXPECT_TRUE(contains(document(driver), R"("checks_late": null)"));
  driver.say(Role::kCheck, load);
  driver.kill(Role::kCheck);
  EXPECT_TRUE(contains(document(driver), R"("checks_late": null)")) << "who is down begins nothing";
}

TEST(Status, TheLineCountsVirtualServers) {
  Driver driver;
  driver.run(with_service(config_of({"web"}, {"app"})));
  EXPECT_EQ(status_line(driver.core),
            "no virtual routers; 0 of 1 checks up; 0 of 1 virtual servers up");
  driver.say(Role::kBalance, ServiceState{"shop", true, 1, 1, 1, false, false, Time{}, ""});
  EXPECT_EQ(status_line(driver.core),
            "no virtual routers; 0 of 1 checks up; 1 of 1 virtual servers up");
}

TEST(Status, TheLineOfANodeWithoutRoutersMissesNoVrrpWorker) {
  Driver driver;
  driver.run(with_service(config_of({}, {})));
  EXPECT_EQ(status_line(driver.core), "no virtual routers; 0 of 1 virtual servers up");
}

TEST(Status, OfADeadVrrpWorkerDoesNotLookAlive) {
  Driver driver;
  driver.run();
  driver.say(Role::kVrrp, router_state("web", VrrpState::kActive));
  EXPECT_EQ(status_line(driver.core), "1 MASTER; 0 of 1 checks up");
  driver.exit_with(Role::kVrrp, 1);
  const std::string text = document(driver);
  EXPECT_TRUE(contains(text, R"("last_end": "exited with status 1")"));
  EXPECT_TRUE(contains(text, R"("stale": true)"));
  EXPECT_EQ(status_line(driver.core), "the vrrp-worker is not running");
}

TEST(Status, ARefusedReloadIsShown) {
  Driver driver;
  driver.run();
  Surroundings around = surroundings(driver.now);
  around.failed_reload =
      FailedReload{system_clock::time_point{std::chrono::seconds{5}}, "f.yaml:1:2: no"};
  EXPECT_TRUE(contains(status_document(driver.core, around), R"("last_error": {
      "at": "1970-01-01T00:00:05Z",
      "message": "f.yaml:1:2: no"
    })"));
}

TEST(Status, WhateverAWorkerSaysItIsADocument) {
  Driver driver;
  driver.run();
  RouterState state = router_state("web", VrrpState::kActive);
  state.reason = "\xff\x1b[31m\"";
  state.since = Time::max();
  driver.say(Role::kVrrp, state);
  const std::string text = document(driver);
  EXPECT_TRUE(contains(text, "\xef\xbf\xbd\\u001b[31m\\\"")) << text;
  EXPECT_TRUE(contains(text, R"("since_seconds": 0.0)"));
  state.since = Time::min();
  driver.say(Role::kVrrp, state);
  EXPECT_TRUE(contains(document(driver), R"("since_seconds": 3600.0)"));
}

}  // namespace
}  // namespace holdfast::supervisor
