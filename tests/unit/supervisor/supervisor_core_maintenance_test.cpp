// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <algorithm>

#include "supervisor/core/maintenance.h"
#include "supervisor/core/supervisor_core.h"
#include "tests/unit/supervisor/driver.h"

namespace holdfast::supervisor {
namespace {

bool has(const Lines& lines, const std::string& line) {
  return std::find(lines.begin(), lines.end(), line) != lines.end();
}

TEST(MaintenanceOfACore, StopsTheVrrpWorkerInOrderAndStartsItAgain) {
  Driver driver;
  driver.run();
  driver.say(Role::kVrrp, router_state("web", VrrpState::kActive));
  EXPECT_EQ(driver.tell(Maintain{true}), (Lines{"Send vrrp-worker Shutdown"}));
  EXPECT_EQ(driver.tell(Maintain{true}), Lines{});
  const Lines end = driver.exit_with(Role::kVrrp, 0);
  EXPECT_FALSE(has(end, "Spawn vrrp-worker"));
  EXPECT_FALSE(has(end, "Withdraw")) << "it has let go itself";
  EXPECT_TRUE(driver.core.settled());
  EXPECT_EQ(driver.tell(Maintain{false}), (Lines{"Spawn vrrp-worker"}));
  // It resumes nothing: a first start.
  EXPECT_EQ(driver.say(Role::kVrrp, Hello{Role::kVrrp, kBuild}).back(),
            "Send vrrp-worker Start first");
}

TEST(MaintenanceOfACore, IsKeptOverAReload) {
  Driver driver;
  driver.run();
  driver.tell(Maintain{true});
  driver.exit_with(Role::kVrrp, 0);
  EXPECT_FALSE(
      has(driver.tell(ConfigLoaded{config_of({"web", "db"}, {"app"})}), "Spawn vrrp-worker"));
}

TEST(MaintenanceOfACore, BeforeTheFirstConfigurationStartsNoVrrpWorker) {
  Driver driver;
  driver.tell(Maintain{true});
  const Lines start = driver.tell(ConfigLoaded{config_of({"web"}, {"app"})});
  EXPECT_FALSE(has(start, "Spawn vrrp-worker"));
  EXPECT_TRUE(has(start, "Spawn check-worker"));
  driver.bring_up(Role::kCheck);
  EXPECT_TRUE(driver.core.settled()) << "it is ready without";
}

TEST(MaintenanceOfACore, IsReadyWithoutAnyWorker) {
  Driver driver;
  driver.tell(Maintain{true});
  EXPECT_EQ(driver.tell(ConfigLoaded{config_of({"web"}, {})}), Lines{"Ready"});
  EXPECT_TRUE(driver.core.settled());
  EXPECT_EQ(driver.tell(ConfigLoaded{config_of({"web", "db"}, {})}), Lines{"Ready"});
  EXPECT_EQ(driver.tell(Maintain{false}), Lines{"Spawn vrrp-worker"});
  EXPECT_FALSE(driver.core.settled());
  driver.bring_up(Role::kVrrp);
  EXPECT_TRUE(driver.core.settled());
}

TEST(MaintenanceOfACore, TakesOffTheAddressesOfAWorkerThatDiesWhileItHandsOver) {
  Driver driver;
  driver.run();
  driver.tell(Maintain{true});
  const Lines end = driver.kill(Role::kVrrp);
  EXPECT_TRUE(has(end, "Withdraw"));
  EXPECT_FALSE(has(end, "Spawn vrrp-worker"));
}

TEST(MaintenanceOfACore, ThatEndsDuringTheHandOverStartsTheNextLifeAfterIt) {
  Driver driver;
  driver.run();
  driver.tell(Maintain{true});
  EXPECT_EQ(driver.tell(Maintain{false}), Lines{});
  EXPECT_TRUE(has(driver.exit_with(Role::kVrrp, 0), "Spawn vrrp-worker"));
}

TEST(MaintenanceOfACore, OfAWorkerThatWaitsForItsRestartKeepsItDown) {
  Driver driver;
  driver.run();
  for (int i = 0; i < 4 && driver.info(Role::kVrrp).phase != WorkerPhase::kDown; ++i) {
    driver.exit_with(Role::kVrrp, 1);
  }
  ASSERT_EQ(driver.info(Role::kVrrp).phase, WorkerPhase::kDown);
  driver.tell(Maintain{true});
  EXPECT_FALSE(has(driver.wake_in(seconds{60}), "Spawn vrrp-worker"));
  EXPECT_EQ(driver.tell(Maintain{false}), (Lines{"Spawn vrrp-worker"}));
}

// ---- What is kept of it.

TEST(MaintenanceOrder, IsOneLine) {
  for (const MaintenanceOrder& order :
       {MaintenanceOrder{1700000000, {}}, MaintenanceOrder{1700000000, 1700001800}}) {
    const auto read = MaintenanceOrder::parse(order.to_text());
    ASSERT_TRUE(read);
    EXPECT_EQ(*read, order);
  }
  EXPECT_EQ((MaintenanceOrder{5, 9}).to_text(), "5 9\n");
  const auto none = MaintenanceOrder::parse("");
  ASSERT_TRUE(none);
  EXPECT_EQ(*none, std::nullopt);
}

TEST(MaintenanceOrder, WhatIsNoneIsRefused) {
  for (const char* const text : {"\n", "5", "5\n", "5 \n", " 5\n", "5 9", "5 9\n\n", "x -\n",
                                 "5 x\n", "5 9 1\n", "-5 -\n"}) {
    EXPECT_FALSE(MaintenanceOrder::parse(text)) << text;
  }
}

TEST(MaintenanceOrder, IsOverWhenItsTimeHasCome) {
  EXPECT_FALSE((MaintenanceOrder{5, 9}).is_over(8));
  EXPECT_TRUE((MaintenanceOrder{5, 9}).is_over(9));
  EXPECT_FALSE((MaintenanceOrder{5, {}}).is_over(1'000'000'000));
}

}  // namespace
}  // namespace holdfast::supervisor
