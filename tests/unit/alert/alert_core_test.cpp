// SPDX-License-Identifier: Apache-2.0
#include "alert-worker/core/alert_core.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "common/core/overloaded.h"

namespace holdfast::alert {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;
using Lines = std::vector<std::string>;

ReceiverConfig hook(const std::string& name) {
  WebhookReceiver webhook;
  webhook.url = "http://" + name;
  return {name, webhook};
}
ReceiverConfig script(const std::string& name) {
  ScriptReceiver by;
  by.command.words = {"/bin/" + name};
  return {name, by};
}

Alert alert(const std::string& event, const std::string& name = "web", bool resolved = false) {
  return {event, name, resolved, event + " of " + name, RealTime{}};
}

std::string line_of(const AlertAction& action) {
  return std::visit(Overloaded{
                        [](const Deliver& one) {
                          std::string line =
                              "deliver " + one.receiver + " #" + std::to_string(one.attempt) + ":";
                          for (const Alert& told : one.alerts)
                            line += " " + told.event + "/" + told.name;
                          if (one.left_out > 0) line += " and " + std::to_string(one.left_out);
                          return line;
                        },
                        [](const Tested& one) {
                          return "tested " + std::to_string(one.ticket) +
                                 (one.good ? " good: " : " bad: ") + one.reason;
                        },
                        [](const QueuedAlert& one) {
                          std::string line = "keep " + one.place + ": " + one.alert.event;
                          for (const ReceiverName& name : one.receivers) line += " " + name.name;
                          return line;
                        },
                        [](const ReceiverState& one) { return "state " + one.receiver; },
                        [](const LogLine& one) { return "log " + one.text; },
                    },
                    action);
}

class AlertCoreTest : public testing::Test {
 protected:
  AlertCoreTest() {
    config_.receivers = {hook("a")};
    config_.group = seconds{2};
  }

  Lines handle(const AlertEvent& event) {
    Lines lines;
    for (const AlertAction& action : core_.handle(event, now_)) {
      if (const auto* const one = std::get_if<Deliver>(&action))
        attempt_[one->receiver] = one->attempt;
      if (const auto* const one = std::get_if<QueuedAlert>(&action)) kept_[one->place] = *one;
      if (const auto* const one = std::get_if<ReceiverState>(&action)) {
        states_.push_back(*one);
        continue;  // one follows each delivery
      }
      lines.push_back(line_of(action));
    }
    return lines;
  }
  Lines configure() { return handle(config_); }
  Lines happen(const std::string& event, const std::string& name = "web", bool resolved = false) {
    return handle(Happened{alert(event, name, resolved)});
  }
  Lines pass(Duration time) {
    now_ += time;
    return handle(Wake{});
  }
  Lines answer(const std::string& receiver, bool good) {
    return handle(Delivered{receiver, attempt_.at(receiver), good, good ? "HTTP 200" : "refused"});
  }
  Duration until_deadline() { return core_.deadline().value() - now_; }

