// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/vrrp/core_support.h"

// `firewall: peers`: the kernel drops the adverts of all but those who may send them.
namespace holdfast::vrrp {
namespace {

InstanceConfig guarded(InstanceConfig config = instance(),
                       const std::vector<std::string>& sources = {"198.51.100.0/24"}) {
  config.firewall = Firewall::kPeers;
  config.allowed_sources.clear();
  for (const std::string& one : sources) {
    config.allowed_sources.push_back(IpPrefix::parse(one).value());
  }
  return config;
}
FilterEntries guards(int link = 2, const InstanceConfig& config = guarded()) {
  FilterEntries entries{guard_of(link, config)};
  for (const AdvertSource& source : sources_of(link, config)) entries.insert(source);
  return entries;
}
Filter whole(const FilterEntries& entries) {
  return {true, true, entries};
}

const std::string kGuard = "adverts of IPv4 virtual router 51 on interface 2";
const std::string kSource = kGuard + " from 198.51.100.0 to 198.51.100.255";

class VrrpCoreGuard : public VrrpCoreTest {
 protected:
  void be_backup(const Config& config = config_of({guarded()}),
                 const std::vector<Link>& links = {eth0()}) {
    handle(FilterRead{});
    begin(config, links);
  }
  static Lines about_filter(const Lines& lines) {
    Lines found;
    std::copy_if(lines.begin(), lines.end(), std::back_inserter(found),
                 [](const auto& line) { return line.find("filter") != std::string::npos; });
    return found;
  }
};

TEST_F(VrrpCoreGuard, WhoMaySendComesBeforeOthersAreRefused) {
  handle(FilterRead{});
  EXPECT_EQ(about_filter(begin(config_of({guarded()}))),
            (Lines{"make filter", "filter + " + kSource, "filter + " + kGuard}));
  EXPECT_EQ(handle(FilterRead{whole(guards())}), Lines{});
}

TEST_F(VrrpCoreGuard, WithoutItThereIsNoTable) {
  handle(FilterRead{});
  EXPECT_EQ(about_filter(begin(config_of({instance()}))), Lines{});
}

TEST_F(VrrpCoreGuard, OnlyTheInstancesThatSaySoAreGuarded) {
  be_backup(config_of({guarded(), two()}));
  EXPECT_EQ(handle(FilterRead{whole(guards())}), Lines{}) << "as it should be";
}

TEST_F(VrrpCoreGuard, AReloadChangesTheSourcesThatDiffer) {
  be_backup();
  const Lines lines = handle(config_of({guarded(instance(), {"198.51.100.7"})}));
  EXPECT_EQ(about_filter(lines),
            (Lines{"filter - " + kSource, "filter + " + kGuard + " from 198.51.100.7"}));
  EXPECT_EQ(about_filter(handle(config_of({guarded(instance(), {"198.51.100.7"})}))), Lines{});
  EXPECT_EQ(about_filter(handle(config_of({instance()}))), Lines{"remove filter"});
}

TEST_F(VrrpCoreGuard, WhoLeavesIsNoLongerGuarded) {
  be_backup(config_of({guarded(), guarded(two())}));
  EXPECT_EQ(about_filter(handle(config_of({guarded(two())}))),
            (Lines{"filter - " + kGuard, "filter - " + kSource}));
}

TEST_F(VrrpCoreGuard, AnInterfaceThatComesAndGoesTakesItsGuardsAlong) {
  be_backup(config_of({guarded()}), {});
  EXPECT_EQ(about_filter(handle(LinkChanged{eth0()})),
            (Lines{"filter + " + kSource, "filter + " + kGuard}));
  EXPECT_EQ(about_filter(handle(LinkGone{2})),
            (Lines{"filter - " + kGuard, "filter - " + kSource}));
}

TEST_F(VrrpCoreGuard, AnInterfaceThatGetsTheNameIsGuarded) {
  Link other = eth0();
  other.name = "eth9";
  be_backup(config_of({guarded()}), {other});
  EXPECT_EQ(about_filter(handle(LinkChanged{eth0()})),
            (Lines{"filter + " + kSource, "filter + " + kGuard}));
  EXPECT_EQ(about_filter(handle(LinkChanged{other})),
            (Lines{"filter - " + kGuard, "filter - " + kSource}));
}

TEST_F(VrrpCoreGuard, WhatACrashLeftIsReconciled) {
  FilterEntries left = guards();
  left.insert(guard_of(9, guarded()));
  handle(FilterRead{whole(left)});
  EXPECT_EQ(about_filter(begin(config_of({guarded()}))),
            Lines{"filter - adverts of IPv4 virtual router 51 on interface 9"});
}

TEST_F(VrrpCoreGuard, WhatSomebodyTakesAwayIsPutBack) {
  be_backup();
  FilterEntries less = guards();
  less.erase(*less.begin());
  EXPECT_EQ(
      handle(FilterRead{whole(less)}),
      (Lines{"warning the nftables table inet holdfast was changed by somebody else: put back",
             "filter + " + kSource}));
}

// The worker refuses such adverts itself, as without.
TEST_F(VrrpCoreGuard, AKernelThatCannotIsNoFault) {
  be_backup();
  EXPECT_EQ(handle(FilterRefused{"no"}),
            Lines{"error firewall: peers cannot be had, the kernel refused the nftables table inet "
                  "holdfast: no"});
  EXPECT_EQ(wake_when_due().at(0), "make filter") << "another attempt";
}

TEST_F(VrrpCoreGuard, AStopRemovesTheTable) {
  be_backup();
  handle(Stop{});
  EXPECT_TRUE(core_.finished());
  EXPECT_EQ(handle(FilterRead{}), Lines{});
}

TEST(PeerFilter, PeersOfUnicastAreItsSources) {
  InstanceConfig config = guarded(instance(), {});
  config.unicast = UnicastConfig{{{ip("198.51.100.2")}, {ip("198.51.100.3")}}, 255};
  const AdvertGuard guard{2, Family::kIpv4, Vrid{51}};
  EXPECT_EQ(sources_of(2, config),
            (std::set<AdvertSource>{{guard, ip("198.51.100.2"), ip("198.51.100.2")},
                                    {guard, ip("198.51.100.3"), ip("198.51.100.3")}}));
}

TEST(PeerFilter, NetworksAreRangesOfWhichNoneIsWithinAnother) {
  const AdvertGuard guard{2, Family::kIpv4, Vrid{51}};
  EXPECT_EQ(sources_of(2, guarded(instance(), {"10.1.2.3/31", "10.1.0.0/16", "192.0.2.9/30",
                                               "10.1.255.255", "10.1.0.0/16"})),
            (std::set<AdvertSource>{{guard, ip("10.1.0.0"), ip("10.1.255.255")},
                                    {guard, ip("192.0.2.8"), ip("192.0.2.11")}}));
  InstanceConfig config = guarded(instance(), {"fe80::/10"});
  config.addresses = {prefix("fe80::51/64")};
  const AdvertGuard six{3, Family::kIpv6, Vrid{51}};
  EXPECT_EQ(
      sources_of(3, config),
      (std::set<AdvertSource>{{six, ip("fe80::"), ip("febf:ffff:ffff:ffff:ffff:ffff:ffff:ffff")}}));
}

}  // namespace
}  // namespace holdfast::vrrp
