// SPDX-License-Identifier: Apache-2.0
// What operators live through, each once and exactly.
#include "tests/simulator/ip_packet.h"
#include "tests/simulator/scenario.h"
#include "vrrp-worker/core/intervals.h"

namespace holdfast::simulator {
namespace {

Duration skew(Priority priority, Duration interval) {
  return vrrp::skew_time(VrrpVersion::k3, priority, interval);
}

// ---- Somebody dies.

class AtInterval : public Scenario, public testing::WithParamInterface<Duration> {};
INSTANTIATE_TEST_SUITE_P(Intervals, AtInterval,
                         testing::Values(Duration{10ms}, Duration{100ms}, Duration{1s}));

TEST_P(AtInterval, AMachineDiesAndTheBackupTakesOverAfterActiveDownInterval) {
  set_interval(GetParam());
  settle();
  next_advert();
  host(0).crash();
  EXPECT_EQ(until([&] { return active(1); }),
            kFlight + 3 * GetParam() + skew(Priority{100}, GetParam()));
  EXPECT_EQ(holders(), 1);
}

TEST_F(Scenario, AHungWorkerIsReplacedAndNobodyNotices) {
  settle();
  const std::size_t before = transitions();
  const std::uint64_t life = host(0).vrrp()->life();
  host(0).vrrp()->pause();
  EXPECT_LT(until([&] { return host(0).vrrp() != nullptr && host(0).vrrp()->life() != life; }),
            1100ms);
  run(10s);
  EXPECT_EQ(transitions(), before);
  EXPECT_TRUE(active(0));
}

TEST_F(Scenario, AHungWorkerAtAShortIntervalComesBackAsBackupAndGivesUpItsAddresses) {
  set_interval(10ms);
  web(0).preempt = false;
  settle();
  host(0).vrrp()->pause();
  const Duration both_after = until([&] { return holders() == 2; });
  const Duration both_for = until([&] { return holders() == 1; });
  EXPECT_LT(both_after, 50ms);
  EXPECT_LT(both_after + both_for, 150ms + 50ms + kStartUp) << "the watchdog time and the restart";
  run(1s);
  EXPECT_EQ(state(0), VrrpState::kBackup);
  EXPECT_TRUE(active(1));
}

// Each worker of each host, at every offset into an interval.
class EveryOffset : public Scenario,
                    public testing::WithParamInterface<std::pair<Duration, Duration>> {};
INSTANTIATE_TEST_SUITE_P(Intervals, EveryOffset,
                         testing::Values(std::pair<Duration, Duration>{1s, 10ms},
                                         std::pair<Duration, Duration>{100ms, 1ms}));

TEST_P(EveryOffset, AKilledWorkerIsMissedByNobody) {
  const auto [interval, step] = GetParam();
  set_interval(interval);
  settle();
  const std::size_t before = transitions();
  for (Duration offset{0}; offset < interval; offset += step) {
    for (const int number : {0, 1}) {
      for (const Role role : kHostRoles) {
        next_advert();
        run(offset);
        host(number).kill_worker(role, {0, kSignalKill});
        run(5 * interval);
        ASSERT_EQ(transitions(), before)
            << to_string(role) << " of host " << number << " after " << offset.count() << " us";
      }
    }
  }
}

// ---- Splits.

TEST_F(Scenario, AfterASplitTheLoserIsSilentAndTheWinnerAnnounces) {
  settle();
  const IpAddress address = web(0).addresses.front().address;
  for (Duration offset{0}; offset < 1s; offset += 50ms) {  // so that either hears the other first
    network_.lan(0).split({0, 1});
    until([&] { return active(1); });
    run(2s + offset);
    const Time healed = world().now();
    network_.lan(0).heal();
    EXPECT_LT(until([&] { return !active(1); }), 1001ms);
    run(1100ms);  // no more than one burst a second
    EXPECT_TRUE(active(0));
    EXPECT_GE(network_.witness().last_announced(0, 0, address), healed);
    EXPECT_LT(network_.witness().last_announced(1, 0, address), healed);
  }
}

TEST_F(Scenario, OneDeafHostIsActiveBesideTheOtherAndNoLonger) {
  settle();
  network_.lan(0).cut(0, 1);
  until([&] { return active(1); });
  EXPECT_TRUE(active(0));
  network_.lan(0).heal();
  EXPECT_LT(until([&] { return holders() == 1; }), 1001ms);
  EXPECT_TRUE(active(0));
}

// ---- Hand-overs.

TEST_F(Scenario, APlannedHandOverLeavesNoInstantWithoutAHolder) {
  settle();
  next_advert();
  host(0).stop_service();
  bool heir_first = false;
  const auto heir_active = [&] {
    EXPECT_GE(holders(), 1);
    heir_first = heir_first || holders() == 2;
    return active(1);
  };
  EXPECT_EQ(until(heir_active), kFlight + skew(Priority{100}, 1s)) << "priority 0: Skew_Time";
  const auto alone = [&] {
    EXPECT_GE(holders(), 1);
    return host(0).supervisor() == nullptr;
  };
  EXPECT_EQ(until(alone), kFlight + vrrp::Router::kHeirAnnounces) << "until the heir is known";
  EXPECT_TRUE(heir_first);
  EXPECT_EQ(holders(), 1);
}

TEST_F(Scenario, ASupervisorThatIsKilledTakesItsAddressesAlong) {
  settle();
  host(0).kill_supervisor();
  EXPECT_LT(until([&] { return active(1); }), 700ms) << "priority 0: Skew_Time";
  run(vrrp::Router::kHeirAnnounces + 500us);
  EXPECT_EQ(host(0).vrrp(), nullptr);
  EXPECT_EQ(holders(), 1);
}

// ---- Sync groups: web and mail on one LAN, or on two.

class Group : public Scenario {
 protected:
  static constexpr Duration kMinute = 60s;

