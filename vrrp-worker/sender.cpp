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
#include <utility>

#include "vrrp-worker/core/advert.h"
#include "vrrp-worker/socket_options.h"

namespace holdfast::vrrp {
namespace {

constexpr int kIpv6Freebind = 78;   // IPV6_FREEBIND, which the headers of glibc lack
constexpr int kNetworkControl = 7;  // TC_PRIO_CONTROL

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
  return socket;
}

Result<OwnedFd> open_ipv4() {
  constexpr std::array kOptions{
      SocketOption{IPPROTO_IP, IP_MULTICAST_LOOP, 0, "IP_MULTICAST_LOOP"},
      SocketOption{IPPROTO_IP, IP_TOS, IPTOS_PREC_INTERNETCONTROL, "IP_TOS"},
      SocketOption{SOL_SOCKET, SO_PRIORITY, kNetworkControl, "SO_PRIORITY"},  // IP_TOS sets it too
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
  return socket;
}

// The headers of one packet for sendmsg(): its destination, and by which link, from which address
// and how far it goes.
class Envelope {
 public:
  explicit Envelope(const SendPacket& packet)
      : payload_{const_cast<std::uint8_t*>(packet.payload.data()), packet.payload.size()} {
    header_.msg_iov = &payload_;
    header_.msg_iovlen = 1;
    header_.msg_name = &destination_;
    header_.msg_control = control_.data();
    if (packet.source.is_v4()) {
      address_ipv4(packet);
    } else {
      address_ipv6(packet);
    }
    header_.msg_controllen = used_;
  }
  Envelope(const Envelope&) = delete;
  Envelope& operator=(const Envelope&) = delete;

  const msghdr& header() const { return header_; }

 private:
  void address_ipv4(const SendPacket& packet) {
    destination_.ipv4 = {};
    destination_.ipv4.sin_family = AF_INET;
    destination_.ipv4.sin_addr = in_addr_of(packet.destination);
    header_.msg_namelen = sizeof destination_.ipv4;
    in_pktinfo route{};
    route.ipi_ifindex = packet.link;
    route.ipi_spec_dst = in_addr_of(packet.source);
    put(IPPROTO_IP, IP_PKTINFO, route);
    put(IPPROTO_IP, IP_TTL, int{packet.ttl});
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
  } destination_{};
  iovec payload_;
  alignas(cmsghdr)
      std::array<char, CMSG_SPACE(sizeof(in6_pktinfo)) + CMSG_SPACE(sizeof(int))> control_{};
  std::size_t used_ = 0;
  msghdr header_{};
};

}  // namespace

Sender::Sender(OwnedFd ipv4, OwnedFd ipv6, OwnedFd frames)
    : ipv4_(std::move(ipv4)), ipv6_(std::move(ipv6)), frames_(std::move(frames)) {}

Result<Sender> Sender::open() {
  Result<OwnedFd> ipv4 = open_ipv4();
  if (!ipv4) return tl::unexpected(ipv4.error());
  Result<OwnedFd> ipv6 = open_ipv6();
  if (!ipv6) return tl::unexpected(ipv6.error());
  Result<OwnedFd> frames = open_frames();
  if (!frames) return tl::unexpected(frames.error());
  return Sender(std::move(*ipv4), std::move(*ipv6), std::move(*frames));
}

Result<void> Sender::send(const SendPacket& packet) {
  const OwnedFd& socket = packet.source.is_v4() ? ipv4_ : ipv6_;
  const Envelope envelope(packet);
  if (::sendmsg(socket.get(), &envelope.header(), MSG_DONTWAIT) < 0) {
    return fail_errno("cannot send an advert");
  }
  return {};
}

Result<void> Sender::send(const SendFrame& frame) {
  constexpr std::size_t kEtherType = 12;
  HF_CHECK(frame.frame.size() > kEtherType + 2);
  sockaddr_ll destination{};
  destination.sll_family = AF_PACKET;
  std::memcpy(&destination.sll_protocol, frame.frame.data() + kEtherType, 2);
  destination.sll_ifindex = frame.link;
  if (::sendto(frames_.get(), frame.frame.data(), frame.frame.size(), MSG_DONTWAIT,
               reinterpret_cast<const sockaddr*>(&destination), sizeof destination) < 0) {
    return fail_errno("cannot send an announcement");
  }
  return {};
}

}  // namespace holdfast::vrrp
