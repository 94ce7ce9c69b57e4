// SPDX-License-Identifier: Apache-2.0
#include "supervisor/core/supervisor_core.h"

#include <gtest/gtest.h>

#include "tests/unit/supervisor/driver.h"

namespace holdfast::supervisor {
namespace {

// ---- Coming up.

TEST(SupervisorCore, DoesNothingBeforeItsFirstConfiguration) {
  Driver driver;
  EXPECT_EQ(driver.tell(Wake{}), Lines{});
  EXPECT_EQ(driver.core.deadline(), std::nullopt);
  EXPECT_EQ(driver.core.generation(), Generation{0});
  EXPECT_EQ(driver.info(Role::kVrrp).phase, WorkerPhase::kDown);
}

TEST(SupervisorCore, BringsUpItsWorkersInWholeOrder) {
  Driver driver;
  EXPECT_EQ(driver.tell(ConfigLoaded{config_of({"web"}, {"app"})}),
            (Lines{"Spawn vrrp-worker", "Spawn check-worker"}));
  EXPECT_EQ(driver.info(Role::kVrrp).phase, WorkerPhase::kStarting);
  EXPECT_EQ(driver.say(Role::kVrrp, Hello{Role::kVrrp, kBuild}),
            (Lines{"Send vrrp-worker Configure 1", "Send vrrp-worker Start first"}));
  EXPECT_EQ(driver.say(Role::kVrrp, Configured{{1}}), (Lines{"info: vrrp-worker runs"}));
  EXPECT_EQ(driver.info(Role::kVrrp).phase, WorkerPhase::kRunning);
  EXPECT_EQ(driver.say(Role::kCheck, Hello{Role::kCheck, kBuild}),
            (Lines{"Send check-worker Configure 1", "Send check-worker Start first"}));
  EXPECT_EQ(driver.say(Role::kCheck, Configured{{1}}), (Lines{"info: check-worker runs", "Ready"}));
  EXPECT_EQ(driver.say(Role::kVrrp, Heartbeat{}), Lines{});
  EXPECT_EQ(driver.info(Role::kVrrp).restarts, 0U);
  EXPECT_EQ(driver.info(Role::kVrrp).last_end, "");
}

TEST(SupervisorCore, ANewLifeIsToldWhatItMustKnowBeforeStart) {
  Driver driver;
  driver.run();
  driver.say(Role::kVrrp, router_state("web", VrrpState::kActive));
  driver.say(Role::kVrrp, AdvertCounters{"web", 1, 0, {}});
  driver.say(Role::kCheck, check_state("app"));
  driver.now += milliseconds{200};
  driver.say(Role::kVrrp, Heartbeat{});
  const std::string heard = std::to_string(driver.now.time_since_epoch().count());
  driver.now += milliseconds{100};

  EXPECT_EQ(driver.kill(Role::kVrrp),
            (Lines{"warning: vrrp-worker killed by SIGKILL; starting it again at once",
                   "Spawn vrrp-worker"}));
  EXPECT_EQ(driver.say(Role::kVrrp, Hello{Role::kVrrp, kBuild}),
            (Lines{"Send vrrp-worker Configure 1", "Send vrrp-worker RouterState web",
                   "Send vrrp-worker CheckState app", "Send vrrp-worker Start " + heard}));
  // Ready was said for this generation.
  EXPECT_EQ(driver.say(Role::kVrrp, Configured{{1}}), (Lines{"info: vrrp-worker runs"}));
  EXPECT_EQ(driver.info(Role::kVrrp).restarts, 1U);
  EXPECT_EQ(driver.info(Role::kVrrp).last_end, "killed by SIGKILL");
}

TEST(SupervisorCore, WhatIsToldIsTheMessageItself) {
  Driver driver;
  driver.run();
  driver.say(Role::kCheck, check_state("app", false));
  driver.kill(Role::kVrrp);
  const SupervisorActions told =
      driver.core.handle(MessageFrom{Role::kVrrp, Hello{Role::kVrrp, kBuild}}, driver.now);
  ASSERT_EQ(told.size(), 3U);
  EXPECT_EQ(told[1], SupervisorAction(Send{Role::kVrrp, check_state("app", false)}));
}

TEST(SupervisorCore, ALifeThatNeverRanDoesNotMoveLastAlive) {
  Driver driver;
  driver.run();
  const std::string heard = std::to_string(driver.now.time_since_epoch().count());
  driver.now += milliseconds{50};
  driver.kill(Role::kVrrp);
  driver.now += milliseconds{50};
  driver.say(Role::kVrrp, Hello{Role::kVrrp, kBuild});
  driver.kill(Role::kVrrp);
  EXPECT_EQ(driver.say(Role::kVrrp, Hello{Role::kVrrp, kBuild}).back(),
            "Send vrrp-worker Start " + heard);
}

// ---- What workers may not do.

TEST(SupervisorCore, AViolationEndsItsSender) {
  Driver driver;
  driver.run();
  EXPECT_EQ(driver.say(Role::kVrrp, Shutdown{}),
            (Lines{"error: vrrp-worker broke the protocol: Shutdown, which is not for a "
                   "vrrp-worker to say; killing it",
                   "Kill vrrp-worker"}));
  // What it says now does not count any more, nor does it end it twice.
  EXPECT_EQ(driver.say(Role::kVrrp, Shutdown{}), Lines{});
  EXPECT_EQ(driver.say(Role::kVrrp, router_state("web")), Lines{});
  EXPECT_TRUE(driver.core.retained().empty());
  EXPECT_EQ(driver.tell(Violation{Role::kVrrp, "more"}), Lines{});
  // Its SIGKILL is ours: a fault, and the second one is not restarted at once.
  EXPECT_EQ(driver.kill(Role::kVrrp).back(), "Spawn vrrp-worker");
  EXPECT_EQ(driver.info(Role::kVrrp).last_end,
            "broke the protocol: Shutdown, which is not for a vrrp-worker to say");
  driver.bring_up(Role::kVrrp);
  driver.prove(Role::kVrrp);
  driver.tell(Violation{Role::kVrrp, "a packet of more than 4096 bytes"});
  EXPECT_EQ(driver.kill(Role::kVrrp),
            (Lines{"error: vrrp-worker was killed; starting it again in 100 ms"}));
}

TEST(SupervisorCore, AFloodEndsItsSender) {
  Driver driver;
  driver.run();
  driver.now += std::chrono::seconds{3600};  // saves up no more than a burst
  for (std::uint64_t i = 0; i < MessageBudget::kBurst; ++i) {
    ASSERT_EQ(driver.say(Role::kCheck, check_state("app")).front(),
              "Send vrrp-worker CheckState app");
  }
  EXPECT_EQ(driver.say(Role::kCheck, check_state("app")),
            (Lines{"error: check-worker broke the protocol: more messages than anybody could need; "
                   "killing it",
                   "Kill check-worker"}));
}

TEST(SupervisorCore, WhatAWorkerMaySayComesBackWithTime) {
  MessageBudget budget;
  Time now{std::chrono::seconds{5}};
  for (std::uint64_t i = 0; i < MessageBudget::kBurst; ++i) ASSERT_TRUE(budget.take(now));
  EXPECT_FALSE(budget.take(now));
  now += std::chrono::milliseconds{1};
  for (std::uint64_t i = 0; i < MessageBudget::kPerSecond / 1000; ++i)
    ASSERT_TRUE(budget.take(now));
  EXPECT_FALSE(budget.take(now));
  // What it earns in less than the time of a message adds up.
  for (int i = 0; i < 10; ++i) {
    now += std::chrono::microseconds{5};
    EXPECT_EQ(budget.take(now), i == 9) << i;
  }
}

TEST(SupervisorCore, AForbiddenSystemCallIsNamed) {
  Driver driver;
  driver.run();
  EXPECT_EQ(driver.say(Role::kCheck, Forbidden{"openat"}),
            (Lines{"error: check-worker made the forbidden system call openat; killing it",
                   "Kill check-worker"}));
  EXPECT_EQ(driver.kill(Role::kCheck).back(), "Spawn check-worker");
  EXPECT_EQ(driver.info(Role::kCheck).last_end, "made the forbidden system call openat");
}

// Each ends a running check-worker.
TEST(SupervisorCore, EveryKindOfViolation) {
  struct Case {
    Message message;
    bool descriptor;
    const char* why;
  };
  const std::vector<Case> cases{
      {Hello{Role::kCheck, kBuild}, false, "Hello while running"},
      {Start{}, false, "Start, which is not for a check-worker to say"},
      {router_state("web"), false, "RouterState, which is not for a check-worker to say"},
      {check_state("web"), false, "CheckState about 'web', which is not configured"},
      {check_state(""), false, "CheckState about '', which is not configured"},
      {Heartbeat{}, true, "Heartbeat with a descriptor"},
      {Configured{{1}}, false, "Configured for generation 1 instead of 2"},
      {Configured{{2}}, false, "Configured for generation 2 instead of 2"},
  };
  for (const Case& one : cases) {
    Driver driver;
    driver.run();
    EXPECT_EQ(
        driver.tell(MessageFrom{Role::kCheck, one.message, one.descriptor}),
        (Lines{std::string("error: check-worker broke the protocol: ") + one.why + "; killing it",
               "Kill check-worker"}));
  }
}

TEST(SupervisorCore, ACheckWorkerRunsOnlyWithChecks) {
  Driver driver;
  EXPECT_EQ(driver.tell(ConfigLoaded{config_of({"web"}, {})}), Lines{"Spawn vrrp-worker"});
  driver.bring_up(Role::kVrrp);
  driver.say(Role::kVrrp, router_state("web"));
  EXPECT_TRUE(driver.core.settled());

  EXPECT_EQ(driver.tell(ConfigLoaded{config_of({"web"}, {"app"})}),
            (Lines{"Send vrrp-worker Configure 2", "Spawn check-worker"}));
  EXPECT_EQ(driver.say(Role::kCheck, Hello{Role::kCheck, kBuild}),
            (Lines{"Send check-worker Configure 2", "Send check-worker RouterState web",
                   "Send check-worker Start first"}));
  driver.say(Role::kVrrp, Configured{{2}});
  EXPECT_EQ(driver.say(Role::kCheck, Configured{{2}}).back(), "Ready");

  EXPECT_EQ(driver.tell(ConfigLoaded{config_of({"web"}, {})}),
            (Lines{"Send vrrp-worker Configure 3", "Send check-worker Configure 3"}));
  EXPECT_EQ(driver.say(Role::kCheck, Configured{{3}}), Lines{"Send check-worker Shutdown"});
  EXPECT_EQ(driver.say(Role::kVrrp, Configured{{3}}), Lines{"Ready"}) << "it is not waited for";
  EXPECT_FALSE(driver.core.settled());
  EXPECT_EQ(driver.exit_with(Role::kCheck, 0), Lines{"info: check-worker stopped"});
  EXPECT_TRUE(driver.core.settled());
  EXPECT_EQ(driver.core.workers().size(), 1U);
}

TEST(SupervisorCore, AHelloMustBeOfTheRoleAndTheBuild) {
  for (const Hello& hello : {Hello{Role::kCheck, kBuild}, Hello{Role::kVrrp, "build-0"}}) {
    Driver driver;
    driver.tell(ConfigLoaded{config_of({"web"}, {})});
    const Lines lines = driver.say(Role::kVrrp, hello);
    ASSERT_EQ(lines.size(), 2U);
    EXPECT_NE(lines[0].find("expected build 'build-1'"), std::string::npos);
    EXPECT_EQ(lines[1], "Kill vrrp-worker");
  }
}

TEST(SupervisorCore, NothingComesFromAWorkerThatIsDown) {
  Driver driver;
  driver.tell(ConfigLoaded{config_of({"web"}, {"app"})});
  driver.exit_with(Role::kCheck, 1);
  driver.exit_with(Role::kCheck, 1);
  ASSERT_EQ(driver.info(Role::kCheck).phase, WorkerPhase::kDown);
  EXPECT_EQ(driver.say(Role::kCheck, Heartbeat{}), Lines{});
  EXPECT_EQ(driver.tell(Violation{Role::kCheck, "x"}), Lines{});
  EXPECT_EQ(driver.exit_with(Role::kCheck, 1), Lines{});
}

// ---- Copies.

TEST(SupervisorCore, CopiesGoToWorkersThatWereToldTheRest) {
  Driver driver;
  driver.tell(ConfigLoaded{config_of({"web"}, {"app"})});
  driver.bring_up(Role::kCheck);
  // The vrrp-worker has not said Hello; it will hear of the check then.
  EXPECT_EQ(driver.say(Role::kCheck, check_state("app")), Lines{});
  EXPECT_EQ(driver.say(Role::kVrrp, Hello{Role::kVrrp, kBuild}),
            (Lines{"Send vrrp-worker Configure 1", "Send vrrp-worker CheckState app",
                   "Send vrrp-worker Start first"}));
  EXPECT_EQ(driver.say(Role::kCheck, check_state("app", false)),
            (Lines{"Send vrrp-worker CheckState app"}));
  driver.say(Role::kVrrp, Configured{{1}});
  EXPECT_EQ(driver.say(Role::kCheck, check_state("app")),
            (Lines{"Send vrrp-worker CheckState app"}));
  EXPECT_EQ(driver.say(Role::kVrrp, router_state("web")),
            (Lines{"Send check-worker RouterState web", "Notify web INIT->BACKUP 100: a reason"}));
}

// ---- Reload.

TEST(SupervisorCore, AReloadGoesToEveryRunningWorker) {
  Driver driver;
  driver.run();
  EXPECT_EQ(driver.tell(ConfigLoaded{config_of({"web", "db"}, {"app"})}),
            (Lines{"Send vrrp-worker Configure 2", "Send check-worker Configure 2"}));
  EXPECT_EQ(driver.say(Role::kCheck, Configured{{2}}), Lines{});
  EXPECT_EQ(driver.say(Role::kVrrp, Configured{{2}}), (Lines{"Ready"}));
  EXPECT_EQ(driver.core.generation(), Generation{2});
  EXPECT_EQ(driver.core.config(), config_of({"web", "db"}, {"app"}));
}

TEST(SupervisorCore, AReloadWhileAWorkerStarts) {
  Driver driver;
  driver.tell(ConfigLoaded{config_of({"web"}, {"app"})});
  driver.bring_up(Role::kCheck);
  EXPECT_EQ(driver.tell(ConfigLoaded{config_of({"db"}, {"app"})}),
            (Lines{"Send check-worker Configure 2"}));
  driver.say(Role::kCheck, Configured{{2}});
  // It gets the newest only.
  EXPECT_EQ(driver.say(Role::kVrrp, Hello{Role::kVrrp, kBuild}),
            (Lines{"Send vrrp-worker Configure 2", "Send vrrp-worker Start first"}));
  EXPECT_EQ(driver.tell(ConfigLoaded{config_of({"db"}, {"app"})}),
            (Lines{"Send vrrp-worker Configure 3", "Send check-worker Configure 3"}));
  EXPECT_EQ(driver.say(Role::kVrrp, Configured{{2}}), (Lines{"info: vrrp-worker runs"}));
  EXPECT_EQ(driver.say(Role::kVrrp, Configured{{3}}), Lines{});
  EXPECT_EQ(driver.say(Role::kCheck, Configured{{3}}), (Lines{"Ready"}));
}

TEST(SupervisorCore, AReloadWhileAWorkerIsDown) {
  Driver driver;
  driver.run();
  driver.exit_with(Role::kCheck, 1);
  driver.exit_with(Role::kCheck, 1);
  EXPECT_EQ(driver.tell(ConfigLoaded{config_of({"web"}, {"db"})}),
            (Lines{"Send vrrp-worker Configure 2"}));
  EXPECT_EQ(driver.say(Role::kVrrp, Configured{{2}}), Lines{});
  EXPECT_EQ(driver.wake(), (Lines{"Spawn check-worker"}));
  EXPECT_EQ(driver.say(Role::kCheck, Hello{Role::kCheck, kBuild}),
            (Lines{"Send check-worker Configure 2",
                   "Send check-worker Start " +
                       std::to_string(Time{std::chrono::hours{1}}.time_since_epoch().count())}));
  EXPECT_EQ(driver.say(Role::kCheck, Configured{{2}}), (Lines{"info: check-worker runs", "Ready"}));
}

TEST(SupervisorCore, ReloadsOneAfterAnotherAreAnsweredInOrder) {
  Driver driver;
  driver.run();
  driver.tell(ConfigLoaded{config_of({"web"}, {"app"})});
  driver.tell(ConfigLoaded{config_of({"web"}, {"app"})});
  driver.say(Role::kCheck, Configured{{2}});
  driver.say(Role::kCheck, Configured{{3}});
  EXPECT_EQ(driver.say(Role::kVrrp, Configured{{2}}), Lines{});
  EXPECT_EQ(driver.say(Role::kVrrp, Configured{{3}}), (Lines{"Ready"}));
  driver.tell(ConfigLoaded{config_of({"web"}, {"app"})});
  EXPECT_EQ(driver.say(Role::kVrrp, Configured{{5}}).back(), "Kill vrrp-worker");
}

TEST(SupervisorCore, AMessageAboutWhatAReloadRemovedMayHaveBeenOnItsWay) {
  Driver driver;
  driver.run(config_of({"web", "db"}, {"app", "old"}));
  driver.say(Role::kVrrp, router_state("db"));
  driver.tell(ConfigLoaded{config_of({"web"}, {"app"})});
  driver.tell(ConfigLoaded{config_of({"web", "new"}, {"app"})});
  EXPECT_TRUE(driver.core.retained().empty()) << "dropped with its subject";
  EXPECT_EQ(driver.say(Role::kVrrp, router_state("db")), Lines{});
  EXPECT_EQ(driver.say(Role::kVrrp, router_state("new")),
            (Lines{"Send check-worker RouterState new", "Notify new INIT->BACKUP 100: a reason"}));
  EXPECT_EQ(driver.say(Role::kCheck, check_state("old")), Lines{}) << "not copied either";
  EXPECT_EQ(driver.core.retained(), (std::vector<Message>{router_state("new")}));
  // Having answered for an older generation excuses nothing less.
  EXPECT_EQ(driver.say(Role::kVrrp, Configured{{2}}), Lines{});
  EXPECT_EQ(driver.say(Role::kVrrp, router_state("db")), Lines{});
  EXPECT_EQ(driver.say(Role::kVrrp, Configured{{3}}), Lines{});
  EXPECT_EQ(driver.say(Role::kVrrp, router_state("db")),
            (Lines{"error: vrrp-worker broke the protocol: RouterState about 'db', which is not "
                   "configured; killing it",
                   "Kill vrrp-worker"}));
}

TEST(SupervisorCore, AdvertCountersMayHaveNoSubject) {
  Driver driver;
  driver.run();
  const AdvertCounters counters{"", 0, 3, {}};
  EXPECT_EQ(driver.say(Role::kVrrp, counters), Lines{});
  EXPECT_EQ(driver.core.retained(), (std::vector<Message>{counters}));
}

}  // namespace
}  // namespace holdfast::supervisor
