// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "ctl/event_text.h"
#include "ctl/history_report.h"
#include "ctl/why_report.h"

namespace holdfast::ctl {
namespace {

constexpr const char* kStatus = R"({
  "node": "lb1", "maintenance": null,
  "vrrp": [{"name": "web", "state": "MASTER", "priority": 130, "configured_priority": 150,
            "priority_reason": "check app is down: -20", "since": "2026-01-02T03:04:05Z",
            "since_seconds": 75, "reason": "no advert from 192.0.2.1 for 0.361 s",
            "stale": false}],
  "checks": [{"name": "app", "up": false, "since": "2026-01-02T03:04:00Z", "since_seconds": 80,
              "reason": "connection refused"},
             {"name": "dns", "up": false, "since": "2026-01-02T03:04:00Z", "since_seconds": 80,
              "reason": "not named above"}]
})";

constexpr const char* kHistory = R"({"api": 1, "node": "lb1", "events": [
  {"at": "2026-01-01T00:00:00.000Z", "at_seconds": 1000, "kind": "holdfastd", "subject": null,
   "from": null, "to": "started", "priority": null, "reason": "0.1.0", "priority_reason": ""},
  {"at": "2026-01-01T00:00:01.000Z", "at_seconds": 1001, "kind": "instance", "subject": "web",
   "from": null, "to": "BACKUP", "priority": 150, "reason": "started", "priority_reason": ""},
  {"at": "2026-01-02T03:04:00.500Z", "at_seconds": 5000.5, "kind": "check", "subject": "app",
   "from": "up", "to": "down", "priority": null, "reason": "connection refused",
   "priority_reason": ""},
  {"at": "2026-01-02T03:04:05.000Z", "at_seconds": 5005, "kind": "instance", "subject": "web",
   "from": "BACKUP", "to": "MASTER", "priority": 130,
   "reason": "no advert from 192.0.2.1 for 0.361 s",
   "priority_reason": "check app is down: -20"}]})";

std::string with(std::string text, const std::string& old, const std::string& fresh) {
  text.replace(text.find(old), old.size(), fresh);
  return text;
}

TEST(Why, IsTheChainOfCausesInSentences) {
  const auto text = why_report(kStatus, kHistory, "web", false);
  ASSERT_TRUE(text) << text.error().message;
  EXPECT_EQ(*text, R"(web is MASTER since 2026-01-02T03:04:05Z (1 min), with priority 130.
  Because: no advert from 192.0.2.1 for 0.361 s.
  That node held the addresses and was heard no more: it died, it hangs, or the
  network between the two is cut.
  Its priority is 130 and not 150 as configured: check app is down: -20.
  Check app is down since 2026-01-02T03:04:00Z (1 min): connection refused.
  2026-01-02T03:04:00.500Z  4.5 s before that, check app went down: connection
  refused.
  2026-01-01T00:00:01.000Z  Earlier, instance web became BACKUP: started.
)");
}

TEST(Why, IsAChainForProgramsToo) {
  const auto json = why_json(kStatus, kHistory, "web");
  ASSERT_TRUE(json);
  for (const char* const part : {R"("instance": "web")", R"("about": "cause")",
                                 R"("about": "before")", R"("at": "2026-01-02T03:04:00.500Z")"}) {
    EXPECT_NE(json->find(part), std::string::npos) << part;
  }
}

TEST(Why, SaysFirstThatTheNodeIsInMaintenance) {
  const std::string status =
      with(kStatus, R"("maintenance": null)",
           R"("maintenance": {"since": null, "until": "2026-01-02T04:00:00Z"})");
  const auto text = why_report(status, kHistory, "web", false);
  ASSERT_TRUE(text);
  EXPECT_TRUE(text->starts_with("This node is in maintenance until 2026-01-02T04:00:00Z: it has"))
      << *text;
}

