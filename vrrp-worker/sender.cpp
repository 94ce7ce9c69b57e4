// SPDX-License-Identifier: Apache-2.0
#include "vrrp-worker/sender.h"

#include <arpa/inet.h>
#include <linux/filter.h>
#include <net/ethernet.h>
#include <netinet/ip.h>
#include <netpacket/packet.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <numeric>
#include <utility>

#include "common/socket_buffers.h"
#include "vrrp-worker/core/advert.h"
#include "vrrp-worker/socket_options.h"

namespace holdfast::vrrp {
namespace {

constexpr int kIpv6Freebind = 78;   // IPV6_FREEBIND, which the headers of glibc lack
constexpr int kNetworkControl = 7;  // TC_PRIO_CONTROL
// Some thousands of packets may wait for a slow link; the default is room for 277.
constexpr int kSendBuffer = 4 << 20;
constexpr std::size_t kEveryLinkTakes = 68;  // bytes in one piece, RFC 791
constexpr std::size_t kBatchMax = 256;  // messages in one system call; the kernel's limit is 1024

// Then it needs no kernel that parts it, and goes with a header of ours: as adverts of up to ten
// addresses do.
bool goes_whole(const SendPacket& packet) {
  return sizeof(iphdr) + packet.payload.bytes().size() <= kEveryLinkTakes;
}

// The kernel adds the lengths and the checksum.
iphdr ipv4_header(const SendPacket& packet) {
  iphdr header{};
  header.version = IPVERSION;
  header.ihl = sizeof header / sizeof(std::uint32_t);
  header.tos = IPTOS_PREC_INTERNETCONTROL;
  header.frag_off = htons(IP_DF);
  header.ttl = packet.ttl;
  header.protocol = kVrrpProtocol;
  header.saddr = in_addr_of(packet.source).s_addr;
  header.daddr = in_addr_of(packet.destination).s_addr;
  return header;
}

// A raw socket gets a copy of every packet of its protocol, one that only sends too.
Result<void> receive_nothing(const OwnedFd& socket) {
  sock_filter drop = BPF_STMT(BPF_RET | BPF_K, 0);
  const sock_fprog program{1, &drop};
  return set_option(socket, SOL_SOCKET, SO_ATTACH_FILTER, program, "SO_ATTACH_FILTER");
}

Result<OwnedFd> open_raw(int family, std::span<const SocketOption> options) {
  OwnedFd socket(::socket(family, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, kVrrpProtocol));
  if (!socket) return fail_errno("cannot open a raw socket");
  if (auto set = receive_nothing(socket); !set) return tl::unexpected(set.error());
  if (auto set = set_options(socket, options); !set) return tl::unexpected(set.error());
  enlarge_send_buffer(socket, kSendBuffer);
  return socket;
}

// To put a header before each message takes the kernel a fifth of the time of sending it.
Result<OwnedFd> open_ipv4(bool with_headers) {
  const std::array kOptions{
      SocketOption{IPPROTO_IP, IP_MULTICAST_LOOP, 0, "IP_MULTICAST_LOOP"},
      SocketOption{IPPROTO_IP, IP_TOS, IPTOS_PREC_INTERNETCONTROL, "IP_TOS"},
      SocketOption{SOL_SOCKET, SO_PRIORITY, kNetworkControl, "SO_PRIORITY"},  // IP_TOS sets it too
      SocketOption{IPPROTO_IP, IP_HDRINCL, with_headers ? 1 : 0, "IP_HDRINCL"},
  };
  return open_raw(AF_INET, kOptions);
}

Result<OwnedFd> open_ipv6() {
  constexpr std::array kOptions{
      SocketOption{IPPROTO_IPV6, IPV6_MULTICAST_LOOP, 0, "IPV6_MULTICAST_LOOP"},
      SocketOption{IPPROTO_IPV6, IPV6_TCLASS, IPTOS_PREC_INTERNETCONTROL, "IPV6_TCLASS"},
      SocketOption{SOL_SOCKET, SO_PRIORITY, kNetworkControl, "SO_PRIORITY"},
      // By a virtual device go packets from the link-local address of its base.
      SocketOption{IPPROTO_IPV6, kIpv6Freebind, 1, "IPV6_FREEBIND"},
  };
  Result<OwnedFd> socket = open_raw(AF_INET6, kOptions);
  if (!socket && errno == EAFNOSUPPORT) return OwnedFd();
  return socket;
}

Result<OwnedFd> open_frames() {
  // Protocol 0: it receives nothing.
  OwnedFd socket(::socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!socket) return fail_errno("cannot open a packet socket");
  enlarge_send_buffer(socket, kSendBuffer);
  return socket;
}

// The headers of one packet for sendmmsg(): its destination, by which link and from which address,
// and how far it goes. Points into itself and into the packet.
class Envelope {
 public:
  Envelope() = default;
  Envelope(const Envelope&) = delete;
  Envelope& operator=(const Envelope&) = delete;

