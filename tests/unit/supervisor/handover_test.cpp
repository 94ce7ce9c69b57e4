// SPDX-License-Identifier: Apache-2.0
#include "supervisor/core/handover.h"

#include <gtest/gtest.h>

#include <string>

#include "tests/unit/supervisor/driver.h"

namespace holdfast::supervisor {
namespace {

Handover full() {
  Handover one;
  one.build_id = "1.2.3-abc";
  one.generation = Generation{7};
  one.table_filled = true;
  one.workers = {{Role::kVrrp, 3, "killed by SIGKILL", Time{seconds{5}}, Time{seconds{9}}, 100, 12},
                 {Role::kCheck, 1, "", Time{seconds{5}}, Time{seconds{8}}, 101, -1}};
  RouterState router = router_state("web", VrrpState::kActive);
  router.cause = Cause::kPreempt;
  router.unheld = 1500;
  one.retained = {router,
                  CheckState{"app", true, 100, Time{seconds{2}}, "status 200\n 100% = fine", -5},
                  CheckState{"other", false, 0, Time{seconds{2}}, "", {}},
                  ServiceState{"shop", true, 3, 2, 3, true, true, Time{seconds{1}}, "quorum"},
                  ServerState{"shop/10.0.0.1:80", ServerUse::kQuiet, 0, true, true,
                              Time{seconds{1}}, "drained \xc3\xa9"},
                  LeaseState{"web", true, 7, "lb1", Time{seconds{3}}},
                  WitnessState{7, Time{seconds{9}}, "no route"},
                  CheckLoad{true, Time{seconds{4}}, 1300, 20, 600, 455, {}}};
  one.told = {{NoticeOf::kInstance, "web", "MASTER", Priority{150}, 4},
              {NoticeOf::kGroup, "all", "FAULT", Priority{0}, 0}};
  one.lock = 20;
  one.control = 21;
  one.askers = {30, 31};
  one.orphans = {400};
  one.fifo = "/run/a fifo";
  one.fifo_descriptor = 22;
  one.fifo_made = true;
  return one;
}

std::string refusal(const std::string& text) {
  const Result<Handover> read = handover_of(text);
  return read ? "" : read.error().message;
}

TEST(Handover, IsReadAsItWasWritten) {
  const Result<Handover> read = handover_of(to_text(full()));
  ASSERT_TRUE(read.has_value());
  EXPECT_EQ(*read, full());
  EXPECT_EQ(to_text(*read), to_text(full()));
}

TEST(Handover, WhatIsSaidAnewIsNotHandedOver) {
  Handover one;
  one.retained = {AdvertCounters{"web", 1, 2, {}}, Observation{"app", true, {}, ""},
                  CheckLoad{false, Time{seconds{4}}, 0, 20, 600, 600, {}}};
  EXPECT_EQ(handover_of(to_text(one))->retained, std::vector<Message>{});
}

TEST(Handover, AnotherVersionMayKnowMoreAndLess) {
  const Result<Handover> read = handover_of(
      "holdfast-handover 1\n"
      "supervisor build=9.9 generation=3 colour=blue\n"
      "moon phase=full\n"
      "worker role=moon-worker pid=5 channel=6\n"
      "worker role=vrrp-worker pid=77\n"
      "router name=web state=DREAMING\n"
      "router name=db state=MASTER priority=999 cause=eclipse\n"
      "router state=MASTER\n"
      "check name=app up=1 weight=200\n\n"
      "told of=instance name=web\n"
      "supervisor lock");
  ASSERT_TRUE(read.has_value());
  EXPECT_EQ(read->build_id, "9.9");
  EXPECT_EQ(read->generation, Generation{3});
  ASSERT_EQ(read->workers.size(), 1U);
  EXPECT_EQ(read->workers[0].pid, 77);
  EXPECT_EQ(read->workers[0].channel, -1);
  ASSERT_EQ(read->retained.size(), 2U);
  EXPECT_EQ(std::get<RouterState>(read->retained[0]).priority, Priority{100});
  EXPECT_EQ(std::get<RouterState>(read->retained[0]).cause, Cause::kStart);
  EXPECT_EQ(std::get<CheckState>(read->retained[1]).weight, 100);
  EXPECT_TRUE(read->told.empty());
}

TEST(Handover, AnotherFormatIsRefused) {
  EXPECT_EQ(refusal("holdfast-handover 2\nworker pid=1\n"),
            "the state that is handed over has format 2; this version reads format 1");
  EXPECT_EQ(refusal("holdfast-handover 1x"),
            "the state that is handed over has format 1x; this version reads format 1");
  EXPECT_EQ(refusal(""), "what is handed over is no state of a holdfastd");
  EXPECT_EQ(refusal("version: 1\n"), "what is handed over is no state of a holdfastd");
}

TEST(Handover, StrangeEscapesStandForThemselves) {
  const auto read = handover_of("holdfast-handover 1\ncheck name=a%2 reason=%zz%20%\n");
  ASSERT_TRUE(read.has_value());
  EXPECT_EQ(std::get<CheckState>(read->retained.at(0)).check, "a%2");
  EXPECT_EQ(std::get<CheckState>(read->retained.at(0)).reason, "%zz %");
}

// ---- The core that takes over.

class TakeOver : public ::testing::Test {
 protected:
  // One that runs hands over to another, by way of the text.
  void SetUp() override {
    before_.run();
    before_.say(Role::kVrrp, router_state("web", VrrpState::kActive));
    before_.say(Role::kCheck, check_state("app"));
    ASSERT_TRUE(before_.core.settled());
    Handover handover = before_.core.hand_over();
    for (HandedWorker& worker : handover.workers) worker.pid = 50;
    after_.core.take_over(*handover_of(to_text(handover)));
    after_.now = before_.now + milliseconds{40};
  }
  Lines load(const Config& config = config_of({"web"}, {"app"})) {
    return after_.tell(ConfigLoaded{config});
  }