TEST(Why, SaysWhenWhatIsKnownIsOld) {
  const auto text =
      why_report(with(kStatus, R"("stale": false)", R"("stale": true)"), kHistory, "web", false);
  ASSERT_TRUE(text);
  EXPECT_TRUE(text->starts_with("The vrrp-worker is not running")) << *text;
}

TEST(Why, WorksWithoutAHistory) {
  const auto text = why_report(kStatus, R"({"api": 1, "node": "lb1", "events": []})", "web", false);
  ASSERT_TRUE(text);
  EXPECT_NE(text->find("No change of it is in the history."), std::string::npos);
}

TEST(Why, OfWhatIsNotThereIsAnError) {
  const auto text = why_report(kStatus, kHistory, "db\x1b", false);
  ASSERT_FALSE(text);
  EXPECT_EQ(text.error().message, "there is no instance 'db?'; there is 'web'");
  EXPECT_EQ(no_instance("wbe", {"db", "web"}), "there is no instance 'wbe', did you mean 'web'?");
  EXPECT_FALSE(why_report(kStatus, R"({"error": "no"})", "web", false));
  EXPECT_FALSE(why_report(kStatus, "{}", "web", false));
}

TEST(History, IsATableOldestFirst) {
  const auto text = history_report(kHistory, {}, false);
  ASSERT_TRUE(text) << text.error().message;
  EXPECT_EQ(*text, R"(WHEN                      WHAT          CHANGE
2026-01-01T00:00:00.000Z  holdfastd     started
                          0.1.0
2026-01-01T00:00:01.000Z  instance web  BACKUP
                          started
2026-01-02T03:04:00.500Z  check app     up -> down
                          connection refused
2026-01-02T03:04:05.000Z  instance web  BACKUP -> MASTER
                          no advert from 192.0.2.1 for 0.361 s
                          priority 130: check app is down: -20
)");
}

TEST(History, IsFilteredByNameAndNumber) {
  const auto one = history_report(kHistory, {{"w*"}, 1}, false);
  ASSERT_TRUE(one);
  EXPECT_EQ(one->find("BACKUP\n"), std::string::npos);
  EXPECT_NE(one->find("BACKUP -> MASTER"), std::string::npos);
  EXPECT_EQ(one->find("connection refused"), std::string::npos);
  EXPECT_EQ(history_report(R"({"events": []})", {}, false), "nothing is in the history\n");
  const auto json = history_json(kHistory, {{}, 1});
  ASSERT_TRUE(json);
  EXPECT_EQ(json->find("holdfastd"), std::string::npos);
}

TEST(History, OfWhomItHasNothingIsAnError) {
  const auto why = [](const std::vector<std::string>& names) {
    const auto text = history_report(kHistory, {names, 0}, false);
    return text ? "shown" : text.error().message;
  };
  EXPECT_EQ(why({"wbe"}), "the history has nothing of 'wbe', did you mean 'web'?");
  EXPECT_EQ(why({"web", "nobo\x1b"}),
            "the history has nothing of 'nobo?'; there are 'web' and 'app'");
  EXPECT_EQ(why({"w*", "a*"}), "shown");
  EXPECT_FALSE(history_json(kHistory, {{"nobody"}, 0}));
}

TEST(Meaning, IsOfEveryReasonThatDoesNotSayItself) {
  for (const char* const reason :
       {"no advert from 192.0.2.1 for 0.361 s", "no advert heard for 3.609 s",
        "192.0.2.1 let go (priority 0)", "preempted 192.0.2.2: priority 150 over its 100",
        "192.0.2.1 has priority 150 over our 100",
        "192.0.2.1 has priority 100 too, and the higher address", "handed over", "started",
        "interface eth0 is down", "check app is down"}) {
    EXPECT_NE(meaning_of(reason), "") << reason;
  }
  EXPECT_EQ(meaning_of("priority 255: owner of the addresses"), "");
}

}  // namespace
}  // namespace holdfast::ctl
