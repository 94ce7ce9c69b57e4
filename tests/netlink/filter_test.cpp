// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>
#include <poll.h>

#include <cstdlib>
#include <string>
#include <vector>

#include "tests/netlink/namespace.h"
#include "tests/unit/vrrp/print.h"
#include "vrrp-worker/netlink_filter.h"

// The packet filter of a real kernel.
namespace holdfast::vrrp {
namespace {

using Commands = std::vector<FilterCommand>;

Drop drop(const std::string& address, int link = 0) {
  return {link, IpAddress::parse(address).value()};
}
FilterCommand shut(const FilterEntry& drop) {
  return ChangeFilter{Change::kAdd, drop};
}
FilterCommand opened(const FilterEntry& drop) {
  return ChangeFilter{Change::kRemove, drop};
}

void nft(const std::string& words) {
  ASSERT_EQ(std::system(("nft " + words).c_str()), 0) << words;  // NOLINT(cert-env33-c)
}

class FilterTest : public RootTest {
 protected:
  void SetUp() override {
    RootTest::SetUp();
    if (IsSkipped()) return;
    NetlinkFilter filter = NetlinkFilter::open();
    const Commands probe{MakeFilter{}, RemoveFilter{}};
    if (const auto done = filter.execute(probe); !done) {
      GTEST_SKIP() << "this kernel has no packet filter for us: " << done.error().message;
    }
  }
  static Filter whole(const FilterEntries& drops) { return {true, true, drops}; }
  // What whoever comes after finds.
  static Filter found() {
    const auto news = NetlinkFilter::open().news();
    EXPECT_TRUE(news);
    return news ? news->filter : Filter{};
  }
  static void await_event(const NetlinkFilter& filter) {
    pollfd poll{filter.event_fd(), POLLIN, 0};
    ASSERT_EQ(::poll(&poll, 1, 5000), 1);
  }
};

TEST_F(FilterTest, NothingIsThereAtFirst) {
  EXPECT_EQ(found(), Filter{});
}

TEST_F(FilterTest, ATableIsMadeFilledAndReadBack) {
  NetlinkFilter filter = NetlinkFilter::open();
  ASSERT_TRUE(filter.news());
  const FilterEntries drops{drop("192.0.2.10"), drop("169.254.1.1"), drop("2001:db8::10"),
                            drop("fe80::51", 1)};
  Commands commands{MakeFilter{}};
  for (const FilterEntry& one : drops) commands.push_back(shut(one));
  ASSERT_TRUE(filter.execute(commands));
  const auto news = filter.news();
  ASSERT_TRUE(news) << "the core waits to hear that it is there";
  EXPECT_EQ(news->filter, whole(drops));
  EXPECT_FALSE(filter.news());
  EXPECT_EQ(found(), whole(drops));

  ASSERT_TRUE(filter.execute(
      Commands{opened(drop("192.0.2.10")), opened(drop("fe80::51", 1)), shut(drop("192.0.2.11"))}));
  EXPECT_FALSE(filter.news()) << "the core knows what it did";
  EXPECT_EQ(found(), whole({drop("169.254.1.1"), drop("192.0.2.11"), drop("2001:db8::10")}));

  ASSERT_TRUE(filter.execute(Commands{RemoveFilter{}}));
  EXPECT_EQ(found(), Filter{});
  EXPECT_TRUE(filter.execute(Commands{RemoveFilter{}})) << "it is gone, as it should be";
}

AdvertSource source(const AdvertGuard& of, const std::string& first, const std::string& last) {
  return {of, IpAddress::parse(first).value(), IpAddress::parse(last).value()};
}

TEST_F(FilterTest, WhoMaySendAdvertsIsReadBack) {
  const AdvertGuard four{1, Family::kIpv4, Vrid{51}};
  const AdvertGuard six{70000, Family::kIpv6, Vrid{255}};
  const FilterEntries entries{four,
                              six,
                              source(four, "198.51.100.2", "198.51.100.2"),
                              source(four, "10.0.0.0", "10.255.255.255"),
                              source({1, Family::kIpv4, Vrid{52}}, "0.0.0.0", "255.255.255.255"),
                              source(six, "fe80::", "febf:ffff:ffff:ffff:ffff:ffff:ffff:ffff"),
                              source(six, "2001:db8::1", "2001:db8::1"),
                              drop("192.0.2.10")};
  Commands commands{MakeFilter{}};
  for (const FilterEntry& one : entries) commands.push_back(shut(one));
  NetlinkFilter filter = NetlinkFilter::open();
  ASSERT_TRUE(filter.execute(commands));
  EXPECT_EQ(found(), whole(entries));
  const FilterEntry gone = source(four, "10.0.0.0", "10.255.255.255");
  const FilterEntry follows = source(four, "10.1.0.0", "10.1.255.255");
  ASSERT_TRUE(filter.execute(Commands{opened(four), opened(gone), shut(follows)}));
  FilterEntries rest = entries;
  rest.erase(four);
  rest.erase(gone);
  rest.insert(follows);
  EXPECT_EQ(found(), whole(rest));
}

TEST_F(FilterTest, ATableThatIsThereIsMadeAnew) {
  NetlinkFilter filter = NetlinkFilter::open();
  ASSERT_TRUE(filter.execute(Commands{MakeFilter{}, shut(drop("192.0.2.10"))}));
  ASSERT_TRUE(filter.execute(Commands{MakeFilter{}, shut(drop("192.0.2.11"))}));
  EXPECT_EQ(found(), whole({drop("192.0.2.11")}));
}

TEST_F(FilterTest, ThousandsAreReadBack) {
  NetlinkFilter filter = NetlinkFilter::open();
  FilterEntries drops;
  Commands commands{MakeFilter{}};
  for (int i = 0; i < 5000; ++i) {
    const std::string place = std::to_string(i / 200) + "." + std::to_string(i % 200);
    drops.insert(drop("10.1." + place));
    drops.insert(drop("fe80::" + std::to_string(i + 1), i + 1));
  }
  for (const FilterEntry& one : drops) commands.push_back(shut(one));
  ASSERT_TRUE(filter.execute(commands));
  EXPECT_EQ(found(), whole(drops));
}

TEST_F(FilterTest, WhatOthersDoIsNews) {
  NetlinkFilter filter = NetlinkFilter::open();
  ASSERT_TRUE(filter.execute(Commands{MakeFilter{}, shut(drop("192.0.2.10"))}));
  ASSERT_TRUE(filter.news());

  nft("add table inet another");
  await_event(filter);
  EXPECT_FALSE(filter.news()) << "it is not ours";

  nft("delete element inet holdfast ipv4 '{ 192.0.2.10 }'");
  await_event(filter);
  EXPECT_EQ(filter.news().value().filter, whole({}));

  nft("flush chain inet holdfast input");
  await_event(filter);
  EXPECT_EQ(filter.news().value().filter, (Filter{true, false, {}}));

  nft("flush ruleset");
  await_event(filter);
  EXPECT_EQ(filter.news().value().filter, Filter{});
}

TEST_F(FilterTest, ATableThatIsGoneMeanwhileIsNoRefusal) {
  NetlinkFilter filter = NetlinkFilter::open();
  ASSERT_TRUE(filter.execute(Commands{MakeFilter{}}));
  ASSERT_TRUE(filter.news());
  ASSERT_TRUE(NetlinkFilter::open().execute(Commands{RemoveFilter{}}));
  EXPECT_TRUE(filter.execute(Commands{shut(drop("192.0.2.10"))}));
  EXPECT_EQ(filter.news().value().filter, Filter{});
}

TEST_F(FilterTest, ATableOfAnotherShapeIsNotWhole) {
  nft("add table inet holdfast");
  EXPECT_EQ(found(), (Filter{true, false, {}}));
}

// As the header says.
TEST_F(FilterTest, AnOperatorCanReadIt) {
  NetlinkFilter filter = NetlinkFilter::open();
  ASSERT_TRUE(
      filter.execute(Commands{MakeFilter{}, shut(drop("fe80::51", 1)), shut(drop("192.0.2.10"))}));
  for (const char* const line :
       {"type filter hook input priority filter; policy accept;", "icmpv6 type 135-136 accept",
        "ip daddr @ipv4 drop", "ip6 daddr @ipv6 drop", "iif . ip6 daddr @ipv6_link_local drop",
        "sdif . ip6 daddr @ipv6_link_local drop", "elements = { 192.0.2.10 }", "fe80::51",
        "ip saddr != @vrrp4_sources counter packets 0 bytes 0 drop",
        "ip6 saddr != @vrrp6_sources counter packets 0 bytes 0 drop"}) {
    nft(std::string{"list table inet holdfast | grep -qF -- '"} + line + "'");
  }
}

}  // namespace
}  // namespace holdfast::vrrp