  msghdr address(const SendPacket& packet) {
    begin(packet.payload);
    used_ = 0;
    header_.msg_control = control_.data();
    if (packet.source.is_v4()) {
      address_ipv4(packet);
    } else {
      address_ipv6(packet);
    }
    header_.msg_controllen = used_;
    return header_;
  }
  msghdr address(const SendFrame& frame) {
    constexpr std::size_t kEtherType = 12;
    const std::span<const std::uint8_t> bytes = frame.frame;
    HF_CHECK(bytes.size() > kEtherType + 2);
    begin(bytes);
    destination_.link = {};
    destination_.link.sll_family = AF_PACKET;
    std::memcpy(&destination_.link.sll_protocol, bytes.data() + kEtherType, 2);
    destination_.link.sll_ifindex = frame.link;
    header_.msg_namelen = sizeof destination_.link;
    return header_;
  }

 private:
  void begin(std::span<const std::uint8_t> payload) {
    parts_.back() = {const_cast<std::uint8_t*>(payload.data()), payload.size()};
    header_ = {};
    header_.msg_iov = &parts_.back();
    header_.msg_iovlen = 1;
    header_.msg_name = &destination_;
  }
  void address_ipv4(const SendPacket& packet) {
    destination_.ipv4 = {};
    destination_.ipv4.sin_family = AF_INET;
    destination_.ipv4.sin_addr = in_addr_of(packet.destination);
    header_.msg_namelen = sizeof destination_.ipv4;
    in_pktinfo route{};
    route.ipi_ifindex = packet.link;
    route.ipi_spec_dst = in_addr_of(packet.source);
    put(IPPROTO_IP, IP_PKTINFO, route);
    if (!goes_whole(packet)) return put(IPPROTO_IP, IP_TTL, int{packet.ttl});
    ipv4_ = ipv4_header(packet);
    parts_.front() = {&ipv4_, sizeof ipv4_};
    header_.msg_iov = parts_.data();
    header_.msg_iovlen = parts_.size();
  }
  void address_ipv6(const SendPacket& packet) {
    destination_.ipv6 = {};
    destination_.ipv6.sin6_family = AF_INET6;
    destination_.ipv6.sin6_addr = in6_addr_of(packet.destination);
    destination_.ipv6.sin6_scope_id = static_cast<std::uint32_t>(packet.link);
    header_.msg_namelen = sizeof destination_.ipv6;
    in6_pktinfo route{};
    route.ipi6_ifindex = static_cast<unsigned>(packet.link);
    route.ipi6_addr = in6_addr_of(packet.source);
    put(IPPROTO_IPV6, IPV6_PKTINFO, route);
    put(IPPROTO_IPV6, IPV6_HOPLIMIT, int{packet.ttl});
  }
  template <typename Value>
  void put(int level, int type, const Value& value) {
    auto* const part = reinterpret_cast<cmsghdr*>(control_.data() + used_);
    part->cmsg_level = level;
    part->cmsg_type = type;
    part->cmsg_len = CMSG_LEN(sizeof value);
    std::memcpy(CMSG_DATA(part), &value, sizeof value);
    used_ += CMSG_SPACE(sizeof value);
  }

