// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "common/core/overloaded.h"
#include "supervisor/core/supervisor_core.h"
#include "tests/unit/supervisor/driver.h"

// A stop, or a maintenance, that comes between two lives of the vrrp-worker of a master.
namespace holdfast::supervisor {
namespace {

bool has(const Lines& lines, const std::string& line) {
  return std::find(lines.begin(), lines.end(), line) != lines.end();
}

constexpr const char* kOnceMore = "info: vrrp-worker is started once more, to hand over";

class StopBetweenTwoLives : public ::testing::Test {
 protected:
  void SetUp() override {
    driver_.run();
    driver_.say(Role::kVrrp, router_state("web", VrrpState::kActive));
    heard_ = std::to_string(driver_.now.time_since_epoch().count());
  }

  // The life that has been started resumes, is told to stop, and does.
  void hands_over() {
    EXPECT_EQ(driver_.say(Role::kVrrp, Hello{Role::kVrrp, kBuild}),
              (Lines{"Send vrrp-worker Configure 1", "Send vrrp-worker RouterState web",
                     "Send vrrp-worker Start " + heard_, "Send vrrp-worker Shutdown"}));
    EXPECT_EQ(driver_.say(Role::kVrrp, Configured{{1}}), Lines{});
    driver_.say(Role::kVrrp, router_state("web", VrrpState::kInitialize));
    const Lines end = driver_.exit_with(Role::kVrrp, 0);
    EXPECT_TRUE(has(end, "info: vrrp-worker stopped"));
    EXPECT_FALSE(has(end, "Withdraw")) << "it has let go itself";
  }
  void restarts_late() {  // by a second failure in a row
    driver_.exit_with(Role::kVrrp, 1);
    EXPECT_FALSE(has(driver_.exit_with(Role::kVrrp, 1), "Spawn vrrp-worker"));
  }

