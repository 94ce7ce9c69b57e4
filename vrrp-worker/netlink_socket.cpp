// SPDX-License-Identifier: Apache-2.0
#include "vrrp-worker/netlink_socket.h"

#include <arpa/inet.h>
#include <linux/filter.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstddef>
#include <utility>
#include <vector>

#include "common/os_error.h"
#include "common/socket_buffers.h"
#include "vrrp-worker/netlink_routes.h"

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

Result<OwnedFd> open_socket() {
  OwnedFd socket(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE));
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

// Lets those messages about routes through that are about ours, or about networks that somebody
// tracks: a router's others may change by the thousand in a second. And of addresses all but what
// the port `renewer` did, which are as many.
bool hear_of_changes(const OwnedFd& socket, std::uint32_t renewer,
                     const std::set<std::pair<Family, std::uint8_t>>& lengths) {
  constexpr auto kType = static_cast<unsigned>(offsetof(nlmsghdr, nlmsg_type));
  constexpr auto kPort = static_cast<unsigned>(offsetof(nlmsghdr, nlmsg_pid));
  constexpr auto kFamily = static_cast<unsigned>(NLMSG_HDRLEN + offsetof(rtmsg, rtm_family));
  constexpr auto kLength = static_cast<unsigned>(NLMSG_HDRLEN + offsetof(rtmsg, rtm_dst_len));
  constexpr auto kProtocol = static_cast<unsigned>(NLMSG_HDRLEN + offsetof(rtmsg, rtm_protocol));
  // Loads are big-endian; the kernel's own fields are in the order of the host.
  std::vector<sock_filter> program{
      BPF_STMT(BPF_LD | BPF_H | BPF_ABS, kType),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, htons(RTM_NEWADDR), 0, 4),
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, kPort),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, htonl(renewer), 0, 1),
      BPF_STMT(BPF_RET | BPF_K, 0),
      BPF_STMT(BPF_RET | BPF_K, 0xffffffff),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, htons(RTM_NEWROUTE), 2, 0),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, htons(RTM_DELROUTE), 1, 0),
      BPF_STMT(BPF_RET | BPF_K, 0xffffffff),
      BPF_STMT(BPF_LD | BPF_B | BPF_ABS, kProtocol),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, kRouteMark, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, 0xffffffff),
  };
  for (const auto& [family, length] : lengths) {
    const unsigned number = family == Family::kIpv4 ? AF_INET : AF_INET6;
    for (const sock_filter& step : {sock_filter BPF_STMT(BPF_LD | BPF_B | BPF_ABS, kFamily),
                                    sock_filter BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, number, 0, 3),
                                    sock_filter BPF_STMT(BPF_LD | BPF_B | BPF_ABS, kLength),
                                    sock_filter BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, length, 0, 1),
                                    sock_filter BPF_STMT(BPF_RET | BPF_K, 0xffffffff)}) {
      program.push_back(step);
    }
  }
  program.push_back(BPF_STMT(BPF_RET | BPF_K, 0));
  const sock_fprog filter{static_cast<std::uint16_t>(program.size()), program.data()};
  return ::setsockopt(socket.get(), SOL_SOCKET, SO_ATTACH_FILTER, &filter, sizeof filter) == 0;
}

Result<OwnedFd> open_netlink_socket() {
  Result<OwnedFd> socket = open_socket();
  return socket ? bind_to(std::move(*socket), 0) : std::move(socket);
}

Result<OwnedFd> open_netlink_events(std::uint32_t renewer) {
  Result<OwnedFd> socket = open_socket();
  if (!socket) return socket;
  if (!hear_of_changes(*socket, renewer, {})) {
    return fail_errno("cannot filter the messages of a netlink socket");
  }
  return bind_to(std::move(*socket), kGroups);
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

}  // namespace holdfast::vrrp
