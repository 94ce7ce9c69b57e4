// SPDX-License-Identifier: Apache-2.0
#include "vrrp-worker/core/link_table.h"

#include <gtest/gtest.h>

namespace holdfast::vrrp {
namespace {

Link link(int index, const std::string& name) {
  Link link;
  link.index = index;
  link.name = name;
  return link;
}

int index_of(LinkTable& table, const std::string& name) {
  const Link* found = table.named(name);
  EXPECT_EQ(std::as_const(table).named(name), found);
  return found == nullptr ? 0 : found->index;
}

TEST(LinkTable, FindsByIndexAndByName) {
  LinkTable table;
  EXPECT_EQ(table.set(link(2, "eth0")), "");
  EXPECT_EQ(table.set(link(3, "eth1")), "");
  EXPECT_EQ(table.find(2)->name, "eth0");
  EXPECT_EQ(index_of(table, "eth1"), 3);
  EXPECT_EQ(table.find(4), nullptr);
  EXPECT_EQ(index_of(table, "eth2"), 0);
  EXPECT_EQ(table.all().size(), 2U);
}

TEST(LinkTable, TakesAChangedLinkWhole) {
  LinkTable table;
  table.set(link(2, "eth0"));
  Link up = link(2, "eth0");
  up.up = true;
  EXPECT_EQ(table.set(up), "eth0");
  EXPECT_EQ(*table.find(2), up);
}

TEST(LinkTable, FollowsARename) {
  LinkTable table;
  table.set(link(2, "eth0"));
  EXPECT_EQ(table.set(link(2, "wan")), "eth0");
  EXPECT_EQ(index_of(table, "eth0"), 0);
  EXPECT_EQ(index_of(table, "wan"), 2);
}

TEST(LinkTable, FollowsASwapOfNamesThroughAMomentInWhichTwoHaveTheSame) {
  LinkTable table;
  table.set(link(2, "eth0"));
  table.set(link(3, "eth1"));
  table.set(link(3, "eth0"));
  EXPECT_EQ(index_of(table, "eth0"), 3);
  table.set(link(2, "eth1"));
  EXPECT_EQ(index_of(table, "eth0"), 3);
  EXPECT_EQ(index_of(table, "eth1"), 2);
}

TEST(LinkTable, ForgetsWhatIsGone) {
  LinkTable table;
  table.set(link(2, "eth0"));
  table.erase(2);
  EXPECT_EQ(table.find(2), nullptr);
  EXPECT_EQ(index_of(table, "eth0"), 0);
  table.erase(2);
  EXPECT_TRUE(table.all().empty());
}

TEST(LinkTable, KeepsANameThatMovedOnWhenItsFirstBearerGoes) {
  LinkTable table;
  table.set(link(2, "eth0"));
  table.set(link(3, "eth0"));
  table.erase(2);
  EXPECT_EQ(index_of(table, "eth0"), 3);
}

TEST(LinkTable, FindsTheSameNameAgainUnderANewIndex) {
  LinkTable table;
  table.set(link(2, "eth0"));
  table.erase(2);
  EXPECT_EQ(table.set(link(7, "eth0")), "");
  EXPECT_EQ(index_of(table, "eth0"), 7);
}

TEST(LinkTable, AnswersAnewWhatItWasAskedBeforeAChange) {
  LinkTable table;
  table.set(link(2, "eth0"));
  EXPECT_EQ(index_of(table, "eth0"), 2);
  table.set(link(3, "eth0"));
  EXPECT_EQ(index_of(table, "eth0"), 3);
  table.erase(3);
  EXPECT_EQ(index_of(table, "eth0"), 0);
}

TEST(LinkTable, ACopyAnswersWithItsOwn) {
  LinkTable table;
  table.set(link(2, "eth0"));
  const Link* const before = table.named("eth0");
  LinkTable copy = table;
  EXPECT_EQ(copy.named("eth0"), copy.find(2));
  copy = table;
  EXPECT_EQ(copy.named("eth0"), copy.find(2));
  EXPECT_EQ(table.named("eth0"), before);
}

TEST(Link, FindsAnAddressWhereverItIsLookedForFirst) {
  Link has = link(2, "eth0");
  for (const char* text : {"192.0.2.1/32", "192.0.2.2/32", "192.0.2.4/32", "192.0.2.4/24"}) {
    has.insert({IpPrefix::parse(text).value()});
  }
  const IpPrefix missing = IpPrefix::parse("192.0.2.3/32").value();
  for (std::size_t first = 0; first <= has.addresses.size() + 1; ++first) {
    for (const LinkAddress& address : has.addresses) {
      std::size_t place = first;
      EXPECT_EQ(has.find(address.prefix, place), &address);
      EXPECT_EQ(has.addresses.data() + place, &address + 1);
    }
    std::size_t place = first;
    EXPECT_EQ(has.find(missing, place), nullptr);
    EXPECT_EQ(place, first);
  }
}

}  // namespace
}  // namespace holdfast::vrrp