  Group() : Scenario(2, 2) {
    for (const int number : {0, 1}) {
      InstanceConfig mail = instance("mail", number, 52, 101);
      mail.interface = "eth1";
      mail.addresses = {{IpAddress::v4({10, 0, 1, 101}), 24}};
      config(number).instances.push_back(mail);
      for (InstanceConfig& one : config(number).instances) one.sync_group = "g";
      config(number).sync_groups = {{"g", {"web", "mail"}}};
    }
  }
  InstanceConfig& mail(int number) { return config(number).instances.back(); }
  bool both_active(int number) { return active(number, "web") && active(number, "mail"); }
};

TEST_F(Group, ACableThatIsPulledMovesAllOfThem) {
  settle();
  EXPECT_TRUE(both_active(0));
  host(0).kernel().set_up(1, false);
  until([&] { return both_active(1); }, 5s);
  EXPECT_EQ(state(0, "web"), VrrpState::kFault);
  host(0).kernel().set_up(1, true);
  until([&] { return both_active(0); }, 5s);
  EXPECT_EQ((run(1s), holders()), 1);
}

TEST_F(Group, APlannedHandOverLeavesNoInstantWithoutAHolder) {
  mail(0).advert_interval = mail(1).advert_interval = 3s;
  settle();
  host(0).stop_service();
  until(
      [&] {
        EXPECT_GE(network_.holders(0, web(0).addresses.front()), 1);
        EXPECT_GE(network_.holders(1, mail(0).addresses.front()), 1);
        return both_active(1) && host(0).supervisor() == nullptr;
      },
      10s);
}

TEST_F(Group, HostsThatDisagreeAreNotMovedByASplitOfOneLan) {
  mail(1).priority = Priority{200};
  settle();
  const std::size_t before = transitions();
  const bool first = both_active(0);
  for (const int lan : {0, 1}) {
    network_.lan(lan).split({0, 1});
    run(kMinute);
    network_.lan(lan).heal();
    run(kMinute);
    EXPECT_TRUE(both_active(0) != both_active(1));
  }
  EXPECT_LE(transitions() - before, 8U) << first;
}

TEST_F(Group, HostsThatDisagreeSettleWhenAllHeals) {
  mail(1).priority = Priority{200};
  settle();
  for (Duration offset{0}; offset < 1s; offset += 100ms) {
    for (const int lan : {0, 1}) network_.lan(lan).split({0, 1});
    until([&] { return both_active(0) && both_active(1); });
    run(2s + offset);
    const std::size_t before = transitions();
    for (const int lan : {0, 1}) network_.lan(lan).heal();
    run(kMinute);
    EXPECT_TRUE(both_active(0) != both_active(1));
    EXPECT_LE(transitions() - before, 8U);
  }
}

// ---- Unicast.

TEST_F(Scenario, UnicastPeersElectAndHandOverLikeAnyOther) {
  for (const int number : {0, 1}) {
    web(number).unicast = UnicastConfig{{{Network::primary(0, 1 - number).address, 255, 255}}, 255};
  }
  settle();
  EXPECT_TRUE(active(0));
  host(0).crash();
  EXPECT_LE(until([&] { return active(1); }), kFlight + 3s + skew(Priority{100}, 1s));
  host(0).boot();
  until([&] { return active(0) && !active(1); });
}

// ---- Preemption.

TEST_F(Scenario, WithPreemptTheBetterHostTakesBack) {
  settle();
  host(0).crash();
  until([&] { return active(1); });
  host(0).boot();
  until([&] { return active(0); });
  EXPECT_FALSE((run(1s), active(1)));
}

TEST_F(Scenario, WithoutPreemptTheBetterHostNeverTakesBack) {
  web(0).preempt = false;
  settle();
  host(0).crash();
  until([&] { return active(1); });
  host(0).boot();
  run(10min);
  EXPECT_EQ(state(0), VrrpState::kBackup);
  EXPECT_TRUE(active(1));
}

TEST_F(Scenario, ThePreemptDelayIsHonoured) {
  web(0).preempt_delay = 30s;
  settle();
  host(0).crash();
  until([&] { return active(1); });
  host(0).boot();
  until([&] { return state(0) == VrrpState::kBackup; });
  next_advert();  // the first of the lower-priority router that it hears
  const Duration waited = until([&] { return active(0); });
  EXPECT_GE(waited, 30s);
  EXPECT_LE(waited, 30s + 1s + 3s + skew(Priority{150}, 1s));
}

TEST_F(Scenario, AnOwnerIsActiveAtOnceAndAlways) {
  web(0).priority = kPriorityOwner;
  for (const int number : {0, 1}) web(number).addresses = {Network::primary(0, 0)};
  start(1);
  until([&] { return active(1); });
  start(0);
  EXPECT_LT(until([&] { return active(0); }), 2 * kStartUp);
  EXPECT_EQ(until([&] { return !active(1); }), kFlight);
  EXPECT_EQ((run(10s), holders()), 1);
}

// ---- Checks.

class Checked : public Scenario {
 protected:
  static constexpr std::uint16_t kPort = 8000;

