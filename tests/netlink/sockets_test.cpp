// SPDX-License-Identifier: Apache-2.0
#include "vrrp-worker/sockets.h"

#include <arpa/inet.h>
#include <net/ethernet.h>
#include <netpacket/packet.h>
#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <string>
#include <utility>
#include <vector>

#include "common/clock.h"
#include "tests/netlink/namespace.h"
#include "vrrp-worker/core/advert.h"
#include "vrrp-worker/core/arp.h"

namespace holdfast::vrrp {
namespace {

using Bytes = std::vector<std::uint8_t>;

constexpr auto kPatience = std::chrono::seconds{5};

IpAddress address(const std::string& text) {
  return IpAddress::parse(text).value();
}

Sender open_sender() {
  Result<Sender> sender = Sender::open();
  HF_CHECK(sender.has_value());
  return std::move(*sender);
}

// Two hosts, "near" and "far", with two cables: x at either end, y at either end. The test is near.
class SocketsTest : public RootTest {
 protected:
  void SetUp() override {
    RootTest::SetUp();
    if (IsSkipped()) return;
    far_.emplace();
    near_.emplace();
    lay_cable("x");
    lay_cable("y");
    ip("addr add 192.0.2.1/24 dev x");
    ip("addr add 192.0.2.3/24 dev x");
    ip("addr add 198.51.100.1/24 dev y");
    far_->enter();
    ip("addr add 192.0.2.2/24 dev x");
    ip("addr add 198.51.100.2/24 dev y");
    ip("link set x up");
    ip("link set y up");
    await_cables();
    near_->enter();
    await_cables();
  }

  void lay_cable(const std::string& name) {
    ip("link add " + name + " type veth peer name " + name + " netns " + far_->path());
    ip("link set " + name + " up");
  }

  static void await_cables() {
    Netlink netlink = open_netlink();
    await(netlink, "x", true);
    await(netlink, "y", true);
  }

  SendPacket advert(const std::string& cable, const std::string& source, Bytes payload) const {
    return {index_of(cable), address(source), vrrp_group(Family::kIpv4), std::move(payload)};
  }

  std::optional<Namespace> near_;
  std::optional<Namespace> far_;
};

struct Arrival {
  int link;
  Bytes packet;
};

// Hears what comes in on the links, until there were so many packets.
class Ear {
 public:
  Ear() : deadline_(loop_, [this] { loop_.stop(); }) {}

  std::vector<Arrival> hear(std::size_t count) {
    wanted_ = count;
    deadline_.set(monotonic_now() + kPatience);
    if (arrivals_.size() < wanted_) loop_.run();
    deadline_.set(std::nullopt);
    return std::exchange(arrivals_, {});
  }

