// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <set>

#include "tests/unit/check/check_core_fixture.h"

// UDP, where silence is good and ICMP errors are limited by who sends them.
namespace holdfast::check {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

CheckConfig silent(const std::string& name, std::uint16_t port, const char* host = "192.0.2.20") {
  CheckConfig check = named(name);
  check.target = UdpCheck{CheckEndpoint(IpAddress::parse(host).value(), port)};
  check.timeout = seconds{1};
  check.rise = 1;
  check.fall = 1;
  return check;
}

// What Linux does for each address that it tells of errors: one a second, six after a pause.
class Limit {
 public:
  bool lets_through(Time now) {
    tokens_ = std::min<Duration>(seconds{6}, tokens_ + (now - last_));
    last_ = now;
    if (tokens_ < seconds{1}) return false;
    tokens_ -= seconds{1};
    return true;
  }

 private:
  Duration tokens_{seconds{6}};
  Time last_{};
};

// Checks of ports of hosts that answer nothing, and refuse what no port is open for.
class CheckCoreRefusedTest : public CheckCoreTest {
 protected:
  void run(Duration time) {
    const Time end = now_ + time;
    while (core_.deadline().value_or(end) < end) {
      now_ = core_.deadline().value();
      for (const std::string& name : core_.overdue(now_)) {
        const std::uint64_t attempt = under_way_.extract(name).mapped();
        obey(tell(ProbeSilent{name, attempt, true, "no ICMP error"}));
      }
      obey(tell(Wake{}));
    }
    now_ = end;
  }

  void obey(const CheckActions& actions) {
    for (const CheckAction& action : actions) {
      if (const auto* start = std::get_if<StartProbe>(&action)) {
        ask(*start);
      } else if (const auto* report = std::get_if<Report>(&action)) {
        const auto& state = std::get<CheckState>(report->message);
        states_[state.check] += state.up ? 'u' : 'd';
      }
    }
  }

  void ask(const StartProbe& probe) {
    ++asked_[probe.check];
    const Endpoint target = *endpoint_of(*probe.target);
    const bool open = open_.contains(target.port);
    if (open || !limits_[target.address].lets_through(now_)) {
      under_way_.emplace(probe.check, probe.attempt);
      return;
    }
    obey(tell(ProbeFinished{probe.check, probe.attempt, false, "port unreachable"}));
  }

  CheckDetail detail(std::size_t i = 0) { return core_.details_after("").checks.at(i); }