  void track(std::optional<int> weight) {
    CheckConfig check;
    check.name = "nginx";
    check.target = TcpCheck{{IpAddress::v4({127, 0, 0, 1}), kPort}};
    check.fall = 3;
    config(0).checks = {check};
    web(0).track_checks = {{"nginx", weight}};
  }
};

TEST_F(Checked, ADownCheckWithAWeightMovesTheActiveRouterAndBack) {
  track(-60);
  settle();
  host(0).set_target(kPort, Target::kRefuses);
  until([&] { return active(1); });
  EXPECT_EQ(host(0).vrrp()->router("web")->priority, Priority{90});
  run(1s);
  EXPECT_EQ(state(0), VrrpState::kBackup);
  host(0).set_target(kPort, Target::kAnswers);
  until([&] { return active(0); });
  EXPECT_EQ((run(1s), holders()), 1);
}

TEST_F(Checked, ADownCheckWithoutAWeightIsAFault) {
  track(std::nullopt);
  settle();
  host(0).set_target(kPort, Target::kSilent);
  until([&] { return state(0) == VrrpState::kFault; });
  EXPECT_EQ(holders(), 0);
  EXPECT_EQ(until([&] { return active(1); }), kFlight + skew(Priority{100}, 1s));
}

// ---- Reloads and surroundings.

TEST_F(Scenario, TwoInstancesSwapTheirVridsAndAThirdIsNotTouched) {
  for (const int number : {0, 1}) {
    config(number).instances.push_back(instance("mail", number, 52, 101));
    config(number).instances.push_back(instance("third", number, 53, 102));
  }
  settle();
  const Time since = host(0).vrrp()->router("third")->since;
  for (const int number : {0, 1}) {
    std::swap(config(number).instances[0].vrid, config(number).instances[1].vrid);
    reload(number);
  }
  run(settling_time(network_.hosts()));
  EXPECT_EQ(judge_election(network_.hosts(), network_.witness()), std::nullopt);
  for (const InstanceConfig& one : config(0).instances) {
    EXPECT_EQ(network_.holders(0, one.addresses.front()), 1) << one.name;
  }
  EXPECT_EQ(host(0).vrrp()->router("third")->since, since);
}

TEST_F(Scenario, AShorterIntervalRolledOutFromTheBackupChangesNoRole) {
  settle();
  const std::size_t before = transitions();
  set_interval(100ms);
  reload(1);
  run(10s);
  reload(0);
  run(10s);
  EXPECT_EQ(transitions(), before);
}

TEST_F(Scenario, TheInterfacesOwnAddressChangesAndTheRouterFollows) {
  settle();
  const std::size_t before = transitions();
  host(0).change_primary(0, {IpAddress::v4({10, 0, 0, 77}), 24});
  run(10s);
  EXPECT_EQ(transitions(), before);
  const auto datagram = parse_ip_packet(*network_.last_packet(0).bytes);
  EXPECT_EQ(datagram->source.to_string(), "10.0.0.77");
}

TEST_F(Scenario, AMissingInterfaceIsAFaultUntilItComes) {
  start(0);
  host(0).kernel().detach(0);
  until([&] { return state(0) == VrrpState::kFault; });
  run(10s);
  host(0).plug_in(0);
  EXPECT_EQ(until([&] { return active(0); }), 3s + skew(Priority{150}, 1s));
}

}  // namespace
}  // namespace holdfast::simulator
