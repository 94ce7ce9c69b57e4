// SPDX-License-Identifier: Apache-2.0
#include "vrrp-worker/core/vrrp_core.h"

#include <algorithm>
#include <map>
#include <string>

#include "tests/unit/vrrp/core_support.h"

// One virtual router and its peers: starting, winning, losing, handing over.
namespace holdfast::vrrp {
namespace {

const Lines kLetsGo{"advert from 198.51.100.1 on 2: vrid 51 priority 0",
                    "info one: MASTER -> INIT, priority 100: handed over"};

TEST_F(VrrpCoreTest, DoesNothingBeforeBegin) {
  EXPECT_EQ(handle(config_of({instance()})), Lines{});
  EXPECT_EQ(handle(LinkChanged{eth0()}), Lines{});
  EXPECT_EQ(receive(advert(200)), Lines{});
  EXPECT_EQ(core_.deadline(), std::nullopt);
  EXPECT_FALSE(core_.finished());
}

TEST_F(VrrpCoreTest, StartsAsBackup) {
  EXPECT_EQ(begin(config_of({instance()})),
            (Lines{"info one: INIT -> BACKUP, priority 100: started",
                   "report one BACKUP 100 since 0.000 s: started"}));
  EXPECT_EQ(core_.deadline(), kStart + kDown);
  EXPECT_EQ(core_.listening(), listening_on(2));
}

TEST_F(VrrpCoreTest, KnowsWhetherItsDeadlineIsATakeOver) {
  EXPECT_FALSE(core_.takes_over_at_deadline());
  begin(config_of({instance()}));
  EXPECT_TRUE(core_.takes_over_at_deadline());
  wake_when_due();
  EXPECT_FALSE(core_.takes_over_at_deadline());  // but an advert's
}

TEST_F(VrrpCoreTest, WithoutInstancesHasNothingToDo) {
  EXPECT_EQ(begin(Config{}), Lines{});
  EXPECT_EQ(core_.deadline(), std::nullopt);
  EXPECT_TRUE(core_.listening().empty());
}

TEST_F(VrrpCoreTest, TakesOverAdvertFirstThenAddressesThenAnnouncements) {
  begin(config_of({instance()}));
  EXPECT_EQ(
      wake_when_due(),
      (Lines({"advert from 198.51.100.1 on 2: vrid 51 priority 100", "add 192.0.2.10/24 on 2"}) +
       burst("192.0.2.10") +
       Lines{"info one: BACKUP -> MASTER, priority 100: no advert heard for 3.609 s",
             "report one MASTER 100 since 3.609 s: no advert heard for 3.609 s"}));
  EXPECT_EQ(core_.deadline(), now_ + 1s);
}

// What programs read of a line of the log.
TEST_F(VrrpCoreTest, ATransitionIsLoggedWithItsFields) {
  begin(config_of({instance()}));
  receive(advert(120));
  const Time heard = now_;
  now_ = *core_.deadline();
  const auto actions = core_.handle(Wake{}, now_);
  const auto found = std::find_if(actions.begin(), actions.end(), [](const VrrpAction& action) {
    return std::holds_alternative<LogLine>(action);
  });
  ASSERT_NE(found, actions.end());
  std::map<std::string, std::string> fields;
  for (const LogField& field : std::get<LogLine>(*found).fields) {
    fields.emplace(field.name, field.value);
  }
  const auto unheld = std::chrono::duration_cast<std::chrono::milliseconds>(now_ - heard).count();
  const std::map<std::string, std::string> expected{
      {"instance", "one"},
      {"from", "BACKUP"},
      {"to", "MASTER"},
      {"priority", "100"},
      {"cause", "no_advert"},
      {"peer", "198.51.100.2"},
      {"unheld_ms", std::to_string(unheld)},
      {"reason", "no advert from 198.51.100.2 for " + reason::seconds(now_ - heard)}};
  EXPECT_EQ(fields, expected);
}

TEST_F(VrrpCoreTest, AnnouncesEveryAddressInEveryRoundOfABurst) {
  InstanceConfig config = instance();
  config.addresses.push_back(prefix("192.0.2.11/24"));
  begin(config_of({config}));
  Lines arps;
  for (const std::string& line : wake_when_due()) {
    if (line.starts_with("arp")) arps.push_back(line);
  }
  Lines expected;
  for (int i = 0; i < 5; ++i) expected += {"arp 192.0.2.10 on 2", "arp 192.0.2.11 on 2"};
  EXPECT_EQ(arps, expected);
}

TEST_F(VrrpCoreTest, SendsAdvertsAtItsIntervalAndAnnouncesAgainAfterFiveSeconds) {
  be_active();
  const Time active = now_;
  const Lines advert{"advert from 198.51.100.1 on 2: vrid 51 priority 100"};
  for (int i = 1; i < 5; ++i) EXPECT_EQ(wake_at(active + i * 1s), advert);
  EXPECT_EQ(wake_at(active + 5s),
            burst("192.0.2.10") + advert + Lines{"counters one sent 6 received 0"});
  EXPECT_EQ(wake_at(active + 6s), advert);
}

TEST_F(VrrpCoreTest, IgnoresAWakeThatComesEarly) {
  begin(config_of({instance()}));
  EXPECT_EQ(wake_at(kStart + kDown - 1us), Lines{});
  EXPECT_EQ(core_.deadline(), kStart + kDown);
}

TEST_F(VrrpCoreTest, LosesToAHigherPriorityAndAnswersUntilTheHeirIsKnown) {
  be_active();
  EXPECT_EQ(receive(advert(150)),
            (Lines{"advert from 198.51.100.1 on 2: vrid 51 priority 100",
                   "info one: MASTER -> BACKUP, priority 100: 198.51.100.2 has priority 150 over "
                   "our 100",
                   "report one BACKUP 100 since 3.609 s: 198.51.100.2 has priority 150 over our "
                   "100"}));
  EXPECT_EQ(core_.deadline(), now_ + Router::kHeirAnnounces);
  EXPECT_EQ(wake_when_due(), Lines{"remove 192.0.2.10/24 on 2"});
  EXPECT_EQ(core_.deadline(), now_ - Router::kHeirAnnounces + kDown);
}

TEST_F(VrrpCoreTest, AnnouncesNoMoreOnceItHasLost) {
  be_active();
  receive(advert(150));
  for (int i = 1; i < 10; ++i) {
    now_ = kStart + kDown + i * 1s;
    receive(advert(150));
    for (const std::string& line : handle(Wake{})) EXPECT_EQ(line.find("arp"), std::string::npos);
  }
}

TEST_F(VrrpCoreTest, TellsALoserAndCorrectsTheNeighbours) {
  be_active();
  now_ += 1500ms;
  const Lines told{"advert from 198.51.100.1 on 2: vrid 51 priority 100"};
  // A report, so that those who are told of changes hear that the master is still this one.
  const Lines won{"report one MASTER 100 since 3.609 s: no advert heard for 3.609 s"};
  EXPECT_EQ(receive(advert(50)), told + burst("192.0.2.10") + won);
  now_ += 10ms;
  EXPECT_EQ(receive(advert(50)), told) << "not more than a burst a second, nor the same conflict";
}

TEST_F(VrrpCoreTest, CountsTheConflictsThatItHasWon) {
  be_active();
  const auto conflicts = [this](Duration later) {
    now_ += later;
    receive(advert(50));
    std::uint32_t told = 0;
    for (const VrrpAction& action : actions_) {
      const auto* report = std::get_if<Report>(&action);
      const auto* state = report ? std::get_if<RouterState>(report->message.get()) : nullptr;
      if (state != nullptr) told = state->conflicts;
    }
    return told;
  };
  EXPECT_EQ(conflicts(10ms), 0U) << "the last word of whom it has taken over from";
  EXPECT_EQ(conflicts(1500ms), 1U);
  EXPECT_EQ(conflicts(1s), 0U) << "the same loser, no report";
  EXPECT_EQ(conflicts(10s), 2U);
}

TEST_F(VrrpCoreTest, AnOwnerIsActiveAtOnce) {
  InstanceConfig owner = instance();
  owner.priority = kPriorityOwner;
  const Link link = eth0({virtual_address("192.0.2.10/24", false)});
  EXPECT_EQ(begin(config_of({owner}), {link}),
            (Lines{"advert from 198.51.100.1 on 2: vrid 51 priority 255"} + burst("192.0.2.10") +
             Lines{"info one: INIT -> MASTER, priority 255: priority 255: owner of the addresses",
                   "report one MASTER 255 since 0.000 s: priority 255: owner of the addresses"}));
}

TEST_F(VrrpCoreTest, RunsManyInstancesSideBySide) {
  InstanceConfig other = two();
  other.priority = Priority{200};
  begin(config_of({instance(), other}));
  pass(10s);
  receive(advert(150));
  receive(advert(50, other));
  EXPECT_EQ(core_.handle(Stop{}, now_).size(), 7U);  // each its state, "one" no advert
}

// ---- Handing over.

TEST_F(VrrpCoreTest, HandsOverAndKeepsAnsweringUntilTheHeirIsHeard) {
  be_active();
  EXPECT_EQ(handle(Stop{}), (kLetsGo + Lines{"report one INIT 100 since 3.609 s: handed over",
                                             "counters one sent 2 received 0"}));
  EXPECT_FALSE(core_.finished());
  now_ += 500ms;
  EXPECT_EQ(receive(advert(50)), Lines{});
  EXPECT_FALSE(core_.finished());
  now_ += Router::kHeirAnnounces;
  EXPECT_EQ(wake_at(now_), Lines{"remove 192.0.2.10/24 on 2"});
  EXPECT_TRUE(core_.finished());
}

TEST_F(VrrpCoreTest, HandsOverForAsLongAsAnHeirWouldNeed) {
  be_active();
  handle(Stop{});
  const Time end = now_ + 1s + 609375us;
  EXPECT_EQ(core_.deadline(), end);
  EXPECT_EQ(wake_at(end - 1us), Lines{});
  EXPECT_EQ(wake_at(end), Lines{"remove 192.0.2.10/24 on 2"});
  EXPECT_TRUE(core_.finished());
}

TEST_F(VrrpCoreTest, HasNothingToHandOverAsBackup) {
  begin(config_of({instance()}));
  EXPECT_EQ(handle(Stop{}), (Lines{"info one: BACKUP -> INIT, priority 100: handed over",
                                   "report one INIT 100 since 0.000 s: handed over"}));
  EXPECT_TRUE(core_.finished());
  EXPECT_EQ(core_.deadline(), std::nullopt);
}

TEST_F(VrrpCoreTest, StopsOnceAndHearsNoConfigurationAfterwards) {
  be_active();
  handle(Stop{});
  EXPECT_EQ(handle(Stop{}), Lines{});
  EXPECT_EQ(handle(config_of({two()})), Lines{});
  EXPECT_EQ(handle(LinkChanged{eth0({virtual_address("192.0.2.10/24")})}), Lines{});
  EXPECT_FALSE(core_.finished());
}

TEST_F(VrrpCoreTest, StoppedBeforeBeginIsFinished) {
  handle(config_of({instance()}));
  EXPECT_EQ(handle(Stop{}), Lines{});
  EXPECT_TRUE(core_.finished());
}

TEST_F(VrrpCoreTest, IsNotFinishedUnasked) {
  begin(config_of({instance()}));
  EXPECT_FALSE(core_.finished());
}

TEST_F(VrrpCoreTest, BeginsOnce) {
  begin(config_of({instance()}));
  EXPECT_DEATH(handle(Begin{}), "begun");
}

}  // namespace
}  // namespace holdfast::vrrp
