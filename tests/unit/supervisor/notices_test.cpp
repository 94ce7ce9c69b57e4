// SPDX-License-Identifier: Apache-2.0
#include "supervisor/core/notices.h"

#include <gtest/gtest.h>

#include "tests/unit/supervisor/driver.h"

namespace holdfast::supervisor {
namespace {

// "web BACKUP->MASTER 100: a reason".
Lines lines_of(const NoticeList& notices) {
  Lines lines;
  for (const Notice& notice : notices) {
    lines.push_back(std::string(notice.of == NoticeOf::kGroup ? "group " : "") + notice.name + " " +
                    notice.previous + "->" + notice.state + " " +
                    std::to_string(notice.priority.value) + ": " + notice.reason);
  }
  return lines;
}

class NoticesTest : public testing::Test {
 protected:
  Lines hear(VrrpState state, std::uint32_t conflicts = 0, const std::string& name = "web") {
    RouterState router = router_state(name, state);
    router.conflicts = conflicts;
    return lines_of(notices_.heard(router, config_));
  }

  Config config_ = config_of({"web", "db"}, {});
  Notices notices_;
};

TEST_F(NoticesTest, EveryChangeIsNewsAndNothingElse) {
  EXPECT_EQ(hear(VrrpState::kBackup), Lines{"web INIT->BACKUP 100: a reason"});
  EXPECT_EQ(hear(VrrpState::kBackup), Lines{});
  EXPECT_EQ(hear(VrrpState::kActive), Lines{"web BACKUP->MASTER 100: a reason"});
  EXPECT_EQ(hear(VrrpState::kActive), Lines{}) << "a new life that has resumed";
  EXPECT_EQ(hear(VrrpState::kFault), Lines{"web MASTER->FAULT 100: a reason"});
  EXPECT_EQ(hear(VrrpState::kActive, 0, "db"), Lines{"db INIT->MASTER 100: a reason"});
}

TEST_F(NoticesTest, InitializeIsOnTheWayToSomethingElse) {
  EXPECT_EQ(hear(VrrpState::kInitialize), Lines{});
  hear(VrrpState::kActive);
  EXPECT_EQ(hear(VrrpState::kInitialize), Lines{});
  EXPECT_EQ(hear(VrrpState::kActive), Lines{});
  EXPECT_EQ(hear(VrrpState::kInitialize), Lines{});
  EXPECT_EQ(hear(VrrpState::kBackup), Lines{"web MASTER->BACKUP 100: a reason"});
}

TEST_F(NoticesTest, TheWinnerOfAConflictIsToldOfAgain) {
  hear(VrrpState::kActive);
  const Lines again{
      "web MASTER->MASTER 100: still master: another that called itself master gave way"};
  EXPECT_EQ(hear(VrrpState::kActive, 1), again);
  EXPECT_EQ(hear(VrrpState::kActive, 1), Lines{});
  EXPECT_EQ(hear(VrrpState::kActive, 0), Lines{}) << "a new life counts anew";
  EXPECT_EQ(hear(VrrpState::kActive, 1), again);
  EXPECT_EQ(hear(VrrpState::kBackup, 1), Lines{"web MASTER->BACKUP 100: a reason"});
}

TEST_F(NoticesTest, AGroupIsWhatAllOfItsMembersAre) {
  config_ = config_of({"web", "db", "other"}, {});
  config_.sync_groups = {{"pair", {"web", "db"}}};
  EXPECT_EQ(hear(VrrpState::kBackup), Lines{"web INIT->BACKUP 100: a reason"});
  EXPECT_EQ(hear(VrrpState::kBackup, 0, "db"),
            (Lines{"db INIT->BACKUP 100: a reason", "group pair INIT->BACKUP 0: db: a reason"}));
  EXPECT_EQ(hear(VrrpState::kActive).size(), 1U);
  EXPECT_EQ(hear(VrrpState::kActive, 0, "other").size(), 1U);
  EXPECT_EQ(
      hear(VrrpState::kActive, 0, "db"),
      (Lines{"db BACKUP->MASTER 100: a reason", "group pair BACKUP->MASTER 0: db: a reason"}));
  EXPECT_EQ(hear(VrrpState::kActive, 1).size(), 1U) << "a conflict is told of the instance";
  EXPECT_EQ(hear(VrrpState::kFault), (Lines{"web MASTER->FAULT 100: a reason",
                                            "group pair MASTER->FAULT 0: web: a reason"}));
  EXPECT_EQ(hear(VrrpState::kBackup, 0, "db").size(), 1U);
  EXPECT_EQ(hear(VrrpState::kBackup), (Lines{"web FAULT->BACKUP 100: a reason",
                                             "group pair FAULT->BACKUP 0: web: a reason"}));
  EXPECT_EQ(lines_of(notices_.stopped(config_)).back(),
            "group pair BACKUP->STOP 0: holdfastd stops");
}

TEST_F(NoticesTest, AGroupThatAReloadRemovesIsForgotten) {
  config_.sync_groups = {{"pair", {"web"}}};
  EXPECT_EQ(hear(VrrpState::kBackup).size(), 2U);
  const Config former = config_;
  config_.sync_groups.clear();
  EXPECT_EQ(lines_of(notices_.forget_all_but(config_, former)), Lines{});
  EXPECT_EQ(lines_of(notices_.stopped(config_)).size(), 1U);
}

TEST_F(NoticesTest, AtTheEndEveryoneHearsStop) {
  hear(VrrpState::kBackup);
  hear(VrrpState::kFault, 0, "db");
  EXPECT_EQ(lines_of(notices_.stopped(config_)), (Lines{"db FAULT->STOP 100: holdfastd stops",
                                                        "web BACKUP->STOP 100: holdfastd stops"}));
  EXPECT_EQ(lines_of(notices_.stopped(config_)), Lines{});
}

TEST_F(NoticesTest, WhatAReloadRemovesIsInFault) {
  hear(VrrpState::kActive);
  hear(VrrpState::kBackup, 0, "db");
  const Config former = config_;
  config_ = config_of({"db"}, {});
  EXPECT_EQ(lines_of(notices_.forget_all_but(config_, former)),
            Lines{"web MASTER->FAULT 100: no longer configured"});
  EXPECT_EQ(lines_of(notices_.forget_all_but(config_, former)), Lines{});
  EXPECT_EQ(hear(VrrpState::kInitialize), Lines{});
  EXPECT_EQ(hear(VrrpState::kBackup), Lines{}) << "a late word of it";
}

TEST_F(NoticesTest, AVirtualServerThatAReloadRemovesIsDownWithOmega) {
  for (const bool omega : {true, false}) {
    Config former = config_;
    former.virtual_servers.resize(1);
    former.virtual_servers[0].name = "shop";
    former.notify.services["shop"].down_at_stop = omega;
    ServiceState up;
    up.service = "shop";
    up.quorum = true;
    EXPECT_EQ(notices_.heard(up, former).size(), 1U);
    EXPECT_EQ(lines_of(notices_.forget_all_but(config_, former)),
              omega ? Lines{"shop UP->DOWN 0: no longer configured"} : Lines{});
    EXPECT_EQ(lines_of(notices_.stopped(config_)), Lines{});
  }
}

TEST_F(NoticesTest, WhoseAddressesWereRemovedIsNoMaster) {
  hear(VrrpState::kActive);
  hear(VrrpState::kBackup, 0, "db");
  EXPECT_EQ(lines_of(notices_.withdrawn()),
            Lines{"web MASTER->FAULT 100: the vrrp-worker does not run: its addresses were "
                  "removed"});
  EXPECT_EQ(lines_of(notices_.withdrawn()), Lines{});
  EXPECT_EQ(hear(VrrpState::kBackup), Lines{"web FAULT->BACKUP 100: a reason"});
}

}  // namespace
}  // namespace holdfast::supervisor