  std::set<std::uint16_t> open_;
  std::map<IpAddress, Limit> limits_;
  std::map<std::string, std::uint64_t> under_way_;
  std::map<std::string, std::string> states_;  // of each check, a letter a report
  std::map<std::string, int> asked_;
};

TEST_F(CheckCoreRefusedTest, AnErrorThatIsNotSentIsNoRecovery) {
  for (const auto interval : {milliseconds{100}, milliseconds{500}, milliseconds{999},
                              milliseconds{1000}, milliseconds{1300}, milliseconds{5000}}) {
    core_ = CheckCore();
    limits_.clear();
    states_.clear();
    under_way_.clear();
    CheckConfig check = silent("app", 53);
    check.interval = interval;
    check.timeout = std::min<Duration>(interval, seconds{1});
    begin(with({check}));
    run(seconds{300});
    EXPECT_EQ(states_["app"], "d") << interval.count();
  }
}

TEST_F(CheckCoreRefusedTest, ChecksOfOneHostDoNotLiveOnOneAnothersErrors) {
  std::vector<CheckConfig> checks;
  for (std::uint16_t port = 1; port <= 8; ++port)
    checks.push_back(silent("app" + std::to_string(port), port));
  begin(with(checks));
  run(seconds{60});
  states_.clear();
  run(seconds{600});
  EXPECT_TRUE(states_.empty()) << states_.begin()->first << ": " << states_.begin()->second;
  open_ = {3};
  run(seconds{40});
  EXPECT_EQ(states_, (std::map<std::string, std::string>{{"app3", "u"}}));
  open_.clear();
  run(seconds{60});
  EXPECT_EQ(states_, (std::map<std::string, std::string>{{"app3", "ud"}}));
}

TEST_F(CheckCoreRefusedTest, AllThatWereOpenAreDownSoonAfterTheirHostsProgramHasGone) {
  std::vector<CheckConfig> checks;
  for (std::uint16_t port = 1; port <= 20; ++port) {
    checks.push_back(silent("app" + std::to_string(port), port));
    checks.back().fall = 3;
    open_.insert(port);
  }
  begin(with(checks));
  run(seconds{10});
  for (const auto& [name, states] : states_) EXPECT_EQ(states, "u") << name;
  open_.clear();
  run(seconds{240});
  EXPECT_EQ(states_.size(), 20U);
  for (const auto& [name, states] : states_) EXPECT_EQ(states, "ud") << name;
}

TEST_F(CheckCoreRefusedTest, ItIsUpAgainWithinSecondsAndInItsCadence) {
  begin(with({silent("app", 53)}));
  run(seconds{10});
  EXPECT_EQ(states_["app"], "d");
  open_ = {53};
  run(seconds{5});
  EXPECT_EQ(states_["app"], "du");
  asked_.clear();
  run(seconds{10});
  EXPECT_EQ(asked_["app"], 10);
}

TEST_F(CheckCoreRefusedTest, ALongIntervalIsNotShortenedByErrors) {
  CheckConfig check = silent("app", 53);
  check.interval = seconds{10};
  begin(with({check}));
  run(seconds{100});
  EXPECT_EQ(asked_["app"], 10);
}

TEST_F(CheckCoreRefusedTest, SilenceThatProvesNothingIsSaidToBeThat) {
  begin(with({silent("app", 53)}));
  run(seconds{5});
  open_ = {53};
  while (detail().hindered_reason.empty() && now_ < Time{std::chrono::hours{2}})
    run(milliseconds{100});
  EXPECT_EQ(detail().hindered_reason, "no ICMP error within 1 s, which proves nothing yet");
  EXPECT_EQ(detail().good, 0U);
  run(seconds{5});
  EXPECT_EQ(detail().hindered_reason, "");
}

TEST_F(CheckCoreRefusedTest, AnAnswerIsProof) {
  begin(with({silent("app", 53)}));
  run(seconds{5});
  open_ = {53};
  while (under_way_.empty()) run(milliseconds{10});
  obey(tell(ProbeFinished{"app", under_way_.extract("app").mapped(), true, "answered"}));
  EXPECT_EQ(states_["app"], "du");
}

TEST_F(CheckCoreRefusedTest, AnErrorOfAnotherHostProvesNothing) {
  begin(with({silent("app", 53), silent("other", 54, "192.0.2.21")}));
  run(seconds{10});
  open_ = {53};
  run(seconds{5});
  EXPECT_EQ(states_["app"], "du");
  EXPECT_EQ(states_["other"], "d");
}

TEST_F(CheckCoreRefusedTest, OneThatWasDownInAFormerLifeMayHaveBeenRefused) {
  tell(with({silent("app", 53)}));
  tell(CheckState{"app", false, 0, now_ - seconds{60}, "port unreachable"});
  // The error that the former life got is the last for a second.
  for (int i = 0; i < 6; ++i) limits_[IpAddress::parse("192.0.2.20").value()].lets_through(now_);
  obey(tell(Begin{}));
  run(seconds{60});
  EXPECT_EQ(states_["app"], "");
}

TEST_F(CheckCoreRefusedTest, WhereAReplyMustComeSilenceIsBadAsEver) {
  CheckConfig check = silent("app", 53);
  std::get<UdpCheck>(check.target).require_reply = true;
  begin(with({check}));
  EXPECT_EQ(wake(), CheckActions{start(check, 1)});
  EXPECT_EQ(bad(1, "app").size(), 2U);
  EXPECT_EQ(wake(), CheckActions{start(check, 2)});
  EXPECT_EQ(now_, core_.deadline().value() - seconds{1}) << "at its cadence";
}

}  // namespace
}  // namespace holdfast::check
