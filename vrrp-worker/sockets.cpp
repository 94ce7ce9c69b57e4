// SPDX-License-Identifier: Apache-2.0
#include "vrrp-worker/sockets.h"

#include <arpa/inet.h>
#include <linux/filter.h>
#include <net/ethernet.h>
#include <netinet/in.h>
#include <netinet/ip.h>
#include <netpacket/packet.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include "common/os_error.h"
#include "vrrp-worker/core/advert.h"
#include "vrrp-worker/receive_buffer.h"

namespace holdfast::vrrp {
namespace {

constexpr std::size_t kPacketSizeMax = 65535;
// Peers may send the adverts of all 255 virtual routers of a link at once.
constexpr int kReceiveBuffer = 1 << 20;
// At one wake-up of a link; what is left is read at the next, after the timers and other links.
constexpr unsigned kPacketsPerWakeup = 16;
// More packets than a new socket's queue holds.
constexpr int kStrayPacketsMax = 4096;

template <typename Value>
Result<void> set_option(const OwnedFd& socket, int level, int name, const Value& value,
                        const char* what) {
  if (::setsockopt(socket.get(), level, name, &value, sizeof value) == 0) return {};
  return fail_errno(std::string{"cannot set "} + what);
}

in_addr in_addr_of(const IpAddress& address) {
  HF_CHECK(address.is_v4());
  in_addr result{};
  std::memcpy(&result, address.bytes().data(), sizeof result);
  return result;
}

// A raw socket gets a copy of every packet of its protocol, one that only sends too.
Result<void> receive_nothing(const OwnedFd& socket) {
  sock_filter drop = BPF_STMT(BPF_RET | BPF_K, 0);
  const sock_fprog program{1, &drop};
  return set_option(socket, SOL_SOCKET, SO_ATTACH_FILTER, program, "SO_ATTACH_FILTER");
}

Result<OwnedFd> open_vrrp_sender() {
  OwnedFd socket(::socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, kVrrpProtocol));
  if (!socket) return fail_errno("cannot open a raw socket");
  if (auto set = receive_nothing(socket); !set) return tl::unexpected(set.error());
  struct Option {
    int level;
    int name;
    int value;
    const char* what;
  };
  constexpr int kNetworkControl = 7;  // TC_PRIO_CONTROL
  for (const Option& option : {
           Option{IPPROTO_IP, IP_MULTICAST_TTL, kVrrpTtl, "IP_MULTICAST_TTL"},
           Option{IPPROTO_IP, IP_TTL, kVrrpTtl, "IP_TTL"},
           Option{IPPROTO_IP, IP_MULTICAST_LOOP, 0, "IP_MULTICAST_LOOP"},
           Option{IPPROTO_IP, IP_TOS, IPTOS_PREC_INTERNETCONTROL, "IP_TOS"},
           Option{SOL_SOCKET, SO_PRIORITY, kNetworkControl, "SO_PRIORITY"},  // IP_TOS sets it too
       }) {
    if (auto set = set_option(socket, option.level, option.name, option.value, option.what); !set) {
      return tl::unexpected(set.error());
    }
  }
  return socket;
}

Result<OwnedFd> open_arp_sender() {
  // Protocol 0: it receives nothing.
  OwnedFd socket(::socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!socket) return fail_errno("cannot open a packet socket");
  return socket;
}

Result<OwnedFd> open_receiver(int link) {
  OwnedFd socket(::socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, kVrrpProtocol));
  if (!socket) return fail_errno("cannot open a raw socket");
  if (auto set = set_option(socket, SOL_SOCKET, SO_BINDTOIFINDEX, link, "SO_BINDTOIFINDEX"); !set) {
    return tl::unexpected(set.error());
  }
  enlarge_receive_buffer(socket, kReceiveBuffer);
  // No group but those that this socket joins: by default, all that anybody on this host joined.
  if (auto set = set_option(socket, IPPROTO_IP, IP_MULTICAST_ALL, 0, "IP_MULTICAST_ALL"); !set) {
    return tl::unexpected(set.error());
  }
  // Until it was bound it heard every link.
  std::uint8_t stray = 0;
  for (int i = 0; i < kStrayPacketsMax; ++i) {
    if (::recv(socket.get(), &stray, sizeof stray, MSG_DONTWAIT) < 0) break;
  }
  ip_mreqn membership{};
  membership.imr_multiaddr = in_addr_of(vrrp_group(Family::kIpv4));
  membership.imr_ifindex = link;
  if (auto set = set_option(socket, IPPROTO_IP, IP_ADD_MEMBERSHIP, membership, "IP_ADD_MEMBERSHIP");
      !set) {
    return tl::unexpected(set.error());
  }
  return socket;
}

}  // namespace

