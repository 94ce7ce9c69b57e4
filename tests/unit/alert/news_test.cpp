// SPDX-License-Identifier: Apache-2.0
#include "alert-worker/core/news.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace holdfast::alert {
namespace {

using Lines = std::vector<std::string>;

constexpr RealTime kNow{Duration{7}};

Time at(int seconds) {
  return Time{std::chrono::seconds{seconds}};
}

RouterState router(VrrpState state, int since = 0, std::uint32_t conflicts = 0) {
  return {"web", state, {100}, at(since), "a reason", "", conflicts};
}

CheckState check(bool up, int since = 0) {
  return {"app", up, 100, at(since), "why"};
}

Lines lines(const std::vector<Alert>& alerts) {
  Lines all;
  for (const Alert& one : alerts) {
    EXPECT_EQ(one.at, kNow);
    all.push_back(one.event + (one.resolved ? " resolved " : " ") + one.name + ": " + one.text);
  }
  return all;
}

class NewsTest : public testing::Test {
 protected:
  Lines hear(const Message& message) { return lines(news_.heard(message, kNow)); }
  Lines begin(std::optional<Time> last_alive) { return lines(news_.begin(last_alive, kNow)); }

  News news_;
};

TEST_F(NewsTest, TheWayOfAnInstance) {
  begin({});
  EXPECT_EQ(hear(router(VrrpState::kInitialize)), Lines{});
  EXPECT_EQ(hear(router(VrrpState::kBackup)), Lines{});
  EXPECT_EQ(
      hear(router(VrrpState::kActive)),
      Lines{"master web: instance web is MASTER here with priority 100, was BACKUP: a reason"});
  EXPECT_EQ(hear(router(VrrpState::kActive)), Lines{});
  EXPECT_EQ(hear(router(VrrpState::kBackup)),
            Lines{"backup web: instance web is BACKUP here and no longer MASTER: a reason"});
  EXPECT_EQ(hear(router(VrrpState::kFault)),
            Lines{"fault web: instance web is in FAULT, was BACKUP: a reason"});
  EXPECT_EQ(hear(router(VrrpState::kBackup)),
            Lines{"fault resolved web: instance web has what it needs again, and is BACKUP: a "
                  "reason"});
}

TEST_F(NewsTest, AConflictThatWasWon) {
  begin({});
  hear(router(VrrpState::kActive));
  EXPECT_EQ(hear(router(VrrpState::kActive, 0, 1)),
            Lines{"conflict web: instance web: another called itself MASTER, and gave way to this "
                  "node"});
}

TEST_F(NewsTest, AFirstResultThatIsGoodIsNone) {
  begin({});
  EXPECT_EQ(hear(check(true)), Lines{});
  EXPECT_EQ(hear(check(false)), Lines{"check_down app: check app is down: why"});
  EXPECT_EQ(hear(check(false)), Lines{});
  EXPECT_EQ(hear(check(true)), Lines{"check_down resolved app: check app is up again: why"});
}

TEST_F(NewsTest, AFirstResultThatIsBadIsOne) {
  begin({});
  EXPECT_EQ(hear(check(false)), Lines{"check_down app: check app is down: why"});
}

TEST_F(NewsTest, AServiceIsNotDownBeforeItsFirstQuorum) {
  begin({});
  ServiceState shop{"shop", false, 0, 0, 2, false, false, at(0), "no server"};
  EXPECT_EQ(hear(shop), Lines{});
  shop.quorum = true;
  EXPECT_EQ(
      hear(shop),
      Lines{"service_down resolved shop: virtual server shop has its quorum again: no server"});
  shop.quorum = false;
  EXPECT_EQ(hear(shop),
            Lines{"service_down shop: virtual server shop has lost its quorum: no server"});
}

TEST_F(NewsTest, AServerThatWasNeverUpIsNotDown) {
  begin({});
  ServerState server{"shop/a:80", ServerUse::kAbsent, 0, false, false, at(0), "no result"};
  EXPECT_EQ(hear(server), Lines{});
  server.healthy = server.seen_up = true;
  EXPECT_EQ(hear(server), Lines{});
  server.healthy = false;
  EXPECT_EQ(hear(server),
            Lines{"server_down shop/a:80: server shop/a:80 is not healthy: no result"});
  server.healthy = true;
  EXPECT_EQ(hear(server),
            Lines{"server_down resolved shop/a:80: server shop/a:80 is healthy again: no result"});
}

TEST_F(NewsTest, AWorkerThatWasStartedAgain) {
  begin({});
  WorkerState worker{Role::kCheck, true, WorkerPhase::kRunning, 7, 3, "", at(0)};
  EXPECT_EQ(hear(worker), Lines{});
  worker.restarts = 4;
  worker.last_end = "was killed by signal 9";
  EXPECT_EQ(hear(worker),
            Lines{"worker_restarted check-worker: the check-worker was started again: "
                  "its last life was killed by signal 9"});
  worker.role = Role::kVrrp;
  EXPECT_EQ(hear(worker), Lines{});  // the first word of another
}

TEST_F(NewsTest, ChecksThatBeginLate) {
  begin({});
  CheckLoad load{false, at(0), 0, 10, 600, 600, {}};
  EXPECT_EQ(hear(load), Lines{});
  load.late = true;
  EXPECT_EQ(hear(load), Lines{"checks_late check-worker: " + in_words(load)});
  load.by = 7;
  EXPECT_EQ(hear(load), Lines{});
  load.late = false;
  EXPECT_EQ(hear(load), Lines{"checks_late resolved check-worker: checks begin in time again"});
}

TEST_F(NewsTest, ChecksThatBeganLateOrInTimeWhileNobodyHeard) {
  EXPECT_EQ(hear(CheckLoad{true, at(10), 0, 10, 600, 455, {}}), Lines{});
  EXPECT_EQ(begin(at(9)).size(), 1U);
  News next;
  next.heard(CheckLoad{false, at(10), 0, 10, 600, 600, {}}, kNow);
  EXPECT_EQ(lines(next.begin(at(9), kNow)),
            Lines{"checks_late resolved check-worker: checks begin in time again"});
}

TEST_F(NewsTest, AReloadThatIsRefusedUntilOneIsNot) {
  begin({});
  DaemonState daemon{1, "f", "abc", {1}, RealTime{}, {}, ""};
  EXPECT_EQ(hear(daemon), Lines{});
  daemon.failed_at = RealTime{Duration{5}};
  daemon.failure = "f:1:1: no";
  EXPECT_EQ(hear(daemon),
            Lines{"reload_failed configuration: a new configuration was refused: f:1:1: no"});
  daemon.failed_at.reset();
  EXPECT_EQ(hear(daemon), Lines{"reload_failed resolved configuration: the configuration is in "
                                "force as its file has it"});
}

TEST_F(NewsTest, ANewLifeTellsWhatHasChangedSinceTheOldOne) {
  EXPECT_EQ(hear(router(VrrpState::kActive, 10)), Lines{});
  EXPECT_EQ(hear(check(false, 10)), Lines{});
  EXPECT_EQ(begin(at(9)).size(), 2U);
  EXPECT_EQ(hear(check(true, 11)).size(), 1U);
}

TEST_F(NewsTest, ANewLifeDoesNotTellAgainWhatTheOldOneKnew) {
  hear(router(VrrpState::kActive, 10));
  hear(check(false, 10));
  EXPECT_EQ(begin(at(10)), Lines{});
  EXPECT_EQ(hear(check(true, 11)).size(), 1U);
}

TEST_F(NewsTest, WhatIsRemovedIsForgotten) {
  begin({});
  hear(check(false));
  news_.keep_only([](const Message& one) { return subject_of(one) != "app"; });
  EXPECT_EQ(hear(check(true)), Lines{});
}

}  // namespace
}  // namespace holdfast::alert
