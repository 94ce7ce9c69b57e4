// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/vrrp/core_support.h"

// Addresses that are held and announced, and never in adverts.
namespace holdfast::vrrp {
namespace {

class VrrpCoreExcludedTest : public VrrpCoreTest {
 protected:
  static InstanceConfig config() {
    InstanceConfig config = instance();
    config.excluded_addresses = {prefix("203.0.113.7/32"), prefix("2001:db8::7/64")};
    return config;
  }
};

TEST_F(VrrpCoreExcludedTest, AreHeldAndAnnouncedAndNotInAdverts) {
  begin(config_of({config()}));
  const Lines lines = wake_when_due();
  EXPECT_EQ(only(lines, "add"), (Lines{"add 192.0.2.10/24 on 2", "add 203.0.113.7/32 on 2",
                                       "add 2001:db8::7/64 on 2"}));
  EXPECT_EQ(only(lines, "na"), burst("2001:db8::7"));
  EXPECT_EQ(only(lines, "arp").size(), 10U);
  const SendPacket sent = std::get<SendPacket>(actions_.at(0));
  EXPECT_EQ(decode_advert({sent.source, sent.destination, sent.ttl, sent.payload})->addresses,
            std::vector<IpAddress>{ip("192.0.2.10")});
}

TEST_F(VrrpCoreExcludedTest, AreNotExpectedFromPeersAndGoWithTheOthers) {
  be_active(config_of({config()}));
  EXPECT_EQ(only(receive(advert(150, instance())), "report").size(), 1U);
  EXPECT_EQ(wake_when_due(), (Lines{"remove 192.0.2.10/24 on 2", "remove 203.0.113.7/32 on 2",
                                    "remove 2001:db8::7/64 on 2"}));
}

TEST_F(VrrpCoreExcludedTest, ARefusedOneIsAFault) {
  be_active(config_of({config()}));
  const Lines lines = handle(AddressRefused{2, prefix("2001:db8::7/64"), "no buffer space"});
  EXPECT_EQ(only(lines, "report"),
            Lines{"report one FAULT 100 since 3.609 s: the kernel refused 2001:db8::7/64 on eth0: "
                  "no buffer space"});
  EXPECT_EQ(only(lines, "remove"),
            (Lines{"remove 192.0.2.10/24 on 2", "remove 203.0.113.7/32 on 2"}));
}

TEST_F(VrrpCoreExcludedTest, AReloadChangesOnlyWhatDiffers) {
  be_active();
  EXPECT_EQ(only(handle(config_of({config()})), "add"),
            (Lines{"add 203.0.113.7/32 on 2", "add 2001:db8::7/64 on 2"}));
  EXPECT_EQ(only(handle(config_of({instance()})), "remove"),
            (Lines{"remove 203.0.113.7/32 on 2", "remove 2001:db8::7/64 on 2"}));
}

}  // namespace
}  // namespace holdfast::vrrp