  AlertsConfig config_;
  AlertCore core_;
  Time now_{seconds{1000}};
  std::map<std::string, std::uint64_t> attempt_;
  std::map<std::string, QueuedAlert> kept_;
  std::vector<ReceiverState> states_;
};

TEST_F(AlertCoreTest, WhatHappensTogetherIsToldTogether) {
  configure();
  EXPECT_EQ(happen("fault"), Lines{"keep 0: fault a"});
  EXPECT_EQ(until_deadline(), seconds{2});
  now_ += seconds{1};
  EXPECT_EQ(happen("check_down"), Lines{"keep 1: check_down a"});
  EXPECT_EQ(pass(seconds{1}), Lines{"deliver a #1: fault/web check_down/web"});
  EXPECT_EQ(answer("a", true), (Lines{"keep 0: ", "keep 1: "}));
  EXPECT_EQ(core_.deadline(), std::nullopt);
}

TEST_F(AlertCoreTest, SaysHowItIsWithAReceiver) {
  config_.group = Duration{0};
  configure();
  EXPECT_TRUE(states_.empty());
  happen("fault");
  answer("a", false);
  ASSERT_EQ(states_.size(), 1U);
  EXPECT_EQ(states_[0], (ReceiverState{"a", 0, 1, 1, now_, "refused"}));
  pass(config_.retry_min);
  const Time failed = now_;
  answer("a", false);
  EXPECT_EQ(states_.back(), (ReceiverState{"a", 0, 2, 2, failed, "refused"}));
  pass(config_.retry_max);
  answer("a", true);
  EXPECT_EQ(states_.back(), (ReceiverState{"a", 1, 2, 0, failed, "refused"}));
}

TEST_F(AlertCoreTest, TheNextLifeCountsOn) {
  config_.group = Duration{0};
  configure();
  handle(ReceiverState{"a", 7, 3, 2, now_, "refused"});
  handle(ReceiverState{"gone", 7, 3, 2, now_, "refused"});
  happen("fault");
  answer("a", false);
  EXPECT_EQ(states_.back(), (ReceiverState{"a", 7, 4, 3, now_, "refused"}));
  // Another address is a fresh start.
  config_.receivers[0].by = SyslogReceiver{};
  configure();
  EXPECT_EQ(states_.back(), ReceiverState{"a"});
}

TEST_F(AlertCoreTest, WithoutGroupingAtOnce) {
  config_.group = Duration{0};
  configure();
  EXPECT_EQ(happen("fault"), (Lines{"keep 0: fault a", "deliver a #1: fault/web"}));
  EXPECT_EQ(happen("fault", "db"), Lines{"keep 1: fault a"});  // one message at a time
  EXPECT_EQ(answer("a", true), (Lines{"keep 0: ", "deliver a #2: fault/db"}));
}

TEST_F(AlertCoreTest, RulesSayWhoIsToldWhat) {
  config_.receivers = {hook("a"), hook("b"), hook("c")};
  config_.rules = {{{"*_down"}, {}, {"a"}}, {{}, {"web*"}, {"b"}}, {{"fault"}, {"db?"}, {}}};
  configure();
  EXPECT_EQ(happen("check_down", "db"), Lines{"keep 0: check_down a"});
  EXPECT_EQ(happen("check_down", "web2"), Lines{"keep 1: check_down a b"});
  EXPECT_EQ(happen("fault", "db1"), Lines{"keep 2: fault a b c"});
  EXPECT_EQ(happen("master", "db"), Lines{});
}

TEST_F(AlertCoreTest, WhoDoesNotWantToHearThatSomethingIsOver) {
  config_.receivers = {hook("a"), hook("b")};
  config_.receivers[1].resolved = false;
  configure();
  EXPECT_EQ(happen("fault", "web", true), Lines{"keep 0: fault a"});
}

TEST_F(AlertCoreTest, AFailureIsTriedAgainLaterEachTime) {
  config_.retry_min = seconds{1};
  config_.retry_max = seconds{3};
  configure();
  happen("fault");
  EXPECT_EQ(pass(seconds{2}), Lines{"deliver a #1: fault/web"});
  EXPECT_EQ(answer("a", false),
            Lines{"log receiver a could not be told, 1 times in a row, again in 1 s: refused"});
  EXPECT_EQ(pass(milliseconds{999}), Lines{});
  EXPECT_EQ(pass(milliseconds{1}), Lines{"deliver a #2: fault/web"});
  answer("a", false);
  EXPECT_EQ(until_deadline(), seconds{2});
  pass(seconds{2});
  EXPECT_EQ(answer("a", false), Lines{});  // the third is not worth a line
  EXPECT_EQ(until_deadline(), seconds{3});
  EXPECT_EQ(pass(seconds{3}), Lines{"deliver a #4: fault/web"});
  EXPECT_EQ(answer("a", true), (Lines{"log receiver a can be told again: HTTP 200", "keep 0: "}));
}

TEST_F(AlertCoreTest, OneThatFailsHoldsUpNobody) {
  config_.receivers = {hook("a"), hook("b")};
  configure();
  happen("fault");
  EXPECT_EQ(pass(seconds{2}), (Lines{"deliver a #1: fault/web", "deliver b #2: fault/web"}));
  answer("a", false);
  EXPECT_EQ(answer("b", true), Lines{"keep 0: fault a"});
  happen("check_down");
  EXPECT_EQ(pass(seconds{2}),
            (Lines{"deliver a #3: fault/web check_down/web", "deliver b #4: check_down/web"}));
}

TEST_F(AlertCoreTest, NoAnswerIsAFailure) {
  configure();
  happen("fault");
  pass(seconds{2});
  EXPECT_EQ(until_deadline(), config_.timeout + seconds{5});
  EXPECT_EQ(pass(config_.timeout + seconds{5}),
            Lines{"log receiver a could not be told, 1 times in a row, again in 1 s: no answer"});
  EXPECT_EQ(answer("a", true), Lines{});  // too late
}

TEST_F(AlertCoreTest, WhatCannotBeToldInTimeIsLetGo) {
  config_.give_up = minutes{10};
  configure();
  happen("fault");
  pass(seconds{2});
  answer("a", false);
  EXPECT_EQ(pass(minutes{10}),
            (Lines{"log receiver a was never told, and will not be: fault of web", "keep 0: "}));
  EXPECT_EQ(core_.deadline(), std::nullopt);
}

TEST_F(AlertCoreTest, ARateIsKeptAndWhatWaitsIsGrouped) {
  config_.rate = 2;
  config_.group = Duration{0};
  configure();
  happen("m1");
  answer("a", true);
  happen("m2");
  answer("a", true);
  EXPECT_EQ(happen("m3"), Lines{"keep 0: m3 a"});
  EXPECT_EQ(happen("m4"), Lines{"keep 1: m4 a"});
  EXPECT_EQ(until_deadline(), minutes{1});
  EXPECT_EQ(pass(minutes{1}), Lines{"deliver a #3: m3/web m4/web"});
}

TEST_F(AlertCoreTest, AFullQueueLeavesOutWhatIsNewAndSaysSo) {
  config_.queue = 2;
  configure();
  happen("m1");
  happen("m2");
  EXPECT_EQ(happen("m3"),
            Lines{"log the queue of alerts is full: 1 left out so far, now: m3 of web"});
  EXPECT_EQ(pass(seconds{2}), Lines{"deliver a #1: m1/web m2/web and 1"});
  answer("a", true);
  happen("m4");
  EXPECT_EQ(pass(seconds{2}), Lines{"deliver a #2: m4/web"});
}

TEST_F(AlertCoreTest, AFullQueueLetsGoOfWhatHasFailedBefore) {
  config_.queue = 2;
  config_.receivers = {hook("a"), hook("b")};
  config_.rules = {{{"x"}, {}, {"a"}}, {{"y"}, {}, {"b"}}};
  configure();
  happen("x");
  pass(seconds{2});
  answer("a", false);
  happen("x", "db");
  EXPECT_EQ(happen("y"), (Lines{"log the queue of alerts is full: 1 left out so far, now: x of web",
                                "keep 0: ", "keep 0: y b"}));
}

TEST_F(AlertCoreTest, ANewLifeGoesOnWhereTheOldOneEnded) {
  config_.receivers = {hook("a"), hook("b")};
  configure();
  happen("fault");
  happen("check_down");
  pass(seconds{2});
  answer("a", true);
  ASSERT_EQ(kept_.size(), 2U);
  core_ = AlertCore();
  configure();
  for (const auto& [place, one] : kept_) EXPECT_EQ(handle(one), Lines{});
  EXPECT_EQ(happen("m1"), Lines{"keep 2: m1 a b"});
  EXPECT_EQ(pass(seconds{2}),
            (Lines{"deliver a #1: m1/web", "deliver b #2: fault/web check_down/web m1/web"}));
}

TEST_F(AlertCoreTest, AFreedPlaceIsNoAlertForTheNextLife) {
  configure();
  happen("fault");
  pass(seconds{2});
  answer("a", true);
  core_ = AlertCore();
  configure();
  for (const auto& [place, one] : kept_) EXPECT_EQ(handle(one), Lines{});
  EXPECT_EQ(core_.deadline(), std::nullopt);
}

TEST_F(AlertCoreTest, AReceiverThatIsRemovedIsNotWaitedFor) {
  config_.receivers = {hook("a"), hook("b")};
  configure();
  happen("fault");
  config_.receivers = {hook("b")};
  EXPECT_EQ(configure(), Lines{"keep 0: fault b"});
  config_.receivers = {hook("c")};
  EXPECT_EQ(configure(), Lines{"keep 0: "});
  EXPECT_EQ(core_.deadline(), std::nullopt);
}

TEST_F(AlertCoreTest, AReloadThatChangesNothingChangesNothing) {
  configure();
  happen("fault");
  pass(seconds{2});
  EXPECT_EQ(configure(), Lines{});
  EXPECT_EQ(answer("a", true), Lines{"keep 0: "});
}

TEST_F(AlertCoreTest, AScriptIsToldOneByOne) {
  config_.receivers = {script("s")};
  configure();
  happen("m1");
  happen("m2");
  EXPECT_EQ(pass(seconds{2}), Lines{"deliver s #1: m1/web"});
  EXPECT_EQ(answer("s", true), (Lines{"keep 0: ", "deliver s #2: m2/web"}));
}

TEST_F(AlertCoreTest, AMessageHasItsLimit) {
  configure();
  for (std::size_t i = 0; i < AlertCore::kBatchMax + 1; ++i) happen("m");
  now_ += seconds{2};
  const AlertActions actions = core_.handle(Wake{}, now_);
  ASSERT_EQ(actions.size(), 1U);
  EXPECT_EQ(std::get<Deliver>(actions[0]).alerts.size(), AlertCore::kBatchMax);
}

TEST_F(AlertCoreTest, ATestIsToldAtOnceAndCountsAsNothing) {
  configure();
  EXPECT_EQ(handle(TestOrder{7, "a", RealTime{}}), Lines{"deliver a #1: test/a"});
  EXPECT_EQ(answer("a", false), Lines{"tested 7 bad: refused"});
  EXPECT_EQ(handle(TestOrder{8, "a", RealTime{}}), Lines{"deliver a #2: test/a"});
  EXPECT_EQ(pass(config_.timeout + seconds{5}), Lines{"tested 8 bad: no answer"});
  EXPECT_EQ(handle(TestOrder{9, "b", RealTime{}}), Lines{"tested 9 bad: no such receiver"});
  happen("fault");
  EXPECT_EQ(pass(seconds{2}), Lines{"deliver a #3: fault/web"});
}

}  // namespace
}  // namespace holdfast::alert
