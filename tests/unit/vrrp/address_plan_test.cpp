// SPDX-License-Identifier: Apache-2.0
#include "vrrp-worker/core/address_plan.h"

#include <gtest/gtest.h>

#include <random>

#include "tests/unit/vrrp/print.h"

namespace holdfast::vrrp {
namespace {

using Prefixes = std::vector<IpPrefix>;
using Addresses = std::vector<VirtualAddress>;

const IpPrefix kA = prefix("192.0.2.10/24");
const IpPrefix kB = prefix("192.0.2.11/24");
const IpPrefix kForeign = prefix("198.51.100.1/24");

LinkAddress marked(const IpPrefix& prefix) {
  return {prefix, true};
}
LinkAddress unmarked(const IpPrefix& prefix) {
  return {prefix, false};
}

TEST(AddressPlan, AddsWhatIsMissingAndNothingElse) {
  const AddressPlan plan = plan_addresses({kA, kB}, {}, {unmarked(kForeign), marked(kA)});
  EXPECT_EQ(plan.add, Addresses{kB});
  EXPECT_EQ(plan.remove, Prefixes{});
}

TEST(AddressPlan, IsEmptyWhenAllIsAsItShouldBe) {
  const AddressPlan plan =
      plan_addresses({kA, kB}, {kA.address}, {marked(kB), unmarked(kForeign), unmarked(kA)});
  EXPECT_EQ(plan.add, Addresses{});
  EXPECT_EQ(plan.remove, Prefixes{});
}

TEST(AddressPlan, RemovesWhatCarriesOurMark) {
  const AddressPlan plan = plan_addresses({}, {}, {marked(kA), marked(kForeign)});
  EXPECT_EQ(plan.remove, (Prefixes{kA, kForeign}));
}

TEST(AddressPlan, RemovesWhatIsOursWithoutAMark) {
  const AddressPlan plan = plan_addresses({}, {kA.address}, {unmarked(kA), unmarked(kB)});
  EXPECT_EQ(plan.remove, Prefixes{kA});
}

TEST(AddressPlan, LeavesWhatIsSomebodyElses) {
  const AddressPlan plan = plan_addresses({kA}, {kA.address}, {unmarked(kForeign), unmarked(kB)});
  EXPECT_EQ(plan.remove, Prefixes{});
}

TEST(AddressPlan, ReplacesAnAddressWhoseLengthIsAnother) {
  const IpPrefix narrow = prefix("192.0.2.10/32");
  const AddressPlan plan = plan_addresses({narrow}, {kA.address}, {unmarked(kA)});
  EXPECT_EQ(plan.add, Addresses{narrow});
  EXPECT_EQ(plan.remove, Prefixes{kA});
}

VirtualAddress labelled(const IpPrefix& prefix) {
  VirtualAddress address{prefix};
  address.traits.label = "eth0:vip";
  return address;
}

TEST(AddressPlan, ReplacesOurAddressWhoseTraitsAreOthers) {
  const AddressPlan plan = plan_addresses({labelled(kA)}, {kA.address}, {marked(kA)});
  EXPECT_EQ(plan.replace, Addresses{labelled(kA)});
  EXPECT_EQ(plan.add, Addresses{});
  EXPECT_EQ(plan.remove, Prefixes{});
  const LinkAddress as_desired{kA, true, labelled(kA).traits};
  EXPECT_EQ(plan_addresses({labelled(kA)}, {}, {as_desired}).replace, Addresses{});
}

TEST(AddressPlan, LeavesTheTraitsOfWhatWasThereBeforeUs) {
  const AddressPlan plan = plan_addresses({labelled(kA)}, {kA.address}, {unmarked(kA)});
  EXPECT_EQ(plan.replace, Addresses{});
  EXPECT_EQ(plan.add, Addresses{});
}

TEST(AddressPlan, LeadsToWhatIsDesiredInOneStep) {
  const unsigned seed = random_seed();
  SCOPED_TRACE("HOLDFAST_SEED=" + std::to_string(seed));
  std::mt19937 random(seed);
  const auto pick = [&] {
    return IpPrefix{IpAddress::v4({10, 0, 0, static_cast<std::uint8_t>(random() % 6)}), 24};
  };
  for (int i = 0; i < 2000; ++i) {
    AddressSet desired;
    std::set<IpAddress> ours;
    std::set<LinkAddress> actual;
    for (auto n = random() % 4; n > 0; --n) desired.insert(pick());
    for (auto n = random() % 4; n > 0; --n) ours.insert(pick().address);
    std::set<IpPrefix> link;
    for (auto n = random() % 6; n > 0; --n) {
      const LinkAddress have{pick(), random() % 2 == 0};
      if (link.insert(have.prefix).second) actual.insert(have);
    }
    const std::vector<LinkAddress> before(actual.begin(), actual.end());
    const AddressPlan plan = plan_addresses(desired, ours, before);
    for (const IpPrefix& prefix : plan.add) EXPECT_TRUE(link.insert(prefix).second);
    for (const IpPrefix& prefix : plan.remove) EXPECT_EQ(link.erase(prefix), 1U);
    for (const LinkAddress& have : before) {
      const bool foreign = !have.marked && !ours.contains(have.prefix.address);
      EXPECT_EQ(link.contains(have.prefix), foreign || desired.contains(have.prefix));
    }
    for (const IpPrefix& prefix : desired) EXPECT_TRUE(link.contains(prefix));
  }
}

}  // namespace
}  // namespace holdfast::vrrp
