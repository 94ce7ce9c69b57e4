// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/unit/supervisor/driver.h"

// The witness-worker, which runs only if an instance has a witness.
namespace holdfast::supervisor {
namespace {

Config witnessed() {
  Config config = config_of({"web"}, {"app"});
  config.instances[0].witness = WhenUnreachable::kHold;
  config.witness.endpoints = {{IpAddress::v4({10, 0, 0, 1}), 2379}};
  return config;
}

Driver running() {
  Driver driver;
  driver.run(witnessed());
  return driver;
}

bool contains(const Lines& lines, const std::string& line) {
  return std::find(lines.begin(), lines.end(), line) != lines.end();
}

TEST(SupervisorWitness, RunsOnlyIfAnInstanceHasOne) {
  Driver driver;
  Config config = witnessed();
  config.instances[0].witness.reset();
  EXPECT_EQ(driver.tell(ConfigLoaded{config}), (Lines{"Spawn vrrp-worker", "Spawn check-worker"}));
  Driver other;
  EXPECT_EQ(other.tell(ConfigLoaded{witnessed()}),
            (Lines{"Spawn vrrp-worker", "Spawn check-worker", "Spawn witness-worker"}));
}

TEST(SupervisorWitness, WishesGoToItAndLeasesToTheVrrpWorker) {
  Driver driver = running();
  EXPECT_EQ(driver.say(Role::kVrrp, LeaseWish{"web", true}),
            Lines{"Send witness-worker LeaseWish web"});
  EXPECT_EQ(driver.say(Role::kWitness, LeaseState{"web", true, 7, "", driver.now}),
            Lines{"Send vrrp-worker LeaseState web"});
  EXPECT_EQ(driver.say(Role::kWitness, WitnessState{7, driver.now, ""}),
            Lines{"Send vrrp-worker WitnessState"});
}

TEST(SupervisorWitness, ANewLifeIsToldWhatTheFormerOneHad) {
  Driver driver = running();
  driver.say(Role::kVrrp, LeaseWish{"web", true});
  driver.say(Role::kWitness, LeaseState{"web", true, 7, "", driver.now});
  driver.say(Role::kWitness, WitnessState{7, driver.now, ""});
  driver.kill(Role::kWitness);
  const Lines told = driver.say(Role::kWitness, Hello{Role::kWitness, kBuild});
  for (const char* const line :
       {"Send witness-worker LeaseWish web", "Send witness-worker LeaseState web",
        "Send witness-worker WitnessState"}) {
    EXPECT_TRUE(contains(told, line)) << line;
  }
}

TEST(SupervisorWitness, ItGivesLeasesUpUntilTheAddressesAreHandedOver) {
  Driver driver = running();
  EXPECT_EQ(driver.tell(Terminate{}),
            (Lines{"Send vrrp-worker Shutdown", "Send check-worker Shutdown"}));
  driver.exit_with(Role::kCheck, 0);
  EXPECT_EQ(driver.say(Role::kVrrp, LeaseWish{"web", false}),
            Lines{"Send witness-worker LeaseWish web"});
  EXPECT_EQ(driver.exit_with(Role::kVrrp, 0),
            (Lines{"info: vrrp-worker stopped", "Send witness-worker Shutdown"}));
  EXPECT_EQ(driver.exit_with(Role::kWitness, 0), (Lines{"info: witness-worker stopped", "Exit 0"}));
}

TEST(SupervisorWitness, AVrrpWorkerThatFailsToEndHasNoLeaseAnyMore) {
  Driver driver = running();
  driver.say(Role::kVrrp, LeaseWish{"web", true});
  driver.tell(Terminate{});
  const Lines end = driver.exit_with(Role::kVrrp, 1);
  EXPECT_TRUE(contains(end, "Withdraw"));
  EXPECT_TRUE(contains(end, "Send witness-worker LeaseWish web"));
}

}  // namespace
}  // namespace holdfast::supervisor
