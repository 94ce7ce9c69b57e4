// SPDX-License-Identifier: Apache-2.0
#include "vrrp-worker/netlink_socket.h"

#include <arpa/inet.h>
#include <linux/filter.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <utility>

#include "common/os_error.h"
#include "vrrp-worker/netlink_routes.h"
#include "vrrp-worker/socket_buffers.h"

namespace holdfast::vrrp {
namespace {

// Room for some thousands of events: the kernel counts each as about 768 bytes.
constexpr int kReceiveBuffer = 4 << 20;

constexpr unsigned group(rtnetlink_groups one) {
  return 1U << (one - 1U);
}
constexpr unsigned kGroups = RTMGRP_LINK | RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR |
                             RTMGRP_IPV4_ROUTE | RTMGRP_IPV6_ROUTE | group(RTNLGRP_IPV4_RULE) |
                             group(RTNLGRP_IPV6_RULE);

// Lets those messages about routes through that are about ours: a router's others may change by the
// thousand in a second.
bool hear_only_our_routes(const OwnedFd& socket) {
  constexpr auto kType = static_cast<unsigned>(offsetof(nlmsghdr, nlmsg_type));
  constexpr auto kProtocol = static_cast<unsigned>(NLMSG_HDRLEN + offsetof(rtmsg, rtm_protocol));
  // Loads are big-endian; the kernel's own fields are in the order of the host.
  std::array<sock_filter, 7> program{{
      BPF_STMT(BPF_LD | BPF_H | BPF_ABS, kType),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, htons(RTM_NEWROUTE), 1, 0),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, htons(RTM_DELROUTE), 0, 2),
      BPF_STMT(BPF_LD | BPF_B | BPF_ABS, kProtocol),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, kRouteMark, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, 0xffffffff),
      BPF_STMT(BPF_RET | BPF_K, 0),
  }};
  const sock_fprog filter{program.size(), program.data()};
  return ::setsockopt(socket.get(), SOL_SOCKET, SO_ATTACH_FILTER, &filter, sizeof filter) == 0;
}

Result<OwnedFd> open_socket(int protocol) {
  OwnedFd socket(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, protocol));
  if (!socket) return fail_errno("cannot open a netlink socket");
  const int on = 1;
  // Without these the kernel's words are missing from the log, and no more.
  ::setsockopt(socket.get(), SOL_NETLINK, NETLINK_EXT_ACK, &on, sizeof on);
  ::setsockopt(socket.get(), SOL_NETLINK, NETLINK_CAP_ACK, &on, sizeof on);
  // Without it the kernel hands out everybody's routes when it is asked for ours, and no more.
  ::setsockopt(socket.get(), SOL_NETLINK, NETLINK_GET_STRICT_CHK, &on, sizeof on);
  enlarge_receive_buffer(socket, kReceiveBuffer);
  return socket;
}

Result<OwnedFd> bind_to(OwnedFd socket, unsigned groups) {
  sockaddr_nl local{};
  local.nl_family = AF_NETLINK;
  local.nl_groups = groups;
  if (::bind(socket.get(), reinterpret_cast<const sockaddr*>(&local), sizeof local) != 0) {
    return fail_errno("cannot bind a netlink socket");
  }
  return socket;
}

}  // namespace

Result<OwnedFd> open_netlink_socket(bool events) {
  Result<OwnedFd> socket = open_socket(NETLINK_ROUTE);
  if (!socket) return socket;
  if (events && !hear_only_our_routes(*socket)) {
    return fail_errno("cannot filter the messages of a netlink socket");
  }
  return bind_to(std::move(*socket), events ? kGroups : 0);
}

Result<OwnedFd> open_netfilter_socket() {
  Result<OwnedFd> socket = open_socket(NETLINK_NETFILTER);
  return socket ? bind_to(std::move(*socket), 0) : std::move(socket);
}

bool hear_of_filters(const OwnedFd& socket) {
  const int group = NFNLGRP_NFTABLES;
  return ::setsockopt(socket.get(), SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &group, sizeof group) == 0;
}

std::uint32_t port_of(const OwnedFd& socket) {
  sockaddr_nl local{};
  socklen_t size = sizeof local;
  const bool told = ::getsockname(socket.get(), reinterpret_cast<sockaddr*>(&local), &size) == 0;
  return told ? local.nl_pid : 0;
}

bool netlink_send(const OwnedFd& socket, std::span<const std::uint8_t> packet) {
  return ::send(socket.get(), packet.data(), packet.size(), MSG_DONTWAIT) >= 0;
}

Receipt netlink_receive(const OwnedFd& socket, std::span<std::uint8_t> buffer,
                        std::span<std::uint8_t>& datagram) {
  for (;;) {
    sockaddr_nl sender{};
    iovec data{buffer.data(), buffer.size()};
    msghdr header{};
    header.msg_name = &sender;
    header.msg_namelen = sizeof sender;
    header.msg_iov = &data;
    header.msg_iovlen = 1;
    const ssize_t size = ::recvmsg(socket.get(), &header, MSG_DONTWAIT);
    if (size < 0 && errno == EINTR) continue;
    if (size < 0) return errno == EAGAIN ? Receipt::kNothing : Receipt::kLost;
    if (sender.nl_pid != 0) continue;  // another process: only the kernel is to be believed
    if ((header.msg_flags & MSG_TRUNC) != 0) {
      errno = ENOBUFS;
      return Receipt::kLost;
    }
    datagram = buffer.first(static_cast<std::size_t>(size));
    return Receipt::kDatagram;
  }
}

}  // namespace holdfast::vrrp