  EventLoop loop_;
  Timer deadline_;
  std::size_t wanted_ = 0;
  std::vector<Arrival> arrivals_;
  Receiver receiver_{loop_, [this](int link, std::span<const std::uint8_t> packet) {
                       arrivals_.push_back({link, {packet.begin(), packet.end()}});
                       if (arrivals_.size() >= wanted_) loop_.stop();
                     }};
};

TEST_F(SocketsTest, AnAdvertGoesOutOnItsLinkAsTheProtocolWantsIt) {
  Sender sender = open_sender();
  far_->enter();
  Ear ear;
  const int x = index_of("x");
  const int y = index_of("y");
  EXPECT_TRUE(ear.receiver_.listen_on({x, y}).empty());
  near_->enter();

  const Bytes payload{0x31, 51, 100, 1, 0, 100, 0, 0, 192, 0, 2, 10};
  ASSERT_TRUE(sender.send(advert("x", "192.0.2.3", payload)).has_value());
  ASSERT_TRUE(sender.send(advert("y", "198.51.100.1", {1, 2, 3})).has_value());
  const std::vector<Arrival> arrivals = ear.hear(2);
  ASSERT_EQ(arrivals.size(), 2U);
  const Arrival& on_x = arrivals[0].link == x ? arrivals[0] : arrivals[1];
  const Arrival& on_y = arrivals[0].link == x ? arrivals[1] : arrivals[0];
  EXPECT_EQ(on_x.link, x);
  EXPECT_EQ(on_y.link, y);

  EXPECT_EQ(on_x.packet[1], 0xc0);  // network control
  const auto datagram = parse_ipv4_packet(on_x.packet);
  ASSERT_TRUE(datagram.has_value());
  EXPECT_EQ(datagram->source, address("192.0.2.3"));
  EXPECT_EQ(datagram->destination, address("224.0.0.18"));
  EXPECT_EQ(datagram->ttl, 255);
  EXPECT_EQ(Bytes(datagram->payload.begin(), datagram->payload.end()), payload);
  EXPECT_EQ(parse_ipv4_packet(on_y.packet)->source, address("198.51.100.1"));
}

TEST_F(SocketsTest, ManyPacketsAtOnceAllArriveInTheirOrder) {
  Sender sender = open_sender();
  far_->enter();
  Ear ear;
  EXPECT_TRUE(ear.receiver_.listen_on({index_of("x")}).empty());
  near_->enter();
  for (std::uint8_t i = 0; i < 100; ++i) {
    ASSERT_TRUE(sender.send(advert("x", "192.0.2.1", {i})).has_value());
  }
  const std::vector<Arrival> arrivals = ear.hear(100);
  ASSERT_EQ(arrivals.size(), 100U);
  for (std::uint8_t i = 0; i < 100; ++i) EXPECT_EQ(arrivals[i].packet.back(), i);
}

TEST_F(SocketsTest, ListensWhereItIsToldAndNowhereElse) {
  Sender sender = open_sender();
  far_->enter();
  Ear ear;
  const int x = index_of("x");
  const int y = index_of("y");
  EXPECT_TRUE(ear.receiver_.listen_on({x}).empty());
  near_->enter();
  ASSERT_TRUE(sender.send(advert("y", "198.51.100.1", {1})).has_value());
  ASSERT_TRUE(sender.send(advert("x", "192.0.2.1", {2})).has_value());
  std::vector<Arrival> arrivals = ear.hear(1);
  ASSERT_EQ(arrivals.size(), 1U);
  EXPECT_EQ(arrivals[0].packet.back(), 2);

  far_->enter();
  EXPECT_TRUE(ear.receiver_.listen_on({y}).empty());
  near_->enter();
  ASSERT_TRUE(sender.send(advert("x", "192.0.2.1", {3})).has_value());
  ASSERT_TRUE(sender.send(advert("y", "198.51.100.1", {4})).has_value());
  arrivals = ear.hear(1);
  ASSERT_EQ(arrivals.size(), 1U);
  EXPECT_EQ(arrivals[0].link, y);
  EXPECT_EQ(arrivals[0].packet.back(), 4);

  const auto failed = ear.receiver_.listen_on({y, 12345});
  ASSERT_EQ(failed.size(), 1U);
  EXPECT_EQ(failed.at(12345).message, "cannot set IP_ADD_MEMBERSHIP: No such device");
}

TEST_F(SocketsTest, OneHostHearsItselfNot) {
  Sender sender = open_sender();
  Ear ear;
  EXPECT_TRUE(ear.receiver_.listen_on({index_of("x")}).empty());
  ASSERT_TRUE(sender.send(advert("x", "192.0.2.1", {1})).has_value());
  far_->enter();
  Sender far_sender = open_sender();
  ASSERT_TRUE(far_sender.send(advert("x", "192.0.2.2", {2})).has_value());
  const std::vector<Arrival> arrivals = ear.hear(1);
  ASSERT_EQ(arrivals.size(), 1U);
  EXPECT_EQ(arrivals[0].packet.back(), 2);
}

TEST_F(SocketsTest, AnInterfaceThatIsDownIsAnErrorAndNoMore) {
  Sender sender = open_sender();
  const SendPacket packet = advert("x", "192.0.2.1", {1});
  const SendArp arp{index_of("x"), gratuitous_arp(MacAddress{2}, address("192.0.2.10"))};
  ip("link set x down");
  EXPECT_FALSE(sender.send(packet).has_value());
  EXPECT_EQ(sender.send(arp).error().message, "cannot send an ARP announcement: Network is down");
  ip("link del x");
  EXPECT_FALSE(sender.send(packet).has_value());
  EXPECT_EQ(sender.send(arp).error().message,
            "cannot send an ARP announcement: No such device or address");
}

TEST_F(SocketsTest, AnArpFrameIsOnTheWireAsItIs) {
  Sender sender = open_sender();
  far_->enter();
  const OwnedFd tap(::socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, htons(ETH_P_ARP)));
  ASSERT_TRUE(tap);
  near_->enter();
  const MacAddress mac{2, 0, 0, 0, 0, 0x42};
  const Bytes frame = gratuitous_arp(mac, address("192.0.2.10"));
  ASSERT_TRUE(sender.send(SendArp{index_of("x"), frame}).has_value());

  pollfd poll{tap.get(), POLLIN, 0};
  ASSERT_EQ(::poll(&poll, 1, 5000), 1);
  std::array<std::uint8_t, 2048> buffer{};
  const ssize_t size = ::recv(tap.get(), buffer.data(), buffer.size(), MSG_DONTWAIT);
  ASSERT_GT(size, 0);
  EXPECT_EQ(Bytes(buffer.begin(), buffer.begin() + size), frame);
}

}  // namespace
}  // namespace holdfast::vrrp