  union {
    sockaddr_in ipv4;
    sockaddr_in6 ipv6;
    sockaddr_ll link;
  } destination_{};
  iphdr ipv4_{};
  std::array<iovec, 2> parts_{};  // of IPv4 its header; the payload
  alignas(cmsghdr)
      std::array<char, CMSG_SPACE(sizeof(in6_pktinfo)) + CMSG_SPACE(sizeof(int))> control_{};
  std::size_t used_ = 0;
  msghdr header_{};
};

// Those of `all` whose places are in `places`, by one socket. The kernel stops at one that it does
// not take, and tells why when that one is the first.
template <typename Item>
void send_batch(const OwnedFd& socket, std::span<const Item* const> all,
                std::span<const std::size_t> places, const char* trouble,
                std::vector<Sender::Failed>& failed) {
  const std::size_t count = std::min(places.size(), kBatchMax);
  std::vector<Envelope> envelopes(count);
  std::vector<mmsghdr> messages(count);
  while (!places.empty()) {
    const auto batch = places.first(std::min(places.size(), kBatchMax));
    for (std::size_t i = 0; i < batch.size(); ++i) {
      messages[i].msg_hdr = envelopes[i].address(*all[batch[i]]);
    }
    const int sent = ::sendmmsg(socket.get(), messages.data(), static_cast<unsigned>(batch.size()),
                                MSG_DONTWAIT);
    if (sent < 0 && errno == EINTR) continue;
    if (sent > 0) {
      places = places.subspan(static_cast<std::size_t>(sent));
      continue;
    }
    // A full queue has room for none of them.
    const auto lost = batch.first(errno == EAGAIN ? batch.size() : 1);
    const Error error = fail_errno(trouble).value();
    for (const std::size_t place : lost) failed.push_back({place, error});
    places = places.subspan(lost.size());
  }
}

}  // namespace

Sender::Sender(OwnedFd whole, OwnedFd ipv4, OwnedFd ipv6, OwnedFd frames)
    : whole_(std::move(whole)),
      ipv4_(std::move(ipv4)),
      ipv6_(std::move(ipv6)),
      frames_(std::move(frames)) {}

Result<Sender> Sender::open() {
  Result<OwnedFd> whole = open_ipv4(true);
  if (!whole) return tl::unexpected(whole.error());
  Result<OwnedFd> ipv4 = open_ipv4(false);
  if (!ipv4) return tl::unexpected(ipv4.error());
  Result<OwnedFd> ipv6 = open_ipv6();
  if (!ipv6) return tl::unexpected(ipv6.error());
  Result<OwnedFd> frames = open_frames();
  if (!frames) return tl::unexpected(frames.error());
  return Sender(std::move(*whole), std::move(*ipv4), std::move(*ipv6), std::move(*frames));
}

std::vector<Sender::Failed> Sender::send(std::span<const SendPacket* const> packets) {
  std::vector<std::size_t> whole;
  std::vector<std::size_t> ipv4;
  std::vector<std::size_t> ipv6;
  for (std::size_t i = 0; i < packets.size(); ++i) {
    auto& its = !packets[i]->source.is_v4() ? ipv6 : goes_whole(*packets[i]) ? whole : ipv4;
    its.push_back(i);
  }
  constexpr const char* kTrouble = "cannot send an advert";
  std::vector<Failed> failed;
  send_batch(whole_, packets, whole, kTrouble, failed);
  send_batch(ipv4_, packets, ipv4, kTrouble, failed);
  send_batch(ipv6_, packets, ipv6, kTrouble, failed);
  return failed;
}

std::vector<Sender::Failed> Sender::send(std::span<const SendFrame* const> frames) {
  std::vector<std::size_t> all(frames.size());
  std::iota(all.begin(), all.end(), std::size_t{0});
  std::vector<Failed> failed;
  send_batch(frames_, frames, all, "cannot send an announcement", failed);
  return failed;
}

}  // namespace holdfast::vrrp
