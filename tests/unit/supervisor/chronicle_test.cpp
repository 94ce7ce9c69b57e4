// SPDX-License-Identifier: Apache-2.0
#include "supervisor/core/chronicle.h"

#include <gtest/gtest.h>

#include "tests/unit/supervisor/driver.h"

namespace holdfast::supervisor {
namespace {

RouterState router(VrrpState state, std::uint8_t priority = 100, const std::string& reason = "r") {
  RouterState message = router_state("web", state);
  message.priority = Priority{priority};
  message.reason = reason;
  return message;
}

class ChronicleTest : public ::testing::Test {
 protected:
  ChronicleTest() { chronicle.configure(with_service(config_of({"web"}, {"app"}))); }

  // "of subject from>to", or "" if it is no news.
  std::string hear(const Message& message) {
    const auto event = chronicle.heard(message);
    return event ? event->subject + " " + event->from + ">" + event->to : "";
  }

  Lines see(WorkerPhase phase, std::uint32_t restarts, const std::string& last_end = "killed") {
    Lines lines;
    for (const HistoryEvent& one :
         chronicle.saw({{Role::kVrrp, phase, restarts, last_end, Time{}}})) {
      lines.push_back(one.to + (one.reason.empty() ? "" : ": " + one.reason));
    }
    return lines;
  }

  Chronicle chronicle;
};

TEST_F(ChronicleTest, AChangeOfStateIsNewsOnce) {
  EXPECT_EQ(hear(router(VrrpState::kInitialize)), "");
  EXPECT_EQ(hear(router(VrrpState::kBackup)), "web INIT>BACKUP");
  EXPECT_EQ(hear(router(VrrpState::kBackup)), "");
  EXPECT_EQ(hear(router(VrrpState::kActive)), "web BACKUP>MASTER");
  const auto event = chronicle.heard(router(VrrpState::kFault, 90, "interface eth0 is down"));
  ASSERT_TRUE(event);
  EXPECT_EQ(event->of, EventOf::kRouter);
  EXPECT_EQ(event->priority, Priority{90});
  EXPECT_EQ(event->reason, "interface eth0 is down");
}

TEST_F(ChronicleTest, TheFirstWordIsNewsWithoutABefore) {
  EXPECT_EQ(hear(router(VrrpState::kBackup)), "web >BACKUP");
}

TEST_F(ChronicleTest, APriorityThatMovesIsNewsWithWhatMovesIt) {
  hear(router(VrrpState::kBackup, 150));
  RouterState lowered = router(VrrpState::kBackup, 130);
  lowered.moved_by = "check app is down: -20";
  const auto event = chronicle.heard(lowered);
  ASSERT_TRUE(event);
  EXPECT_EQ(event->of, EventOf::kPriority);
  EXPECT_EQ(event->from + ">" + event->to, "150>130");
  EXPECT_EQ(event->reason, "check app is down: -20");
  EXPECT_EQ(chronicle.heard(router(VrrpState::kBackup, 150))->reason,
            "as configured again: nothing moves it any more");
  EXPECT_EQ(chronicle.heard(router(VrrpState::kBackup, 140))->reason, "as configured")
      << "by a reload";
}

TEST_F(ChronicleTest, AWonConflictIsNews) {
  hear(router(VrrpState::kActive));
  RouterState won = router(VrrpState::kActive);
  won.conflicts = 1;
  EXPECT_EQ(hear(won), "web MASTER>MASTER");
  EXPECT_EQ(hear(won), "");
}

TEST_F(ChronicleTest, OfChecksTheFirstGoodWordIsNone) {
  EXPECT_EQ(hear(check_state("app", true)), "");
  EXPECT_EQ(hear(check_state("app", false)), "app up>down");
  EXPECT_EQ(hear(check_state("app", false)), "");
  EXPECT_EQ(hear(check_state("app", true)), "app down>up");
}

TEST_F(ChronicleTest, OfChecksTheFirstBadWordIs) {
  EXPECT_EQ(hear(check_state("app", false)), "app >down");
  ServiceState service;
  service.service = "shop";
  EXPECT_EQ(hear(service), "shop >down");
  service.quorum = true;
  EXPECT_EQ(hear(service), "shop down>up");
}

TEST_F(ChronicleTest, WhatIsNotConfiguredIsNotHeardOf) {
  EXPECT_EQ(hear(router_state("other")), "");
  EXPECT_EQ(hear(check_state("other", false)), "");
  EXPECT_EQ(hear(Heartbeat{}), "");
  hear(router(VrrpState::kActive));
  chronicle.configure(config_of({"db"}, {}));
  EXPECT_EQ(hear(router(VrrpState::kBackup)), "");
  chronicle.configure(config_of({"web"}, {}));
  EXPECT_EQ(hear(router(VrrpState::kBackup)), "web >BACKUP");
}

TEST_F(ChronicleTest, ALifeThatEndsAndTheNextThatRunsAreNewsOnce) {
  EXPECT_EQ(see(WorkerPhase::kStarting, 0, ""), Lines{});
  EXPECT_EQ(see(WorkerPhase::kRunning, 0, ""), Lines{});
  EXPECT_EQ(see(WorkerPhase::kStarting, 1), Lines{"ended: killed"});
  EXPECT_EQ(see(WorkerPhase::kDown, 1), Lines{});
  EXPECT_EQ(see(WorkerPhase::kStarting, 2), Lines{});
  EXPECT_EQ(see(WorkerPhase::kRunning, 2), Lines{"running"});
  EXPECT_EQ(see(WorkerPhase::kRunning, 2), Lines{});
  EXPECT_EQ(see(WorkerPhase::kDown, 2), Lines{"ended: killed"});
}

TEST_F(ChronicleTest, AStopThatWasAskedForIsNone) {
  see(WorkerPhase::kRunning, 0, "");
  EXPECT_EQ(see(WorkerPhase::kStarting, 1, "stopped"), Lines{});
  EXPECT_EQ(see(WorkerPhase::kRunning, 1, "stopped"), Lines{});
}

TEST_F(ChronicleTest, WhatTheSupervisorBeforeHasToldIsNotToldAgain) {
  chronicle.take_over({router(VrrpState::kActive), check_state("app", false)},
                      {{Role::kVrrp, WorkerPhase::kRunning, 3, "killed", Time{}}});
  EXPECT_EQ(hear(router(VrrpState::kActive)), "");
  EXPECT_EQ(hear(check_state("app", false)), "");
  EXPECT_EQ(see(WorkerPhase::kRunning, 3), Lines{});
}

}  // namespace
}  // namespace holdfast::supervisor