  Driver driver_;
  std::string heard_;
};

TEST_F(StopBetweenTwoLives, WhileTheNextOneWaitsForItsTime) {
  restarts_late();
  EXPECT_EQ(driver_.tell(Terminate{}), (Lines{"Spawn vrrp-worker", "Send check-worker Shutdown"}));
  driver_.exit_with(Role::kCheck, 0);
  hands_over();
  EXPECT_EQ(driver_.core.deadline(), std::nullopt) << "it has exited";
}

TEST_F(StopBetweenTwoLives, WhileTheNextOneStarts) {
  driver_.kill(Role::kVrrp);
  EXPECT_EQ(driver_.tell(Terminate{}), Lines{"Send check-worker Shutdown"});
  driver_.exit_with(Role::kCheck, 0);
  hands_over();
}

TEST_F(StopBetweenTwoLives, WhileTheFormerOneIsBeingKilled) {
  driver_.tell(Violation{Role::kVrrp, "is no message"});
  EXPECT_EQ(driver_.tell(Terminate{}), Lines{"Send check-worker Shutdown"});
  driver_.exit_with(Role::kCheck, 0);
  EXPECT_EQ(driver_.kill(Role::kVrrp),
            (Lines{"warning: vrrp-worker was killed", kOnceMore, "Spawn vrrp-worker"}));
  hands_over();
}

TEST_F(StopBetweenTwoLives, ThereIsNoThirdOne) {
  driver_.kill(Role::kVrrp);
  driver_.tell(Terminate{});
  driver_.exit_with(Role::kCheck, 0);
  const Lines end = driver_.kill(Role::kVrrp);
  EXPECT_FALSE(has(end, "Spawn vrrp-worker"));
  EXPECT_TRUE(has(end, "Withdraw"));
  EXPECT_EQ(end.back(), "Exit 0");
}

TEST_F(StopBetweenTwoLives, OneThatCannotBeStartedIsWithdrawn) {
  restarts_late();
  driver_.tell(Terminate{});
  const Lines end = driver_.tell(SpawnFailed{Role::kVrrp, "no more processes"});
  EXPECT_TRUE(has(end, "Withdraw"));
}

TEST_F(StopBetweenTwoLives, OneThatNeverGreetsIsNotWaitedForLong) {
  driver_.kill(Role::kVrrp);
  driver_.tell(Terminate{});
  driver_.exit_with(Role::kCheck, 0);
  const Time asked = driver_.now;
  EXPECT_TRUE(has(driver_.wake(), "Abort vrrp-worker"));
  EXPECT_LE(driver_.now - asked, kAnswerTime);
  EXPECT_EQ(driver_.tell(WorkerExited{Role::kVrrp, 0, 6}).back(), "Exit 0");
}

TEST_F(StopBetweenTwoLives, ASecondStopWaitsForNothing) {
  driver_.kill(Role::kVrrp);
  driver_.tell(Terminate{});
  EXPECT_TRUE(has(driver_.tell(Terminate{}), "Kill vrrp-worker"));
  EXPECT_FALSE(has(driver_.kill(Role::kVrrp), "Spawn vrrp-worker"));
}

TEST_F(StopBetweenTwoLives, ASecondStopOfOneThatIsBeingKilledToo) {
  driver_.tell(Violation{Role::kVrrp, "is no message"});
  driver_.tell(Terminate{});
  driver_.tell(Terminate{});
  EXPECT_FALSE(has(driver_.kill(Role::kVrrp), "Spawn vrrp-worker"));
}

TEST_F(StopBetweenTwoLives, ABackupHasNothingToHandOver) {
  driver_.say(Role::kVrrp, router_state("web", VrrpState::kBackup));
  restarts_late();
  EXPECT_EQ(driver_.tell(Terminate{}), (Lines{"Send check-worker Shutdown", "Withdraw"}));
}

TEST_F(StopBetweenTwoLives, NorHasWhoWasSilentForLongerThanAPeerWaits) {
  restarts_late();
  driver_.now += seconds{2};
  EXPECT_EQ(driver_.tell(Terminate{}), (Lines{"Send check-worker Shutdown", "Withdraw"}));
}

TEST_F(StopBetweenTwoLives, OneThatDiesWhileItHandsOverIsNotStartedAgain) {
  driver_.tell(Terminate{});
  EXPECT_FALSE(has(driver_.kill(Role::kVrrp), "Spawn vrrp-worker"));
}

// ---- Of a maintenance.

TEST_F(StopBetweenTwoLives, MaintenanceHandsOverAlike) {
  restarts_late();
  EXPECT_EQ(driver_.tell(Maintain{true}), Lines{"Spawn vrrp-worker"});
  hands_over();
  EXPECT_TRUE(driver_.core.settled());
  EXPECT_EQ(driver_.tell(Maintain{false}), Lines{"Spawn vrrp-worker"});
}

TEST_F(StopBetweenTwoLives, MaintenanceThatEndsBeforeTheHandOverResumes) {
  driver_.kill(Role::kVrrp);
  EXPECT_EQ(driver_.tell(Maintain{true}), Lines{});
  EXPECT_EQ(driver_.tell(Maintain{false}), Lines{});
  EXPECT_EQ(driver_.say(Role::kVrrp, Hello{Role::kVrrp, kBuild}).back(),
            "Send vrrp-worker Start " + heard_);
  driver_.say(Role::kVrrp, Configured{{1}});
  EXPECT_EQ(driver_.info(Role::kVrrp).phase, WorkerPhase::kRunning);
}

TEST_F(StopBetweenTwoLives, AStopDuringTheHandOverOfAMaintenance) {
  driver_.kill(Role::kVrrp);
  driver_.tell(Maintain{true});
  EXPECT_EQ(driver_.tell(Terminate{}), Lines{"Send check-worker Shutdown"});
  driver_.exit_with(Role::kCheck, 0);
  hands_over();
}

// ---- Of an upgrade.

class StopOfAnUpgrade : public StopBetweenTwoLives {
 protected:
  void SetUp() override {
    StopBetweenTwoLives::SetUp();
    Handover handover = driver_.core.hand_over();
    for (HandedWorker& worker : handover.workers) worker.pid = 50;
    after_.core.take_over(handover);
    after_.now = driver_.now + milliseconds{40};
    after_.tell(ConfigLoaded{config_of({"web"}, {"app"})});
    after_.tell(SignOfLife{Role::kVrrp});
    heard_ = std::to_string(after_.now.time_since_epoch().count());
  }
  Lines greets() { return after_.say(Role::kVrrp, Hello{Role::kVrrp, kBuild}); }

