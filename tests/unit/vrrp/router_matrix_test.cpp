// SPDX-License-Identifier: Apache-2.0
#include <vector>

#include "tests/unit/vrrp/router_support.h"

// Every event in every state of RFC 9568 §6.4: the exact actions in order, and what follows.
namespace holdfast::vrrp {
namespace {

constexpr Time kNow = kStart + 500ms;

struct Row {
  std::string name;
  RouterEvent event;
  Outcome outcome;
};

// Also: the same value and the same event at the same time have the same result.
void expect_rows(const Router& before, const std::vector<Row>& rows) {
  for (const Row& row : rows) {
    SCOPED_TRACE(row.name);
    Router router = before;
    Router twin = before;
    EXPECT_EQ(after(router, row.event, kNow), row.outcome);
    EXPECT_EQ(after(twin, row.event, kNow), row.outcome);
    EXPECT_EQ(router, twin);
  }
}

class Rfc9568Matrix : public testing::TestWithParam<VrrpVersion> {
 protected:
  const VrrpVersion version_ = GetParam();
  const RouterConfig config_ = router_config(version_);
  const RouterConfig same_ = config_;
  const Time down_ = kNow + down(version_);
  const Time lets_go_ = kNow + Router::kHeirAnnounces;
  const StateChanged started_{VrrpState::kInitialize, VrrpState::kBackup, "started"};
  const std::string ended_ = "no advert heard for 1000.000 s";  // how active() came about
  const std::string late_ =
      "restarted 5.000 s after the last sign of life: a peer may hold the addresses";
};

INSTANTIATE_TEST_SUITE_P(, Rfc9568Matrix, testing::Values(VrrpVersion::k2, VrrpVersion::k3),
                         [](const auto& version) {
                           return version.param == VrrpVersion::k2 ? "V2" : "V3";
                         });

constexpr VrrpState kInit = VrrpState::kInitialize;
constexpr VrrpState kBackup = VrrpState::kBackup;
constexpr VrrpState kActive = VrrpState::kActive;
constexpr VrrpState kFault = VrrpState::kFault;

const RouterActions kNone;
const std::optional<Time> kNever;
constexpr Priority kHundred{100};

TEST_P(Rfc9568Matrix, Section_6_4_1_Initialize) {
  const Outcome same{kNone, kInit, Time{}, "", kNever, false};
  const RouterActions asserts{SendAdvert{kHundred}, AddAddresses{}, Announce{}};
  expect_rows(initialized(config_),
              {{"startup", Startup{}, {{started_}, kBackup, kNow, "started", down_, false}},
               {"shutdown", Shutdown{}, same},
               {"fault",
                Fault{"eth0 is down"},
                {{StateChanged{kInit, kFault, "eth0 is down"}},
                 kFault,
                 kNow,
                 "eth0 is down",
                 kNever,
                 false}},
               {"advert", advert(200), same},
               {"advert of priority 0", advert(0), same},
               {"tick", Tick{}, same},
               {"configuration", ConfigChanged{same_}, same},
               {"resume as active, in time",
                Resume{former_life(kActive), kNow - 1s},
                {asserts, kActive, kStart - 500s, "of a former life", kNow + 2s, true}},
               {"resume as active, too late",
                Resume{former_life(kActive), kNow - 5s},
                {{RemoveAddresses{}, StateChanged{kActive, kBackup, late_}},
                 kBackup,
                 kNow,
                 late_,
                 down_,
                 false}},
               {"resume as backup",
                Resume{former_life(kBackup), kNow - 1s},
                {kNone, kBackup, kStart - 500s, "of a former life", down_, false}},
               {"resume from a fault",
                Resume{former_life(kFault), kNow - 1s},
                {{started_}, kBackup, kNow, "started", down_, false}},
               {"resume from initialize",
                Resume{former_life(kInit), kNow - 1s},
                {{started_}, kBackup, kNow, "started", down_, false}}});
}

TEST_P(Rfc9568Matrix, Section_6_4_1_InitializeHandingOver) {
  const Time until = kStart + 2s + skew(version_);
  const Outcome same{kNone, kInit, kStart, "handed over", until, true};
  const Outcome heir_known{kNone, kInit, kStart, "handed over", lets_go_, true};
  const Outcome restarted{{RemoveAddresses{}, started_}, kBackup, kNow, "started", down_, false};
  expect_rows(handing_over(config_),
              {{"startup", Startup{}, restarted},
               {"shutdown", Shutdown{}, same},
               {"fault",
                Fault{"eth0 is down"},
                {{RemoveAddresses{}, StateChanged{kInit, kFault, "eth0 is down"}},
                 kFault,
                 kNow,
                 "eth0 is down",
                 kNever,
                 false}},
               {"advert of the heir", advert(101), heir_known},
               {"advert of priority 0", advert(0), same},
               {"tick, early", Tick{}, same},
               {"configuration", ConfigChanged{same_}, same},
               {"resume as active", Resume{former_life(kActive), kNow - 1s}, restarted},
               {"resume as backup", Resume{former_life(kBackup), kNow - 1s}, restarted}});
}

TEST_P(Rfc9568Matrix, Section_6_4_1_InitializeFault) {
  const Outcome same{kNone, kFault, kStart, "eth0 is down", kNever, false};
  const StateChanged recovered{kFault, kBackup, "started"};
  expect_rows(faulty(config_),
              {{"startup", Startup{}, {{recovered}, kBackup, kNow, "started", down_, false}},
               {"shutdown", Shutdown{}, same},
               {"the same fault", Fault{"eth0 is down"}, same},
               {"another fault",
                Fault{"eth0 is gone"},
                {{StateChanged{kFault, kFault, "eth0 is gone"}},
                 kFault,
                 kNow,
                 "eth0 is gone",
                 kNever,
                 false}},
               {"advert", advert(200), same},
               {"tick", Tick{}, same},
               {"configuration", ConfigChanged{same_}, same},
               {"resume as active",
                Resume{former_life(kActive), kNow - 1s},
                {{SendAdvert{kHundred}, AddAddresses{}, Announce{}},
                 kActive,
                 kStart - 500s,
                 "of a former life",
                 kNow + 2s,
                 true}},
               {"resume as backup",
                Resume{former_life(kBackup), kNow - 1s},
                {kNone, kBackup, kStart - 500s, "of a former life", down_, false}}});
}

TEST_P(Rfc9568Matrix, Section_6_4_2_Backup) {
  const Time down_since_start = kStart + down(version_);
  const Outcome same{kNone, kBackup, kStart, "started", down_since_start, false};
  const Outcome restarted{kNone, kBackup, kStart, "started", down_, false};
  const Outcome released{kNone, kBackup, kStart, "started", kNow + skew(version_), false};
  expect_rows(
      backup(config_),
      {{"startup", Startup{}, same},
       {"shutdown",
        Shutdown{},
        {{StateChanged{kBackup, kInit, "handed over"}}, kInit, kNow, "handed over", kNever, false}},
       {"fault",
        Fault{"eth0 is down"},
        {{StateChanged{kBackup, kFault, "eth0 is down"}},
         kFault,
         kNow,
         "eth0 is down",
         kNever,
         false}},
       {"advert of priority 0", advert(0), released},
       {"advert of lower priority", advert(99), same},
       {"advert of equal priority", advert(100), restarted},
       {"advert of higher priority", advert(101), restarted},
       {"tick, early", Tick{}, same},
       {"yield", Yield{"for its group"}, same},
       {"configuration", ConfigChanged{same_}, same},
       {"resume", Resume{former_life(kActive), kNow - 1s}, same}});
}

TEST_P(Rfc9568Matrix, Section_6_4_2_BackupTimerFires) {
  Router router = backup(config_);
  const Time fires = kStart + down(version_);
  expect_ignored(router, Tick{}, fires - 1us);
  expect_ignored(router, Tick{false}, fires);
  const std::string reason =
      version_ == VrrpVersion::k3 ? "no advert heard for 7.219 s" : "no advert heard for 6.609 s";
  EXPECT_EQ(after(router, Tick{}, fires),
            (Outcome{{SendAdvert{kHundred}, AddAddresses{}, Announce{},
                      StateChanged{kBackup, kActive, reason}},
                     kActive,
                     fires,
                     reason,
                     fires + 2s,
                     true}));
}

TEST_P(Rfc9568Matrix, Section_6_4_3_Active) {
  const Outcome same{kNone, kActive, kStart, ended_, kStart + 2s, true};
  const Outcome asserted = {
      {SendAdvert{kHundred}, Announce{}}, kActive, kStart, ended_, kNow + 2s, true};
  const RouterActions to_loser = version_ == VrrpVersion::k3
                                     ? RouterActions{SendAdvert{kHundred}, Announce{}}
                                     : RouterActions{Announce{}};
  const Outcome loser_told{to_loser, kActive, kStart, ended_, kStart + 2s, true};
  const auto lost = [&](const std::string& reason) {
    return Outcome{{SendAdvert{kHundred}, StateChanged{kActive, kBackup, reason}},
                   kBackup,
                   kNow,
                   reason,
                   lets_go_,
                   true};
  };
  expect_rows(active(config_),
              {{"startup", Startup{}, same},
               {"shutdown",
                Shutdown{},
                {{SendAdvert{kPriorityRelease}, StateChanged{kActive, kInit, "handed over"}},
                 kInit,
                 kNow,
                 "handed over",
                 kNow + 2s + skew(version_),
                 true}},
               {"fault",
                Fault{"eth0 is down"},
                {{SendAdvert{kPriorityRelease}, RemoveAddresses{},
                  StateChanged{kActive, kFault, "eth0 is down"}},
                 kFault,
                 kNow,
                 "eth0 is down",
                 kNever,
                 false}},
               {"advert of priority 0", advert(0), asserted},
               {"advert of lower priority", advert(99, kHighPeer), loser_told},
               {"advert of equal priority from a lower address", advert(100, kLowPeer), loser_told},
               {"advert of equal priority from the same address", advert(100, kOwn), loser_told},
               {"advert of equal priority from a higher address", advert(100, kHighPeer),
                lost("198.51.100.11 has priority 100 too, and the higher address")},
               {"advert of higher priority", advert(101, kLowPeer),
                lost("198.51.100.9 has priority 101 over our 100")},
               {"tick, early", Tick{}, same},
               {"yield",
                Yield{"for its group"},
                {{SendAdvert{kPriorityRelease}, StateChanged{kActive, kBackup, "for its group"}},
                 kBackup,
                 kNow,
                 "for its group",
                 kNow + 2s + skew(version_),
                 true}},
               {"yield at once",
                Yield{"for want of a lease", {}, {}, true},
                {{SendAdvert{kPriorityRelease}, RemoveAddresses{},
                  StateChanged{kActive, kBackup, "for want of a lease"}},
                 kBackup,
                 kNow,
                 "for want of a lease",
                 down_,
                 false}},
               {"configuration", ConfigChanged{same_}, same},
               {"resume", Resume{former_life(kBackup), kNow - 1s}, same}});
}

// Not in the RFC: with a lease that another may have as soon as it is given up.
TEST_P(Rfc9568Matrix, WithoutOverlapTheAddressesGoAtOnce) {
  RouterConfig config = config_;
  config.overlaps = false;
  Router leaving = active(config);
  EXPECT_EQ(leaving.handle(Shutdown{}, kNow),
            (RouterActions{SendAdvert{kPriorityRelease}, RemoveAddresses{},
                           StateChanged{kActive, kInit, "handed over"}}));
  EXPECT_FALSE(leaving.holds_addresses());
  Router loser = active(config);
  EXPECT_EQ(loser.handle(advert(101), kNow).front(), RouterAction{RemoveAddresses{}});
  EXPECT_FALSE(loser.holds_addresses());
}

// It lost a moment ago, and answers still.
TEST_P(Rfc9568Matrix, Section_6_4_2_BackupThatLetsGo) {
  Router loser = active(config_);
  loser.handle(advert(101), kNow - 10ms);
  const std::string lost = "198.51.100.9 has priority 101 over our 100";
  const Time lets_go = lets_go_ - 10ms;
  const Outcome same{kNone, kBackup, kNow - 10ms, lost, lets_go, true};
  expect_rows(
      loser,
      {{"startup", Startup{}, same},
       {"shutdown",
        Shutdown{},
        {{StateChanged{kBackup, kInit, "handed over"}}, kInit, kNow, "handed over", lets_go, true}},
       {"fault",
        Fault{"eth0 is down"},
        {{RemoveAddresses{}, StateChanged{kBackup, kFault, "eth0 is down"}},
         kFault,
         kNow,
         "eth0 is down",
         kNever,
         false}},
       {"advert of priority 0", advert(0), same},
       {"advert of lower priority", advert(99), same},
       {"advert of higher priority", advert(101), same},
       {"tick, early", Tick{}, same},
       {"yield", Yield{"for its group"}, same},
       {"configuration", ConfigChanged{same_}, same},
       {"resume", Resume{former_life(kActive), kNow - 1s}, same}});
  EXPECT_EQ(after(loser, Tick{}, lets_go),
            (Outcome{{RemoveAddresses{}}, kBackup, kNow - 10ms, lost, down_ - 10ms, false}));
}

TEST_P(Rfc9568Matrix, Section_6_4_3_ActiveTimerFires) {
  Router router = active(config_);
  expect_ignored(router, Tick{}, kStart + 2s - 1us);
  EXPECT_EQ(after(router, Tick{}, kStart + 2s),
            (Outcome{{SendAdvert{kHundred}}, kActive, kStart, ended_, kStart + 4s, true}));
}

}  // namespace
}  // namespace holdfast::vrrp
