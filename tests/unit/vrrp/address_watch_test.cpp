// SPDX-License-Identifier: Apache-2.0
#include "vrrp-worker/core/address_watch.h"

#include <gtest/gtest.h>

#include "tests/unit/vrrp/print.h"

namespace holdfast::vrrp {
namespace {

using Addresses = std::vector<IpAddress>;

Link link(int index, const std::vector<std::string>& prefixes) {
  Link link;
  link.index = index;
  for (const std::string& text : prefixes) link.addresses.push_back({prefix(text), false});
  return link;
}

TEST(AddressWatch, TellsWhatCameAndWent) {
  AddressWatch watch;
  watch.watch({ip("192.0.2.1"), ip("2001:db8::1")});
  EXPECT_FALSE(watch.anywhere(ip("192.0.2.1")));
  EXPECT_EQ(watch.look(link(2, {"192.0.2.1/24", "198.51.100.1/24"})), Addresses{ip("192.0.2.1")});
  EXPECT_EQ(watch.look(link(2, {"192.0.2.1/32"})), Addresses{}) << "of whatever length";
  EXPECT_TRUE(watch.anywhere(ip("192.0.2.1")));
  EXPECT_TRUE(watch.on(2, ip("192.0.2.1")));
  EXPECT_FALSE(watch.on(3, ip("192.0.2.1")));
  EXPECT_EQ(watch.look(link(2, {"2001:db8::1/64"})),
            (Addresses{ip("192.0.2.1"), ip("2001:db8::1")}));
  EXPECT_EQ(watch.gone(2), Addresses{ip("2001:db8::1")});
  EXPECT_EQ(watch.gone(2), Addresses{});
}

TEST(AddressWatch, AnAddressMayBeOnTwoInterfaces) {
  AddressWatch watch;
  watch.watch({ip("192.0.2.1")});
  watch.look(link(2, {"192.0.2.1/24"}));
  watch.look(link(3, {"192.0.2.1/24"}));
  watch.gone(2);
  EXPECT_TRUE(watch.anywhere(ip("192.0.2.1")));
  EXPECT_TRUE(watch.on(3, ip("192.0.2.1")));
}

TEST(AddressWatch, ForgetsWhatIsNoLongerWatched) {
  AddressWatch watch;
  watch.watch({ip("192.0.2.1"), ip("192.0.2.2")});
  watch.look(link(2, {"192.0.2.1/24", "192.0.2.2/24"}));
  watch.watch({ip("192.0.2.2")});
  EXPECT_FALSE(watch.anywhere(ip("192.0.2.1")));
  EXPECT_TRUE(watch.anywhere(ip("192.0.2.2")));
}

}  // namespace
}  // namespace holdfast::vrrp
