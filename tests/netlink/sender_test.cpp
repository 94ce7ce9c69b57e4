// SPDX-License-Identifier: Apache-2.0
#include "vrrp-worker/sender.h"

#include <arpa/inet.h>
#include <net/ethernet.h>
#include <netpacket/packet.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <functional>
#include <map>
#include <set>

#include "common/socket_buffers.h"
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
    enlarge_receive_buffer(socket_, 1 << 20);
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

// RFC 1071; all ones, of what has its own checksum in it.
unsigned internet_sum(std::span<const std::uint8_t> bytes) {
  unsigned sum = 0;
  for (std::size_t at = 0; at + 1 < bytes.size(); at += 2) {
    sum += static_cast<unsigned>(bytes[at] << 8U | bytes[at + 1]);
  }
  return (sum & 0xffffU) + (sum >> 16U);
}

class SenderTest : public SocketsTest {};

TEST_F(SenderTest, AnAdvertOverIpv4IsNetworkControlFromTheGivenAddress) {
  OneByOne sender = open_sender();
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
  EXPECT_EQ(Bytes(frame.begin() + 16, frame.begin() + 22), (Bytes{0, 24, 0, 0, 0x40, 0}));
  EXPECT_EQ(internet_sum(std::span(frame).subspan(14, 20)), 0xffff);
  const auto datagram = parse_ipv4_packet(std::span(frame).subspan(14));
  ASSERT_TRUE(datagram.has_value());
  EXPECT_EQ(datagram->source, address("192.0.2.3"));
  EXPECT_EQ(datagram->destination, address("224.0.0.18"));
  EXPECT_EQ(datagram->ttl, 255);
}

// Its header is the kernel's.
TEST_F(SenderTest, ALongAdvertOverIpv4IsPartedWhereALinkIsTooNarrow) {
  OneByOne sender = open_sender();
  far_->enter();
  Tap tap("x");
  near_->enter();
  ASSERT_TRUE(sender.send(advert("x", "192.0.2.3", Bytes(1600, 0x31))).has_value());
  const Bytes frame = tap.next([](const Bytes& one) {
    return one.size() > 1000 && one[12] == 0x08 && one[13] == 0x00 && one[23] == kVrrpProtocol;
  });
  ASSERT_FALSE(frame.empty());
  EXPECT_EQ(frame[15], kNetworkControl);
  EXPECT_EQ(frame[20], 0x20) << "more fragments follow";
  EXPECT_EQ(frame[22], kVrrpTtl);
}

TEST_F(SenderTest, AnAdvertOverIpv6IsNetworkControlFromTheLinkLocalAddress) {
  OneByOne sender = open_sender();
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
  OneByOne sender = open_sender();
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
  OneByOne sender = open_sender();
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

// More than go into one system call, of both families, some of them on an interface that is not.
TEST_F(SenderTest, ManyGoAtOnceInTheirOrderAndOneThatFailsKeepsNoneBack) {
  OneByOne sender = open_sender();
  constexpr std::size_t kCount = 700;
  const std::set<std::size_t> bad{0, 255, 256, 300, 301, 699};
  std::vector<SendPacket> packets;
  for (std::size_t i = 0; i < kCount; ++i) {
    const auto high = static_cast<std::uint8_t>(i / 256);
    const auto low = static_cast<std::uint8_t>(i % 256);
    packets.push_back(advert("x", i % 3 == 0 ? "fe80::1" : "192.0.2.1", {0x31, 51, high, low}));
    if (bad.contains(i)) packets.back().link = 12345;
  }
  std::vector<const SendPacket*> all;
  for (const SendPacket& packet : packets) all.push_back(&packet);
  far_->enter();
  Ear ear;
  EXPECT_TRUE(ear.listen_on(on(index_of("x"))).empty());
  near_->enter();

  std::set<std::size_t> failed;
  for (const auto& [place, error] : sender.batches().send(all)) {
    failed.insert(place);
    EXPECT_EQ(error.message, "cannot send an advert: No such device");
  }
  EXPECT_EQ(failed, bad);
  std::map<Family, std::vector<std::size_t>> heard;
  for (const Arrival& arrival : ear.hear(kCount - bad.size())) {
    heard[arrival.source.family()].push_back(arrival.payload[2] * 256U + arrival.payload[3]);
  }
  EXPECT_EQ(heard[Family::kIpv4].size() + heard[Family::kIpv6].size(), kCount - bad.size());
  for (const auto& [family, numbers] : heard) {
    EXPECT_TRUE(std::is_sorted(numbers.begin(), numbers.end()));
    for (const std::size_t number : numbers) EXPECT_EQ(number % 3 == 0, family == Family::kIpv6);
  }
}

TEST_F(SenderTest, ManyAnnouncementsGoAtOnce) {
  OneByOne sender = open_sender();
  far_->enter();
  Tap tap("x");
  near_->enter();
  std::vector<SendFrame> frames;
  for (int i = 0; i < 300; ++i) {
    const std::string text = "10.0." + std::to_string(i / 250) + "." + std::to_string(i % 250);
    frames.push_back({index_of(i == 100 ? "lo" : "x"), gratuitous_arp(kMac, address(text))});
  }
  frames[200].link = 12345;
  std::vector<const SendFrame*> all;
  for (const SendFrame& frame : frames) all.push_back(&frame);
  const auto failed = sender.batches().send(all);
  ASSERT_EQ(failed.size(), 2U);
  EXPECT_EQ(failed[0].place, 100U);
  EXPECT_EQ(failed[0].error.message, "cannot send an announcement: Network is down");
  EXPECT_EQ(failed[1].place, 200U);
  EXPECT_EQ(failed[1].error.message, "cannot send an announcement: No such device or address");
  const auto is_arp = [](const Bytes& one) {
    return one.size() == 42 && one[12] == 8 && one[13] == 6;
  };
  for (std::size_t i = 0; i < frames.size(); ++i) {
    if (i == 100 || i == 200) continue;
    ASSERT_EQ(Payload(tap.next(is_arp)), frames[i].frame) << i;
  }
}

}  // namespace
}  // namespace holdfast::vrrp
