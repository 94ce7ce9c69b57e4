// SPDX-License-Identifier: Apache-2.0
#include "vrrp-worker/receiver.h"

#include "tests/netlink/sockets_fixture.h"

namespace holdfast::vrrp {
namespace {

class ReceiverTest : public SocketsTest {};

TEST_F(ReceiverTest, AnAdvertComesInOnItsLinkWithWhatItsHeaderSaid) {
  OneByOne sender = open_sender();
  far_->enter();
  Ear ear;
  const int x = index_of("x");
  const int y = index_of("y");
  EXPECT_TRUE(ear.listen_on(on(x, y)).empty());
  near_->enter();
  const struct {
    const char* cable;
    int link;
    const char* source;
    const char* group;
  } adverts[] = {{"x", x, "192.0.2.3", "224.0.0.18"},
                 {"y", y, "198.51.100.1", "224.0.0.18"},
                 {"x", x, "fe80::1", "ff02::12"},
                 {"y", y, "fe80::11", "ff02::12"}};
  for (const auto& [cable, link, source, group] : adverts) {
    SCOPED_TRACE(source);
    const Bytes payload{0x31, 51, 100, 1, 0, 100, 0, 0, 192, 0, 2, 10};
    ASSERT_TRUE(sender.send(advert(cable, source, payload)).has_value());
    const std::vector<Arrival> arrivals = ear.hear(1);
    ASSERT_EQ(arrivals.size(), 1U);
    EXPECT_EQ(arrivals[0].link, link);
    EXPECT_EQ(arrivals[0].source, address(source));
    EXPECT_EQ(arrivals[0].destination, address(group));
    EXPECT_EQ(arrivals[0].ttl, 255);
    EXPECT_EQ(arrivals[0].payload, payload);
  }
}

TEST_F(ReceiverTest, AUnicastAdvertComesInWithoutAGroupAndKeepsItsTtl) {
  OneByOne sender = open_sender();
  far_->enter();
  Ear ear;
  const int x = index_of("x");
  EXPECT_TRUE(ear.listen_on({{{x, Family::kIpv4}, {{}, {Vrid{51}}}},
                             {{x, Family::kIpv6}, {{}, {Vrid{51}}}}})
                  .empty());
  near_->enter();
  ASSERT_TRUE(sender.send(to_peer("x", "192.0.2.1", "192.0.2.2", 64, {0x31, 51, 1})).has_value());
  std::vector<Arrival> arrivals = ear.hear(1);
  ASSERT_EQ(arrivals.size(), 1U);
  EXPECT_EQ(arrivals[0].source, address("192.0.2.1"));
  EXPECT_EQ(arrivals[0].destination, address("192.0.2.2"));
  EXPECT_EQ(arrivals[0].ttl, 64);

  ASSERT_TRUE(
      sender.send(to_peer("x", "2001:db8::1", "2001:db8::2", 1, {0x31, 51, 2})).has_value());
  arrivals = ear.hear(1);
  ASSERT_EQ(arrivals.size(), 1U);
  EXPECT_EQ(arrivals[0].source, address("2001:db8::1"));
  EXPECT_EQ(arrivals[0].destination, address("2001:db8::2"));
  EXPECT_EQ(arrivals[0].ttl, 1);
}

TEST_F(ReceiverTest, HearsTheGroupsThatItIsToldAndNoOthers) {
  OneByOne sender = open_sender();
  far_->enter();
  Ear ear;
  const int x = index_of("x");
  const auto group = [&](const char* text) {
    return Listening{{{x, Family::kIpv4}, {{address(text)}, {Vrid{51}}}}};
  };
  EXPECT_TRUE(ear.listen_on(group("224.0.0.18")).empty());
  EXPECT_TRUE(ear.listen_on(group("224.0.0.200")).empty());
  near_->enter();
  ASSERT_TRUE(sender.send(advert("x", "192.0.2.1", {0x31, 51, 1})).has_value());
  ASSERT_TRUE(
      sender.send(to_peer("x", "192.0.2.1", "224.0.0.200", 255, {0x31, 51, 2})).has_value());
  const std::vector<Arrival> arrivals = ear.hear(1);
  ASSERT_EQ(arrivals.size(), 1U);
  EXPECT_EQ(arrivals[0].payload, (Bytes{0x31, 51, 2}));
}

TEST_F(ReceiverTest, ManyPacketsAtOnceAllArriveInTheirOrder) {
  OneByOne sender = open_sender();
  for (const char* source : {"192.0.2.1", "fe80::1"}) {
    far_->enter();
    Ear ear;
    EXPECT_TRUE(ear.listen_on(on(index_of("x"))).empty());
    near_->enter();
    for (std::uint8_t i = 0; i < 100; ++i) {
      ASSERT_TRUE(sender.send(advert("x", source, {0x31, 51, i})).has_value());
    }
    const std::vector<Arrival> arrivals = ear.hear(100);
    ASSERT_EQ(arrivals.size(), 100U);
    for (std::uint8_t i = 0; i < 100; ++i) EXPECT_EQ(arrivals[i].payload, (Bytes{0x31, 51, i}));
  }
}

TEST_F(ReceiverTest, ListensWhereItIsToldAndNowhereElse) {
  OneByOne sender = open_sender();
  far_->enter();
  Ear ear;
  const int x = index_of("x");
  const int y = index_of("y");
  EXPECT_TRUE(ear.listen_on(on(x)).empty());
  near_->enter();
  ASSERT_TRUE(sender.send(advert("y", "198.51.100.1", {0x31, 51, 1})).has_value());
  ASSERT_TRUE(sender.send(advert("x", "192.0.2.1", {0x31, 51, 2})).has_value());
  std::vector<Arrival> arrivals = ear.hear(1);
  ASSERT_EQ(arrivals.size(), 1U);
  EXPECT_EQ(arrivals[0].payload, (Bytes{0x31, 51, 2}));

  far_->enter();
  EXPECT_TRUE(ear.listen_on(on(y)).empty());
  near_->enter();
  ASSERT_TRUE(sender.send(advert("x", "192.0.2.1", {0x31, 51, 3})).has_value());
  ASSERT_TRUE(sender.send(advert("y", "198.51.100.1", {0x31, 51, 4})).has_value());
  arrivals = ear.hear(1);
  ASSERT_EQ(arrivals.size(), 1U);
  EXPECT_EQ(arrivals[0].link, y);
  EXPECT_EQ(arrivals[0].payload, (Bytes{0x31, 51, 4}));

  const auto failed = ear.listen_on(on(y, 12345));
  ASSERT_EQ(failed.size(), 1U);
  EXPECT_EQ(failed.at(12345).message,
            "cannot set the membership of a multicast group: No such device");
}

TEST_F(ReceiverTest, OneHostHearsItselfNot) {
  OneByOne sender = open_sender();
  Ear ear;
  EXPECT_TRUE(ear.listen_on(on(index_of("x"))).empty());
  ASSERT_TRUE(sender.send(advert("x", "192.0.2.1", {0x31, 51, 1})).has_value());
  ASSERT_TRUE(sender.send(advert("x", "fe80::1", {0x31, 51, 1})).has_value());
  far_->enter();
  OneByOne far_sender = open_sender();
  ASSERT_TRUE(far_sender.send(advert("x", "192.0.2.2", {0x31, 51, 2})).has_value());
  ASSERT_TRUE(far_sender.send(advert("x", "fe80::2", {0x31, 51, 2})).has_value());
  const std::vector<Arrival> arrivals = ear.hear(2);
  ASSERT_EQ(arrivals.size(), 2U);
  for (const Arrival& arrival : arrivals) EXPECT_EQ(arrival.payload, (Bytes{0x31, 51, 2}));
}

// The kernel itself drops the others: what is not passed on wakes nobody.
TEST_F(ReceiverTest, HearsTheVridsThatItIsToldAndNoOthers) {
  OneByOne sender = open_sender();
  const std::vector<std::set<Vrid>> wanted{
      {Vrid{51}}, {Vrid{1}, Vrid{31}, Vrid{32}, Vrid{33}, Vrid{128}, Vrid{255}}, all_vrids(), {}};
  for (const char* source : {"192.0.2.1", "fe80::1"}) {
    const Family family = address(source).family();
    far_->enter();
    Ear ear;
    const int x = index_of("x");
    for (const std::set<Vrid>& vrids : wanted) {
      far_->enter();
      EXPECT_TRUE(ear.listen_on({{{x, family}, {{vrrp_group(family)}, vrids}}}).empty());
      near_->enter();
      for (int vrid = 0; vrid < 256; ++vrid) {
        const auto value = static_cast<std::uint8_t>(vrid);
        ASSERT_TRUE(sender.send(advert("x", source, {0x31, value, 0})).has_value());
      }
      // Too short to have a VRID.
      ASSERT_TRUE(sender.send(advert("x", source, {0x31})).has_value());
      far_->enter();
      EXPECT_TRUE(ear.listen_on({{{x, family}, {{vrrp_group(family)}, all_vrids()}}}).empty());
      near_->enter();
      ASSERT_TRUE(sender.send(advert("x", source, {0x31, 51, 99})).has_value());
      const std::vector<Arrival> arrivals = ear.hear(vrids.size() + 1);
      ASSERT_EQ(arrivals.size(), vrids.size() + 1) << source;
      std::set<Vrid> heard;
      for (std::size_t i = 0; i < vrids.size(); ++i) heard.insert(Vrid{arrivals[i].payload[1]});
      EXPECT_EQ(heard, vrids) << source;
      EXPECT_EQ(arrivals.back().payload, (Bytes{0x31, 51, 99}));
    }
  }
}

}  // namespace
}  // namespace holdfast::vrrp
