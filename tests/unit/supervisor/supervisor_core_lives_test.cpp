// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "supervisor/core/supervisor_core.h"
#include "tests/unit/supervisor/driver.h"

namespace holdfast::supervisor {
namespace {

Config fast() {
  return config_of({"web"}, {"app"}, milliseconds{100});  // watchdog 150 ms
}

// ---- The watchdog.

TEST(Watchdog, AbortsAHungWorkerThenKillsItThenStartsItAtOnce) {
  Driver driver;
  driver.run(fast());
  const std::string heard = std::to_string(driver.now.time_since_epoch().count());
  EXPECT_EQ(driver.core.deadline(), driver.now + milliseconds{150});
  EXPECT_EQ(driver.wake_in(milliseconds{149}), Lines{});
  EXPECT_EQ(driver.wake_in(milliseconds{1}),
            (Lines{"error: vrrp-worker hung: no sign of life for 150 ms; killing it",
                   "Abort vrrp-worker"}));
  EXPECT_EQ(driver.core.deadline(), driver.now + milliseconds{50});
  EXPECT_EQ(driver.wake(), (Lines{"Kill vrrp-worker"}));
  EXPECT_EQ(
      driver.kill(Role::kVrrp),
      (Lines{"warning: vrrp-worker was killed; starting it again at once", "Spawn vrrp-worker"}));
  EXPECT_EQ(driver.say(Role::kVrrp, Hello{Role::kVrrp, kBuild}).back(),
            "Send vrrp-worker Start " + heard);
}

TEST(Watchdog, AnAbortThatWorksNeedsNoKill) {
  Driver driver;
  driver.run(fast());
  driver.wake_in(milliseconds{150});
  driver.now += milliseconds{10};
  EXPECT_EQ(driver.tell(WorkerExited{Role::kVrrp, 0, 6}).back(), "Spawn vrrp-worker");
  EXPECT_EQ(driver.wake_in(milliseconds{50}), Lines{});
}

TEST(Watchdog, EveryMessageIsASignOfLife) {
  Driver driver;
  driver.run(fast());
  driver.now += milliseconds{100};
  driver.say(Role::kVrrp, router_state("web"));
  EXPECT_EQ(driver.core.deadline(), driver.now + milliseconds{150});
  EXPECT_EQ(driver.wake_in(milliseconds{100}), Lines{});
}

TEST(Watchdog, ASlowerHeartbeatIsFineUntilTheNewConfigurationIsAnswered) {
  Driver driver;
  driver.run(config_of({"web"}, {"app"}, seconds{1}));
  driver.tell(ConfigLoaded{fast()});
  EXPECT_EQ(driver.core.deadline(), driver.now + seconds{1});
  driver.say(Role::kVrrp, Configured{{2}});
  EXPECT_EQ(driver.core.deadline(), driver.now + milliseconds{150});
}

TEST(Watchdog, ItsOwnSleepIsNoHangOfAWorker) {
  Driver driver;
  driver.run(fast());
  EXPECT_EQ(driver.wake_in(seconds{5}), Lines{}) << "the supervisor slept";
  EXPECT_EQ(driver.core.deadline(), driver.now + milliseconds{150});
  driver.say(Role::kVrrp, Heartbeat{});
  driver.say(Role::kCheck, Heartbeat{});
  EXPECT_EQ(driver.wake_in(milliseconds{100}), Lines{});
}

TEST(Watchdog, AMachineThatIsAlwaysLateStillFindsAHang) {
  Driver driver;
  driver.run(fast());
  EXPECT_EQ(driver.wake_in(seconds{1}), Lines{});
  driver.say(Role::kCheck, Heartbeat{});
  EXPECT_EQ(driver.wake_in(seconds{1}).back(), "Abort vrrp-worker");
}

TEST(Watchdog, HundredHangsAreHundredRestartsAtOnce) {
  Driver driver;
  driver.run(fast());
  for (int i = 0; i < 100; ++i) {
    driver.say(Role::kCheck, Heartbeat{});
    ASSERT_EQ(driver.wake_in(milliseconds{150}).back(), "Abort vrrp-worker");
    ASSERT_EQ(driver.tell(WorkerExited{Role::kVrrp, 0, 6}).back(), "Spawn vrrp-worker");
    driver.bring_up(Role::kVrrp);
    driver.prove(Role::kVrrp);
  }
  EXPECT_EQ(driver.info(Role::kVrrp).restarts, 100U);
}

TEST(Watchdog, AWorkerHasFiveSecondsToComeUp) {
  Driver driver;
  driver.tell(ConfigLoaded{fast()});
  driver.bring_up(Role::kCheck);
  for (int i = 0; i < 4; ++i) {
    EXPECT_EQ(driver.wake_in(seconds{1}), Lines{});
    driver.say(Role::kCheck, Heartbeat{});
  }
  EXPECT_EQ(driver.wake_in(milliseconds{999}), Lines{});
  EXPECT_EQ(driver.wake_in(milliseconds{1}).back(), "Abort vrrp-worker");
}

// A supervisor that was held up itself hears the Hello late, and sends the configuration late.
TEST(Watchdog, AWorkerHasFiveSecondsToAnswerItsFirstConfiguration) {
  Driver driver;
  driver.tell(ConfigLoaded{fast()});
  driver.bring_up(Role::kCheck);
  for (int i = 0; i < 4; ++i) {
    EXPECT_EQ(driver.wake_in(seconds{1}), Lines{});
    driver.say(Role::kCheck, Heartbeat{});
  }
  driver.say(Role::kVrrp, Hello{Role::kVrrp, kBuild});
  driver.say(Role::kVrrp, Heartbeat{});
  for (int i = 0; i < 4; ++i) {
    EXPECT_EQ(driver.wake_in(seconds{1}), Lines{});
    driver.say(Role::kCheck, Heartbeat{});
  }
  EXPECT_EQ(driver.wake_in(milliseconds{999}), Lines{});
  EXPECT_EQ(driver.wake_in(milliseconds{1}),
            (Lines{"error: vrrp-worker did not answer its configuration within 5 s; killing it",
                   "Abort vrrp-worker"}));
}

TEST(Watchdog, ARunningWorkerHasFiveSecondsToAnswerAReload) {
  Driver driver;
  driver.run(config_of({"web"}, {"app"}, seconds{10}));
  driver.tell(ConfigLoaded{config_of({"web"}, {"app"}, seconds{10})});
  driver.say(Role::kCheck, Configured{{2}});
  for (int i = 0; i < 5; ++i) {
    driver.say(Role::kVrrp, Heartbeat{});
    driver.say(Role::kCheck, Heartbeat{});
    EXPECT_EQ(driver.wake_in(milliseconds{999}), Lines{});
  }
  driver.say(Role::kVrrp, Heartbeat{});
  EXPECT_EQ(driver.wake_in(milliseconds{5}).back(), "Abort vrrp-worker");
}

// ---- Restarts.

TEST(Restart, HundredKillsFromOutsideAreHundredRestartsAtOnce) {
  Driver driver;
  driver.run();
  for (int i = 0; i < 100; ++i) {
    ASSERT_EQ(driver.kill(Role::kVrrp).back(), "Spawn vrrp-worker");
    driver.bring_up(Role::kVrrp);  // killed again before it proves itself
  }
  EXPECT_EQ(driver.info(Role::kVrrp).phase, WorkerPhase::kRunning);
}

TEST(Restart, AFaultyWorkerIsRestartedEverLater) {
  Driver driver;
  driver.run();
  for (const Duration delay : RestartPolicy::kDelays) {
    const Lines lines = driver.exit_with(Role::kCheck, 3);
    if (delay == Duration{0}) {
      EXPECT_EQ(lines, (Lines{"warning: check-worker exited with status 3; starting it again at "
                              "once",
                              "Spawn check-worker"}));
    } else {
      EXPECT_EQ(driver.info(Role::kCheck).phase, WorkerPhase::kDown);
      const Time due = driver.now + delay;
      while (driver.core.deadline() < due) {
        driver.now = *driver.core.deadline() - milliseconds{1};
        driver.say(Role::kVrrp, Heartbeat{});
      }
      EXPECT_EQ(driver.core.deadline(), due);
      EXPECT_EQ(driver.wake(), (Lines{"Spawn check-worker"}));
    }
    driver.bring_up(Role::kCheck);
    driver.prove(Role::kCheck);
  }
}

TEST(Restart, AnExitWithStatusZeroThatNobodyAskedForIsAFault) {
  Driver driver;
  driver.run();
  EXPECT_EQ(driver.exit_with(Role::kVrrp, 0).back(), "Spawn vrrp-worker");
  EXPECT_EQ(driver.exit_with(Role::kVrrp, 0),
            (Lines{"error: vrrp-worker exited with status 0; starting it again in 100 ms"}));
}

TEST(Restart, AnyOtherSignalIsAFault) {
  Driver driver;
  driver.run();
  driver.tell(WorkerExited{Role::kVrrp, 0, 11});
  driver.bring_up(Role::kVrrp);
  driver.prove(Role::kVrrp);
  EXPECT_EQ(driver.tell(WorkerExited{Role::kVrrp, 0, 15}),
            (Lines{"error: vrrp-worker killed by SIGTERM; starting it again in 100 ms"}));
}

TEST(Restart, AFailedSpawnIsAFault) {
  Driver driver;
  driver.tell(ConfigLoaded{config_of({"web"}, {"app"})});
  EXPECT_EQ(driver.tell(SpawnFailed{Role::kVrrp, "no memory"}),
            (Lines{"warning: vrrp-worker could not be started: no memory; starting it again at "
                   "once",
                   "Spawn vrrp-worker"}));
  EXPECT_EQ(driver.tell(SpawnFailed{Role::kVrrp, "no memory"}),
            (Lines{"error: vrrp-worker could not be started: no memory; starting it again in 100 "
                   "ms"}));
  EXPECT_EQ(driver.wake(), (Lines{"Spawn vrrp-worker"}));
}

TEST(Restart, AddressesThatNoLifeCouldResumeAreWithdrawnMeanwhile) {
  Driver driver;
  driver.run(config_of({"web"}, {"app"}, milliseconds{500}));
  driver.exit_with(Role::kVrrp, 1);
  EXPECT_EQ(driver.exit_with(Role::kVrrp, 1),
            (Lines{"error: vrrp-worker exited with status 1; starting it again in 100 ms"}));
  EXPECT_EQ(driver.wake(), (Lines{"Spawn vrrp-worker"}));
  EXPECT_EQ(
      driver.exit_with(Role::kVrrp, 1),
      (Lines{"error: vrrp-worker exited with status 1; starting it again in 1 s", "Withdraw"}));
  EXPECT_EQ(driver.tell(Terminate{}), (Lines{"Send check-worker Shutdown"})) << "nothing is left";
}

TEST(Restart, AVrrpWorkerThatNeverProvesItselfIsGivenUp) {
  Driver driver;
  driver.tell(ConfigLoaded{config_of({"web"}, {"app"}, seconds{100})});
  driver.bring_up(Role::kCheck);
  for (int i = 0; i < 4; ++i) {
    driver.exit_with(Role::kVrrp, 2);
    driver.now += seconds{6};
    driver.say(Role::kCheck, Heartbeat{});
    driver.tell(Wake{});
  }
  EXPECT_EQ(driver.exit_with(Role::kVrrp, 2),
            (Lines{"error: vrrp-worker exited with status 2",
                   std::string("error: vrrp-worker given up: it fails again and again, with no "
                               "quiet minute between; the last life exited with status 2. ") +
                       "This node lets go of its addresses and exits",
                   "Withdraw", "Kill check-worker", "Exit 1"}));
  EXPECT_EQ(driver.core.deadline(), std::nullopt);
  EXPECT_EQ(driver.exit_with(Role::kCheck, 0), Lines{});
  EXPECT_EQ(driver.tell(Terminate{}), Lines{});
}

TEST(Restart, ACheckWorkerIsNeverGivenUp) {
  Driver driver;
  driver.tell(ConfigLoaded{config_of({"web"}, {"app"})});
  driver.exit_with(Role::kCheck, 2);
  for (int i = 0; i < 20; ++i) {
    driver.exit_with(Role::kCheck, 2);
    ASSERT_EQ(driver.info(Role::kCheck).phase, WorkerPhase::kDown);
    driver.bring_up(Role::kVrrp);
    driver.wake_in(seconds{30});
    ASSERT_EQ(driver.info(Role::kCheck).phase, WorkerPhase::kStarting);
  }
}

// ---- The end.

TEST(Terminate, IsGraceful) {
  Driver driver;
  driver.run();
  EXPECT_EQ(driver.tell(Terminate{}),
            (Lines{"Send vrrp-worker Shutdown", "Send check-worker Shutdown"}));
  EXPECT_EQ(driver.info(Role::kVrrp).phase, WorkerPhase::kStopping);
  EXPECT_EQ(driver.exit_with(Role::kCheck, 0), (Lines{"info: check-worker stopped"}));
  EXPECT_EQ(driver.say(Role::kVrrp, router_state("web")),
            Lines{"Notify web INIT->BACKUP 100: a reason"});
  EXPECT_EQ(driver.say(Role::kVrrp, Heartbeat{}), Lines{});
  EXPECT_EQ(driver.exit_with(Role::kVrrp, 0),
            (Lines{"info: vrrp-worker stopped", "Notify web BACKUP->STOP 100: holdfastd stops",
                   "Exit 0"}));
  EXPECT_EQ(driver.info(Role::kVrrp).last_end, "stopped");
  EXPECT_EQ(driver.core.deadline(), std::nullopt);
}

TEST(Terminate, BeforeAnythingRan) {
  Driver driver;
  EXPECT_EQ(driver.tell(Terminate{}), (Lines{"Exit 0"}));
}

TEST(Terminate, WaitsForTheHandOverOfWhatAReloadHasRemoved) {
  Driver driver;
  driver.run(config_of({"web"}, {"app"}, seconds{10}));
  driver.tell(ConfigLoaded{config_of({}, {"app"}, seconds{10})});
  driver.say(Role::kVrrp, Configured{{2}});
  driver.say(Role::kCheck, Configured{{2}});
  const Time asked = driver.now;
  driver.tell(Terminate{});
  driver.exit_with(Role::kCheck, 0);
  EXPECT_EQ(driver.core.deadline(), asked + seconds{32});
}

TEST(Terminate, AWorkerThatDoesNotStopIsKilled) {
  Driver driver;
  driver.run(config_of({"web"}, {"app"}, seconds{2}));
  driver.tell(Terminate{});
  EXPECT_EQ(driver.core.deadline(), driver.now + seconds{1});
  EXPECT_EQ(driver.wake(), (Lines{"error: check-worker did not stop within 1 s; killing it",
                                  "Kill check-worker"}));
  EXPECT_EQ(driver.kill(Role::kCheck), (Lines{"warning: check-worker was killed"}));
  EXPECT_EQ(driver.core.deadline(), driver.now + seconds{7});  // 3 x 2 s + 2 s from the start
  EXPECT_EQ(driver.wake(),
            (Lines{"error: vrrp-worker did not stop within 8 s; killing it", "Kill vrrp-worker"}));
  EXPECT_EQ(driver.kill(Role::kVrrp),
            (Lines{"warning: vrrp-worker was killed", "Withdraw", "Exit 1"}));
}

TEST(Terminate, AVrrpWorkerThatFailsAtItIsWithdrawnBeforeTheOtherHasStopped) {
  Driver driver;
  driver.run();
  driver.tell(Terminate{});
  EXPECT_EQ(driver.exit_with(Role::kVrrp, 1),
            (Lines{"warning: vrrp-worker exited with status 1", "Withdraw"}));
  EXPECT_EQ(driver.exit_with(Role::kCheck, 0), (Lines{"info: check-worker stopped", "Exit 1"}));
}

TEST(Terminate, ASecondOneKillsAtOnce) {
  Driver driver;
  driver.run();
  driver.tell(Terminate{});
  EXPECT_EQ(
      driver.tell(Terminate{}),
      (Lines{"error: vrrp-worker was not given the time to stop; killing it", "Kill vrrp-worker",
             "error: check-worker was not given the time to stop; killing it",
             "Kill check-worker"}));
  driver.kill(Role::kCheck);
  EXPECT_EQ(driver.kill(Role::kVrrp),
            (Lines{"warning: vrrp-worker was killed", "Withdraw", "Exit 1"}));
}

TEST(Terminate, WhileAWorkerWaitsForItsRestart) {
  Driver driver;
  driver.run();
  driver.exit_with(Role::kVrrp, 1);
  driver.exit_with(Role::kVrrp, 1);
  EXPECT_EQ(driver.tell(Terminate{}), (Lines{"Send check-worker Shutdown", "Withdraw"}));
  EXPECT_EQ(driver.wake_in(milliseconds{100}), Lines{}) << "it is not started again";
  EXPECT_EQ(driver.exit_with(Role::kCheck, 0), (Lines{"info: check-worker stopped", "Exit 0"}));
}

TEST(Terminate, WhileAWorkerStarts) {
  Driver driver;
  driver.tell(ConfigLoaded{config_of({"web"}, {"app"})});
  driver.say(Role::kCheck, Hello{Role::kCheck, kBuild});
  EXPECT_EQ(driver.tell(Terminate{}),
            (Lines{"error: vrrp-worker was stopped before it had started; killing it",
                   "Kill vrrp-worker", "Send check-worker Shutdown"}));
  EXPECT_EQ(driver.say(Role::kCheck, Configured{{1}}), Lines{}) << "it is not ready";
  EXPECT_EQ(driver.kill(Role::kVrrp), (Lines{"warning: vrrp-worker was killed", "Withdraw"}));
  EXPECT_EQ(driver.exit_with(Role::kCheck, 0), (Lines{"info: check-worker stopped", "Exit 0"}));
}

TEST(Terminate, WhileAHungWorkerIsBeingKilled) {
  Driver driver;
  driver.run(fast());
  driver.wake_in(milliseconds{150});
  EXPECT_EQ(driver.tell(Terminate{}), (Lines{"Send check-worker Shutdown"}));
  EXPECT_EQ(driver.wake(), (Lines{"Kill vrrp-worker"}));
  EXPECT_EQ(driver.kill(Role::kVrrp).back(), "Withdraw");
  EXPECT_EQ(driver.exit_with(Role::kCheck, 0).back(), "Exit 0");
}

TEST(Terminate, NoReloadAfterIt) {
  Driver driver;
  driver.run();
  driver.tell(Terminate{});
  EXPECT_EQ(driver.tell(ConfigLoaded{config_of({"db"}, {})}), Lines{});
  EXPECT_EQ(driver.core.generation(), Generation{1});
}

}  // namespace
}  // namespace holdfast::supervisor
