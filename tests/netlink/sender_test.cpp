// SPDX-License-Identifier: Apache-2.0
#include "vrrp-worker/sender.h"

#include <arpa/inet.h>
#include <net/ethernet.h>
#include <netpacket/packet.h>
#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <functional>

#include "tests/netlink/sockets_fixture.h"
#include "vrrp-worker/core/announcement.h"

namespace holdfast::vrrp {
namespace {

constexpr MacAddress kMac{2, 0, 0, 0, 0, 0x42};
constexpr std::uint8_t kNetworkControl = 0xc0;  // TOS, or traffic class

// Every frame that comes in on a link of the far end, as it is.
class Tap {
 public:
  explicit Tap(const std::string& link) : socket_(::socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0)) {
    sockaddr_ll place{};
    place.sll_family = AF_PACKET;
    place.sll_protocol = htons(ETH_P_ALL);
    place.sll_ifindex = index_of(link);
    HF_CHECK(::bind(socket_.get(), reinterpret_cast<const sockaddr*>(&place), sizeof place) == 0);
  }

  // The next one for which `wanted` holds; empty: none came.
  Bytes next(const std::function<bool(const Bytes&)>& wanted) {
    pollfd poll{socket_.get(), POLLIN, 0};
    while (::poll(&poll, 1, 5000) == 1) {
      std::array<std::uint8_t, 2048> buffer{};
      const ssize_t size = ::recv(socket_.get(), buffer.data(), buffer.size(), MSG_DONTWAIT);
      if (size <= 0) continue;
      Bytes frame(buffer.begin(), buffer.begin() + size);
      if (wanted(frame)) return frame;
    }
    return {};
  }

 private:
  OwnedFd socket_;
};

class SenderTest : public SocketsTest {};

TEST_F(SenderTest, AnAdvertOverIpv4IsNetworkControlFromTheGivenAddress) {
  Sender sender = open_sender();
  far_->enter();
  Tap tap("x");
  near_->enter();
  ASSERT_TRUE(sender.send(advert("x", "192.0.2.3", {0x31, 51, 100, 1})).has_value());
  const Bytes frame = tap.next([](const Bytes& one) {
    return one.size() > 34 && one[12] == 0x08 && one[13] == 0x00 && one[23] == kVrrpProtocol;
  });
  ASSERT_FALSE(frame.empty());
  EXPECT_EQ(Bytes(frame.begin(), frame.begin() + 6), (Bytes{0x01, 0x00, 0x5e, 0, 0, 18}));
  EXPECT_EQ(frame[15], kNetworkControl);
  const auto datagram = parse_ipv4_packet(std::span(frame).subspan(14));
  ASSERT_TRUE(datagram.has_value());
  EXPECT_EQ(datagram->source, address("192.0.2.3"));
  EXPECT_EQ(datagram->destination, address("224.0.0.18"));
  EXPECT_EQ(datagram->ttl, 255);
}

TEST_F(SenderTest, AnAdvertOverIpv6IsNetworkControlFromTheLinkLocalAddress) {
  Sender sender = open_sender();
  far_->enter();
  Tap tap("x");
  near_->enter();
  ASSERT_TRUE(sender.send(advert("x", "fe80::1", {0x31, 51, 100, 1})).has_value());
  const Bytes frame = tap.next([](const Bytes& one) {
    return one.size() >= 58 && one[12] == 0x86 && one[13] == 0xdd && one[20] == kVrrpProtocol;
  });
  ASSERT_FALSE(frame.empty());
  EXPECT_EQ(Bytes(frame.begin(), frame.begin() + 6), (Bytes{0x33, 0x33, 0, 0, 0, 0x12}));
  EXPECT_EQ(frame[14] << 4U | frame[15] >> 4U, 0x600 | kNetworkControl);
  EXPECT_EQ(frame[21], 255);  // hop limit
  const Bytes source{0xfe, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};
  const Bytes group{0xff, 0x02, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x12};
  EXPECT_EQ(Bytes(frame.begin() + 22, frame.begin() + 38), source);
  EXPECT_EQ(Bytes(frame.begin() + 38, frame.begin() + 54), group);
  EXPECT_EQ(Bytes(frame.begin() + 54, frame.begin() + 58), (Bytes{0x31, 51, 100, 1}));
}

TEST_F(SenderTest, AnAnnouncementIsOnTheWireAsItIs) {
  Sender sender = open_sender();
  far_->enter();
  Tap tap("x");
  near_->enter();
  for (const char* text : {"192.0.2.10", "2001:db8::10"}) {
    const Bytes frame = announcement(kMac, address(text));
    ASSERT_TRUE(sender.send(SendFrame{index_of("x"), frame}).has_value());
    EXPECT_EQ(tap.next([&](const Bytes& one) { return one == frame; }), frame) << text;
  }
}

TEST_F(SenderTest, AnInterfaceThatIsDownIsAnErrorAndNoMore) {
  Sender sender = open_sender();
  const std::vector<SendPacket> packets{advert("x", "192.0.2.1", {1}), advert("x", "fe80::1", {1})};
  const SendFrame frame{index_of("x"), gratuitous_arp(kMac, address("192.0.2.10"))};
  ip("link set x down");
  for (const SendPacket& packet : packets) EXPECT_FALSE(sender.send(packet).has_value());
  EXPECT_EQ(sender.send(frame).error().message, "cannot send an announcement: Network is down");
  ip("link del x");
  for (const SendPacket& packet : packets) EXPECT_FALSE(sender.send(packet).has_value());
  EXPECT_EQ(sender.send(frame).error().message,
            "cannot send an announcement: No such device or address");
}

}  // namespace
}  // namespace holdfast::vrrp