  Driver before_;
  Driver after_;
};

TEST_F(TakeOver, ReplacesOneWorkerAfterTheOther) {
  EXPECT_EQ(load(), Lines{});
  EXPECT_EQ(after_.core.generation(), Generation{2});
  EXPECT_EQ(after_.info(Role::kVrrp).phase, WorkerPhase::kRunning);
  EXPECT_FALSE(after_.core.settled());
  after_.now += milliseconds{10};
  EXPECT_EQ(after_.tell(SignOfLife{Role::kCheck}), Lines{});
  EXPECT_EQ(after_.tell(SignOfLife{Role::kVrrp}), Lines{"Kill vrrp-worker"});
  const std::string heard = std::to_string(after_.now.time_since_epoch().count());
  EXPECT_EQ(after_.tell(SignOfLife{Role::kVrrp}), Lines{});
  EXPECT_EQ(after_.kill(Role::kVrrp),
            (Lines{"info: vrrp-worker of the former version was replaced", "Spawn vrrp-worker"}));
  EXPECT_EQ(after_.say(Role::kVrrp, Hello{Role::kVrrp, kBuild}),
            (Lines{"Send vrrp-worker Configure 2", "Send vrrp-worker RouterState web",
                   "Send vrrp-worker CheckState app", "Send vrrp-worker Start " + heard}));
  EXPECT_EQ(after_.say(Role::kVrrp, Configured{{2}}),
            (Lines{"info: vrrp-worker runs", "Kill check-worker"}));
  // What scripts were told, they are not told again.
  EXPECT_EQ(after_.say(Role::kVrrp, router_state("web", VrrpState::kActive)), Lines{});
  after_.kill(Role::kCheck);
  after_.say(Role::kCheck, Hello{Role::kCheck, kBuild});
  EXPECT_EQ(after_.say(Role::kCheck, Configured{{2}}), (Lines{"info: check-worker runs", "Ready"}));
  EXPECT_TRUE(after_.core.settled());
  EXPECT_EQ(after_.info(Role::kVrrp).restarts, 0U);
  EXPECT_EQ(after_.info(Role::kVrrp).last_end, "replaced in an upgrade");
}

// Of a restart: no worker lives, and each begins where its last life was.
TEST(TakeOverOfARestart, WorkersResume) {
  Driver before;
  before.run();
  before.say(Role::kVrrp, router_state("web", VrrpState::kActive));
  const std::string heard = std::to_string(before.now.time_since_epoch().count());
  Driver after;
  after.core.take_over(*handover_of(to_text(before.core.hand_over())));
  after.now = before.now + milliseconds{200};
  EXPECT_EQ(after.tell(ConfigLoaded{config_of({"web"}, {"app"})}),
            (Lines{"Spawn vrrp-worker", "Spawn check-worker"}));
  EXPECT_EQ(after.say(Role::kVrrp, Hello{Role::kVrrp, kBuild}),
            (Lines{"Send vrrp-worker Configure 2", "Send vrrp-worker RouterState web",
                   "Send vrrp-worker Start " + heard}));
  EXPECT_EQ(after.info(Role::kVrrp).restarts, 0U);
  // What scripts were told, they are not told again.
  EXPECT_EQ(after.say(Role::kVrrp, Configured{{2}}), Lines{"info: vrrp-worker runs"});
  EXPECT_EQ(after.say(Role::kVrrp, router_state("web", VrrpState::kActive)), Lines{});
}

TEST_F(TakeOver, AWorkerThatHangsIsReplacedAllTheSame) {
  load();
  EXPECT_EQ(after_.wake(), Lines{"Kill vrrp-worker"});
  after_.kill(Role::kVrrp);
  // It was last heard by the former supervisor.
  const std::string heard = std::to_string(before_.now.time_since_epoch().count());
  EXPECT_EQ(after_.say(Role::kVrrp, Hello{Role::kVrrp, kBuild}).back(),
            "Send vrrp-worker Start " + heard);
}

TEST_F(TakeOver, AWorkerThatDiesByItselfIsStartedAgain) {
  load();
  EXPECT_EQ(after_.tell(WorkerExited{Role::kVrrp, 0, 11}),
            (Lines{"warning: vrrp-worker killed by SIGSEGV; starting it again at once",
                   "Spawn vrrp-worker"}));
  EXPECT_EQ(after_.info(Role::kVrrp).restarts, 1U);
}

TEST_F(TakeOver, AStopHandsOver) {
  load();
  EXPECT_EQ(after_.tell(Terminate{}),
            (Lines{"Send vrrp-worker Shutdown", "Send check-worker Shutdown"}));
  EXPECT_EQ(after_.exit_with(Role::kCheck, 0), Lines{"info: check-worker stopped"});
  const Lines end = after_.exit_with(Role::kVrrp, 0);
  EXPECT_EQ(end.front(), "info: vrrp-worker stopped");
  EXPECT_EQ(end.back(), "Exit 0");
}

TEST_F(TakeOver, WhatIsNoLongerConfiguredIsForgotten) {
  const Lines lines = load(config_of({"db"}, {}));
  EXPECT_EQ(lines.size(), 1U);
  EXPECT_EQ(after_.core.retained(), std::vector<Message>{});
}

TEST_F(TakeOver, AWorkerThatHasNothingToDoIsReplacedByNone) {
  load(config_of({"web"}, {}));
  after_.tell(SignOfLife{Role::kVrrp});
  after_.kill(Role::kVrrp);
  after_.say(Role::kVrrp, Hello{Role::kVrrp, kBuild});
  EXPECT_EQ(after_.say(Role::kVrrp, Configured{{2}}),
            (Lines{"info: vrrp-worker runs", "Kill check-worker", "Ready"}));
  EXPECT_FALSE(after_.core.settled());
  EXPECT_EQ(after_.kill(Role::kCheck),
            Lines{"info: check-worker of the former version was replaced"});
  EXPECT_TRUE(after_.core.settled());
}

TEST(Settled, NotWhileAWorkerIsReplacedOrAnAnswerIsAwaited) {
  Driver driver;
  EXPECT_FALSE(driver.core.settled());
  driver.run();
  EXPECT_TRUE(driver.core.settled());
  driver.tell(ConfigLoaded{config_of({"web", "db"}, {"app"})});
  EXPECT_FALSE(driver.core.settled());
  driver.say(Role::kVrrp, Configured{{2}});
  driver.say(Role::kCheck, Configured{{2}});
  EXPECT_TRUE(driver.core.settled());
  driver.kill(Role::kCheck);
  EXPECT_FALSE(driver.core.settled());
}

}  // namespace
}  // namespace holdfast::supervisor
