// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/vrrp/core_support.h"

// Accept mode (RFC 9568 §6.1, §6.4.3): routers whose addresses accept nothing.
namespace holdfast::vrrp {
namespace {

InstanceConfig closed(InstanceConfig config = instance()) {
  config.accept = false;
  return config;
}
Filter whole(const FilterEntries& drops = {}) {
  return {true, true, drops};
}
Drop drop(const std::string& address, int link = 0) {
  return {link, ip(address)};
}
const Lines kAdvert{"advert from 198.51.100.1 on 2: vrid 51 priority 100"};
const Drop kDrop = drop("192.0.2.10");
const Link kHolding = eth0({virtual_address("192.0.2.10/24")});

class VrrpCoreFilter : public VrrpCoreTest {
 protected:
  // Backup, with the table made, of which the kernel has told.
  void be_backup(const Config& config = config_of({closed()}),
                 const std::vector<Link>& links = {eth0()}) {
    EXPECT_EQ(handle(FilterRead{}), Lines{});
    EXPECT_EQ(begin(config, links).at(0), "make filter");
    EXPECT_EQ(handle(FilterRead{whole()}), Lines{});
  }
  void be_master() {
    be_backup();
    wake_at(kStart + kDown);
    EXPECT_EQ(handle(LinkChanged{kHolding}), Lines{});
  }
  // The lines that are about what is held, in their order.
  static Lines about_holding(const Lines& lines) {
    Lines found;
    std::copy_if(lines.begin(), lines.end(), std::back_inserter(found), [](const auto& line) {
      return line.starts_with("shut ") || line.starts_with("open ") || line.starts_with("add ") ||
             line.starts_with("remove ") || line == "make filter";
    });
    return found;
  }
};

TEST_F(VrrpCoreFilter, Rfc9568_6_4_3_AnAddressIsShutBeforeItIsThereAndOpenedAfterItIsGone) {
  be_backup();
  const std::string why = "no advert heard for 3.609 s";
  const Lines held{"shut 192.0.2.10", "add 192.0.2.10/24 on 2"};
  const Lines told{"info one: BACKUP -> MASTER, priority 100: " + why,
                   "report one MASTER 100 since 3.609 s: " + why};
  EXPECT_EQ(wake_at(kStart + kDown), kAdvert + held + burst("192.0.2.10") + told);
  handle(LinkChanged{kHolding});
  receive(advert(200));
  EXPECT_EQ(about_holding(wake_at(now_ + Router::kHeirAnnounces)),
            (Lines{"remove 192.0.2.10/24 on 2", "open 192.0.2.10"}));
}

TEST_F(VrrpCoreFilter, Rfc9568_6_1_WhoAcceptsHasNoTable) {
  handle(FilterRead{});
  be_active();
  EXPECT_EQ(handle(FilterRead{}), Lines{}) << "nothing is missed";
}

TEST_F(VrrpCoreFilter, Rfc9568_6_1_AnOwnerAcceptsWhateverIsConfigured) {
  InstanceConfig owner = closed();
  owner.priority = kPriorityOwner;
  EXPECT_FALSE(owner.drops());
  EXPECT_EQ(about_holding(begin(config_of({owner}), {eth0()})), Lines{"add 192.0.2.10/24 on 2"});
}

TEST_F(VrrpCoreFilter, ALinkLocalAddressIsShutOnItsLinkOnly) {
  InstanceConfig config = closed();
  config.addresses = {prefix("fe80::51/64"), prefix("2001:db8::10/64")};
  be_backup(config_of({config}), {with(eth0(), "fe80::1/64")});
  EXPECT_EQ(about_holding(wake_at(kStart + kDown)),
            (Lines{"shut fe80::51 on interface 2", "add fe80::51/64 on 2", "shut 2001:db8::10",
                   "add 2001:db8::10/64 on 2"}));
  // With the interface goes what is known by its number.
  EXPECT_EQ(about_holding(handle(LinkGone{2})).at(0), "open fe80::51 on interface 2");
}

TEST_F(VrrpCoreFilter, ExcludedAddressesAreShutToo) {
  InstanceConfig config = closed();
  config.excluded_addresses = {prefix("203.0.113.7/24")};
  be_backup(config_of({config}));
  EXPECT_EQ(only(wake_at(kStart + kDown), "shut"), (Lines{"shut 192.0.2.10", "shut 203.0.113.7"}));
}

TEST_F(VrrpCoreFilter, ACrashOpensNothing) {
  EXPECT_EQ(handle(FilterRead{whole({kDrop})}), Lines{});
  const Lines lines = begin(config_of({closed()}), {kHolding}, kStart - 200ms,
                            {{"one", VrrpState::kActive, Priority{100}, kStart - 60s, "long ago"}});
  EXPECT_EQ(lines, kAdvert + burst("192.0.2.10"));
}

TEST_F(VrrpCoreFilter, WhatACrashLeftIsReconciled) {
  EXPECT_EQ(handle(FilterRead{whole({kDrop, drop("192.0.2.99")})}), Lines{});
  EXPECT_EQ(about_holding(begin(config_of({closed()}), {kHolding})),
            (Lines{"remove 192.0.2.10/24 on 2", "open 192.0.2.10", "open 192.0.2.99"}));
}

TEST_F(VrrpCoreFilter, WithoutNeedATableThatWasLeftIsRemoved) {
  EXPECT_EQ(handle(FilterRead{whole({kDrop})}), Lines{});
  const Lines lines = begin(config_of({instance()}), {kHolding});
  EXPECT_EQ(lines.back(), "remove filter");
  EXPECT_EQ(about_holding(lines), (Lines{"remove 192.0.2.10/24 on 2", "remove filter"}));
}

TEST_F(VrrpCoreFilter, WhatIsNotWholeIsMadeAnew) {
  EXPECT_EQ(handle(FilterRead{{true, false, {}}}), Lines{});
  EXPECT_EQ(begin(config_of({closed()})).at(0), "make filter");
}

TEST_F(VrrpCoreFilter, AReloadFlipsItWithoutTouchingTheAddress) {
  be_master();
  EXPECT_EQ(handle(config_of({instance()})),
            (Lines{"info one: new configuration", "remove filter"}));
  EXPECT_EQ(handle(config_of({closed()})),
            (Lines{"make filter", "shut 192.0.2.10", "info one: new configuration"}));
  EXPECT_EQ(handle(config_of({closed()})), Lines{});
}

TEST_F(VrrpCoreFilter, SeveralRoutersShareTheTable) {
  be_backup(config_of({closed(), closed(two()), instance("open", 53, "192.0.2.30/24")}));
  EXPECT_EQ(only(wake_at(kStart + kDown), "shut"), (Lines{"shut 192.0.2.10", "shut 192.0.2.20"}));
  EXPECT_EQ(only(handle(config_of({closed(), two()})), "open"), Lines{"open 192.0.2.20"});
}

// The leaver answers until its heir is heard: what follows it on this node must not be opened by
// it.
TEST_F(VrrpCoreFilter, WhoLeavesDoesNotOpenWhatItsFollowerHolds) {
  be_master();
  InstanceConfig follower = closed();
  follower.vrid = Vrid{52};
  handle(config_of({follower}));
  Lines lines;
  while (only(lines, "info").empty()) lines = wake_when_due();
  pass(10s);
  EXPECT_EQ(handle(FilterRead{whole({kDrop})}), Lines{}) << "as it should be";
}

TEST_F(VrrpCoreFilter, AnAddressThatMovesToAnotherInterfaceStaysShut) {
  be_backup(config_of({closed()}), {eth0(), eth1()});
  wake_at(kStart + kDown);
  handle(LinkChanged{kHolding});
  InstanceConfig moved = closed();
  moved.addresses[0].device = "eth1";
  const Lines lines = about_holding(handle(config_of({moved})));
  EXPECT_EQ(only(lines, "open"), Lines{});
  EXPECT_EQ(lines, (Lines{"remove 192.0.2.10/24 on 2", "add 192.0.2.10/24 on 3"}));
}

TEST_F(VrrpCoreFilter, AStopRemovesTheTableLast) {
  be_master();
  handle(Stop{});
  Lines last;
  while (!core_.finished()) last = wake_when_due();
  EXPECT_EQ(last, (Lines{"remove 192.0.2.10/24 on 2", "open 192.0.2.10", "remove filter"}));
}

TEST_F(VrrpCoreFilter, AStopBeforeTheBeginningRemovesWhatWasLeft) {
  handle(FilterRead{whole({kDrop})});
  handle(config_of({closed()}));
  handle(LinkChanged{kHolding});
  EXPECT_EQ(handle(Stop{}), (Lines{"remove 192.0.2.10/24 on 2", "remove filter"}));
}

// `nft flush ruleset`, as the service of nftables does when it is reloaded.
TEST_F(VrrpCoreFilter, ATableThatSomebodyRemovesIsPutBackAtAMeasuredPace) {
  be_master();
  const std::string put_back =
      "warning the nftables table inet holdfast was changed by somebody else: put back";
  EXPECT_EQ(handle(FilterRead{}), (Lines{put_back, "make filter", "shut 192.0.2.10"}));
  EXPECT_EQ(handle(FilterRead{whole({kDrop})}), Lines{});
  EXPECT_EQ(handle(FilterRead{}), Lines{}) << "not at once again";
  EXPECT_EQ(about_holding(wake_at(now_ + Repairs::kGap)),
            (Lines{"make filter", "shut 192.0.2.10"}));
}

TEST_F(VrrpCoreFilter, OneDropThatSomebodyRemovesIsPutBackAlone) {
  be_master();
  EXPECT_EQ(about_holding(handle(FilterRead{whole({drop("192.0.2.99")})})),
            (Lines{"shut 192.0.2.10", "open 192.0.2.99"}));
}

TEST_F(VrrpCoreFilter, AKernelThatCannotIsAFaultOfThoseWhoNeedItUntilItCan) {
  handle(FilterRead{});
  begin(config_of({closed(), two()}));
  const std::string why =
      "accept: false cannot be had, the kernel refused the nftables table inet holdfast: no";
  EXPECT_EQ(handle(FilterRefused{"no"}),
            (Lines{"error " + why, "info one: BACKUP -> FAULT, priority 100: " + why,
                   "report one FAULT 100 since 0.000 s: " + why}));
  EXPECT_EQ(wake_when_due(), Lines{"make filter"}) << "another attempt, still in fault";
  EXPECT_EQ(handle(FilterRefused{"no"}), Lines{}) << "it was said";
  EXPECT_EQ(wake_when_due(), Lines{"make filter"});
  EXPECT_EQ(only(handle(FilterRead{whole()}), "info"),
            Lines{"info one: FAULT -> BACKUP, priority 100: started"});
}

TEST_F(VrrpCoreFilter, AMasterThatLosesItForGoodLetsGo) {
  be_master();
  handle(FilterRead{});
  EXPECT_EQ(about_holding(handle(FilterRefused{"no"})), Lines{"remove 192.0.2.10/24 on 2"});
}

TEST_F(VrrpCoreFilter, WhoeverComesLaterIsInFaultToo) {
  handle(FilterRead{});
  begin(config_of({closed()}));
  handle(FilterRefused{"no"});
  const Lines lines = handle(config_of({closed(), closed(two())}));
  EXPECT_EQ(only(lines, "report").at(0).substr(0, 16), "report two FAULT");
}

// ---- The planner

TEST(AcceptFilter, OnlyTheDifferenceIsChanged) {
  const FilterEntries desired{drop("192.0.2.1"), drop("192.0.2.2"), drop("fe80::1", 2)};
  const FilterEntries actual{drop("192.0.2.2"), drop("192.0.2.3"), drop("fe80::1", 3)};
  EXPECT_EQ(plan_filter(true, desired, whole(actual)),
            (FilterPlan{false,
                        false,
                        {drop("192.0.2.1"), drop("fe80::1", 2)},
                        {drop("192.0.2.3"), drop("fe80::1", 3)}}));
  EXPECT_EQ(plan_filter(true, desired, whole(desired)), FilterPlan{});
}

TEST(AcceptFilter, WhatIsMissingOrBrokenIsMadeWhole) {
  const FilterEntries desired{drop("192.0.2.1")};
  for (const Filter& actual : {Filter{}, Filter{true, false, {drop("192.0.2.3")}}}) {
    EXPECT_EQ(plan_filter(true, desired, actual), (FilterPlan{true, false, desired, {}}));
  }
}

TEST(AcceptFilter, WhatNobodyWantsGoesAsAWhole) {
  EXPECT_EQ(plan_filter(false, {}, whole({drop("192.0.2.1")})), (FilterPlan{false, true, {}, {}}));
  EXPECT_EQ(plan_filter(false, {}, Filter{}), FilterPlan{});
}

TEST(AcceptFilter, OnlyIpv6LinkLocalAddressesAreOfOneLink) {
  EXPECT_EQ(drop_at(2, ip("fe80::1")), drop("fe80::1", 2));
  EXPECT_EQ(drop_at(2, ip("2001:db8::1")), drop("2001:db8::1"));
  EXPECT_EQ(drop_at(2, ip("169.254.0.1")), drop("169.254.0.1"));
}

}  // namespace
}  // namespace holdfast::vrrp