// ---- Sender

Sender::Sender(OwnedFd vrrp, OwnedFd arp) : vrrp_(std::move(vrrp)), arp_(std::move(arp)) {}

Result<Sender> Sender::open() {
  Result<OwnedFd> vrrp = open_vrrp_sender();
  if (!vrrp) return tl::unexpected(vrrp.error());
  Result<OwnedFd> arp = open_arp_sender();
  if (!arp) return tl::unexpected(arp.error());
  return Sender(std::move(*vrrp), std::move(*arp));
}

Result<void> Sender::send(const SendPacket& packet) {
  sockaddr_in destination{};
  destination.sin_family = AF_INET;
  destination.sin_addr = in_addr_of(packet.destination);
  iovec payload{const_cast<std::uint8_t*>(packet.payload.data()), packet.payload.size()};
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(in_pktinfo))> control{};
  msghdr header{};
  header.msg_name = &destination;
  header.msg_namelen = sizeof destination;
  header.msg_iov = &payload;
  header.msg_iovlen = 1;
  header.msg_control = control.data();
  header.msg_controllen = control.size();
  in_pktinfo route{};
  route.ipi_ifindex = packet.link;
  route.ipi_spec_dst = in_addr_of(packet.source);
  cmsghdr* const part = CMSG_FIRSTHDR(&header);
  part->cmsg_level = IPPROTO_IP;
  part->cmsg_type = IP_PKTINFO;
  part->cmsg_len = CMSG_LEN(sizeof route);
  std::memcpy(CMSG_DATA(part), &route, sizeof route);
  if (::sendmsg(vrrp_.get(), &header, MSG_DONTWAIT) < 0) return fail_errno("cannot send an advert");
  return {};
}

Result<void> Sender::send(const SendArp& arp) {
  sockaddr_ll destination{};
  destination.sll_family = AF_PACKET;
  destination.sll_protocol = htons(ETH_P_ARP);
  destination.sll_ifindex = arp.link;
  if (::sendto(arp_.get(), arp.frame.data(), arp.frame.size(), MSG_DONTWAIT,
               reinterpret_cast<const sockaddr*>(&destination), sizeof destination) < 0) {
    return fail_errno("cannot send an ARP announcement");
  }
  return {};
}

// ---- Receiver

// For one recvmmsg() of any link. The kernel fills it: memory that no packet needed is not used.
struct Receiver::Buffers {
  Buffers() {
    for (std::size_t i = 0; i < kPacketsPerWakeup; ++i) {
      parts[i] = {packets[i].data(), packets[i].size()};
      headers[i].msg_hdr.msg_iov = &parts[i];
      headers[i].msg_hdr.msg_iovlen = 1;
    }
  }

  std::array<std::array<std::uint8_t, kPacketSizeMax>, kPacketsPerWakeup> packets;
  std::array<iovec, kPacketsPerWakeup> parts;
  std::array<mmsghdr, kPacketsPerWakeup> headers{};
};

Receiver::Receiver(EventLoop& loop, Received received)
    : loop_(loop),
      received_(std::move(received)),
      buffers_(new Buffers, [](Buffers* buffers) { delete buffers; }) {}

std::map<int, Error> Receiver::listen_on(const std::set<int>& links) {
  std::erase_if(sockets_, [&](const auto& entry) { return !links.contains(entry.first); });
  std::map<int, Error> failed;
  for (const int link : links) {
    if (sockets_.contains(link)) continue;
    Result<OwnedFd> socket = open_receiver(link);
    if (!socket) {
      failed.emplace(link, socket.error());
      continue;
    }
    const int fd = socket->get();
    Watch watch(loop_, fd, Ready{true, false}, [this, link, fd](Ready) { receive(link, fd); });
    sockets_.emplace(link, Socket{std::move(*socket), std::move(watch)});
  }
  return failed;
}

void Receiver::receive(int link, int fd) {
  const int count =
      ::recvmmsg(fd, buffers_->headers.data(), kPacketsPerWakeup, MSG_DONTWAIT, nullptr);
  // After the first call the socket may be closed: it takes no part any more.
  for (std::size_t i = 0; static_cast<int>(i) < count; ++i) {
    const std::size_t size = buffers_->headers[i].msg_len;
    received_(link, std::span(buffers_->packets[i]).first(size));
  }
}

}  // namespace holdfast::vrrp