  Driver after_;
};

TEST_F(StopOfAnUpgrade, BeforeTheFormerWorkerHasEnded) {
  EXPECT_EQ(after_.tell(Terminate{}), Lines{"Send check-worker Shutdown"});
  EXPECT_EQ(after_.kill(Role::kVrrp),
            (Lines{"warning: vrrp-worker was killed", kOnceMore, "Spawn vrrp-worker"}));
  EXPECT_EQ(greets(), (Lines{"Send vrrp-worker Configure 2", "Send vrrp-worker RouterState web",
                             "Send vrrp-worker Start " + heard_, "Send vrrp-worker Shutdown"}));
  after_.exit_with(Role::kCheck, 0);
  EXPECT_EQ(after_.exit_with(Role::kVrrp, 0).back(), "Exit 0");
}

TEST_F(StopOfAnUpgrade, BeforeTheNextWorkerHasGreeted) {
  after_.kill(Role::kVrrp);
  EXPECT_EQ(after_.tell(Terminate{}), Lines{"Send check-worker Shutdown"});
  EXPECT_EQ(greets().back(), "Send vrrp-worker Shutdown");
}

TEST_F(StopOfAnUpgrade, AMaintenanceToo) {
  EXPECT_EQ(after_.tell(Maintain{true}), Lines{});
  EXPECT_TRUE(has(after_.kill(Role::kVrrp), "Spawn vrrp-worker"));
  EXPECT_EQ(greets().back(), "Send vrrp-worker Shutdown");
  after_.say(Role::kVrrp, Configured{{2}});
  EXPECT_TRUE(has(after_.exit_with(Role::kVrrp, 0), "Kill check-worker")) << "the upgrade goes on";
}

TEST_F(StopOfAnUpgrade, AMaintenanceTakesAwayWhatCanNoLongerBeHandedOver) {
  after_.tell(Maintain{true});
  after_.now += seconds{3};
  const Lines end = after_.kill(Role::kVrrp);
  EXPECT_FALSE(has(end, "Spawn vrrp-worker"));
  EXPECT_TRUE(has(end, "Withdraw"));
  EXPECT_TRUE(has(end, "Kill check-worker")) << "the upgrade goes on";
}

// ---- Who waits for longer than a peer.

class RestBetweenTwoLives : public StopBetweenTwoLives {
 protected:
  // A life becomes master, and fails by itself.
  Lines fails() {
    if (driver_.info(Role::kVrrp).phase == WorkerPhase::kDown) waits(seconds{1});
    if (driver_.info(Role::kVrrp).phase == WorkerPhase::kStarting) driver_.bring_up(Role::kVrrp);
    driver_.say(Role::kVrrp, router_state("web", VrrpState::kActive));
    driver_.prove(Role::kVrrp);
    heard_ = std::to_string(driver_.now.time_since_epoch().count());
    return driver_.exit_with(Role::kVrrp, 1);
  }
  // So often that the next one is 5 s away, which peers do not wait.
  Lines fails_often() {
    for (int i = 0; i < 3; ++i) fails();
    return fails();
  }
  Lines waits(Duration time) {
    driver_.now += time;
    driver_.say(Role::kCheck, Heartbeat{});
    return driver_.tell(Wake{});
  }
};

TEST_F(RestBetweenTwoLives, TheAddressesAreHandedOver) {
  EXPECT_EQ(fails_often(),
            (Lines{"error: vrrp-worker exited with status 1; starting it again in 5 s", kOnceMore,
                   "Spawn vrrp-worker"}));
  hands_over();
  EXPECT_EQ(driver_.info(Role::kVrrp).phase, WorkerPhase::kDown);
  EXPECT_EQ(waits(seconds{5} - milliseconds{1}), Lines{});
  EXPECT_EQ(waits(milliseconds{1}), Lines{"Spawn vrrp-worker"}) << "at its time, and not before";
}

TEST_F(RestBetweenTwoLives, IfThatFailsTheyAreWithdrawnAndTheTimeStays) {
  fails_often();
  const Lines end = driver_.exit_with(Role::kVrrp, 1);
  EXPECT_EQ(end.at(0), "warning: vrrp-worker exited with status 1 before it had handed over");
  EXPECT_TRUE(has(end, "Withdraw"));
  EXPECT_FALSE(has(end, "Spawn vrrp-worker"));
  EXPECT_EQ(waits(seconds{5} - milliseconds{1}), Lines{});
  EXPECT_EQ(waits(milliseconds{1}), Lines{"Spawn vrrp-worker"});
}

TEST_F(RestBetweenTwoLives, AStopMeanwhileEndsInOrder) {
  fails_often();
  driver_.tell(Terminate{});
  driver_.exit_with(Role::kCheck, 0);
  hands_over();
  EXPECT_EQ(driver_.core.deadline(), std::nullopt) << "it has exited";
}

TEST_F(RestBetweenTwoLives, AMaintenanceMeanwhileTakesItOut) {
  fails_often();
  driver_.tell(Maintain{true});
  hands_over();
  driver_.say(Role::kCheck, Heartbeat{});
  EXPECT_EQ(driver_.tell(Maintain{false}), Lines{"Spawn vrrp-worker"});
}

TEST_F(RestBetweenTwoLives, OneThatIsGivenUpHandsOverFirst) {
  Lines lines = fails_often();
  for (int i = 0; i < 8 && !has(lines, "error: vrrp-worker exited with status 1"); ++i) {
    driver_.say(Role::kVrrp, Hello{Role::kVrrp, kBuild});
    driver_.exit_with(Role::kVrrp, 0);  // it has handed over
    waits(seconds{30});
    lines = fails();
  }
  EXPECT_EQ(lines,
            (Lines{"error: vrrp-worker exited with status 1", kOnceMore, "Spawn vrrp-worker"}));
  driver_.say(Role::kVrrp, Hello{Role::kVrrp, kBuild});
  driver_.say(Role::kVrrp, Configured{{1}});
  const Lines end = driver_.exit_with(Role::kVrrp, 0);
  EXPECT_FALSE(has(end, "Withdraw")) << "it has let go itself";
  EXPECT_EQ(end.back(), "Exit 1");
}

// ---- At any moment.

// A master that is told to stop says so, unless the one life that it gets for it fails, too.
TEST(StopAtAnyMoment, AMasterIsToldToStopBeforeTheEnd) {
  for (unsigned seed = 0; seed < 2000; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937 random(seed);
    const auto one_of = [&](unsigned count) { return static_cast<unsigned>(random() % count); };
    Driver driver;
    driver.run();
    driver.say(Role::kVrrp, router_state("web", VrrpState::kActive));
    for (unsigned i = one_of(4); i > 0; --i) {
      const bool up = driver.info(Role::kVrrp).phase == WorkerPhase::kRunning;
      const unsigned what = one_of(4);
      if (what == 0) driver.kill(Role::kVrrp);
      if (what == 1) driver.tell(Violation{Role::kVrrp, "is no message"});
      if (what == 2 && !up) driver.wake_in(milliseconds{one_of(120)});
      if (what == 3 && driver.info(Role::kVrrp).phase == WorkerPhase::kStarting) {
        driver.bring_up(Role::kVrrp);
      }
    }
    Lines lines = driver.tell(Terminate{});
    const auto add = [&lines](const Lines& more) {
      lines.insert(lines.end(), more.begin(), more.end());
    };
    for (int i = 0; i < 3 && !has(lines, "Send vrrp-worker Shutdown"); ++i) {
      if (has(lines, "Spawn vrrp-worker") ||
          driver.info(Role::kVrrp).phase == WorkerPhase::kStarting) {
        add(driver.say(Role::kVrrp, Hello{Role::kVrrp, kBuild}));
      }
      if (!has(lines, "Send vrrp-worker Shutdown")) add(driver.kill(Role::kVrrp));
    }
    EXPECT_TRUE(has(lines, "Send vrrp-worker Shutdown")) << ::testing::PrintToString(lines);
    EXPECT_FALSE(has(lines, "Withdraw"));
    add(driver.exit_with(Role::kCheck, 0));
    add(driver.exit_with(Role::kVrrp, 0));
    EXPECT_EQ(lines.back(), "Exit 0") << ::testing::PrintToString(lines);
  }
}

}  // namespace
}  // namespace holdfast::supervisor
