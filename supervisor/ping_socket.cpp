// SPDX-License-Identifier: Apache-2.0
#include "supervisor/ping_socket.h"

#include <linux/filter.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <vector>

#include "common/os_error.h"

namespace holdfast::supervisor {
namespace {

constexpr int kReceiveBuffer = 1 << 20;  // bytes; the replies of thousands of targets at once
constexpr std::uint32_t kEchoReply = 0;
constexpr std::uint32_t kEchoReply6 = 129;
constexpr std::uint32_t kIdentifierAt = 4;  // in the ICMP message

sock_filter statement(unsigned code, std::uint32_t operand) {
  return {static_cast<std::uint16_t>(code), 0, 0, operand};
}

// Goes on if it is equal, else to the end, which is `skip` statements further.
sock_filter unless_equal(std::uint32_t value, std::uint8_t skip) {
  return {BPF_JMP | BPF_JEQ | BPF_K, 0, skip, value};
}

// An IPv4 raw socket sees the packet with its IP header, whose length goes into X; an IPv6 one
// without.
std::vector<sock_filter> filter(Family family, std::uint16_t identifier) {
  const bool v4 = family == Family::kIpv4;
  const unsigned mode = v4 ? BPF_IND : BPF_ABS;
  std::vector<sock_filter> program;
  if (v4) program.push_back(statement(BPF_LDX | BPF_B | BPF_MSH, 0));
  program.push_back(statement(BPF_LD | BPF_B | mode, 0));
  program.push_back(unless_equal(v4 ? kEchoReply : kEchoReply6, 3));
  program.push_back(statement(BPF_LD | BPF_H | mode, kIdentifierAt));
  program.push_back(unless_equal(identifier, 1));
  program.push_back(statement(BPF_RET | BPF_K, 0xffff));
  program.push_back(statement(BPF_RET | BPF_K, 0));
  return program;
}

Result<void> attach(int socket, std::vector<sock_filter> program) {
  const sock_fprog code{static_cast<std::uint16_t>(program.size()), program.data()};
  if (::setsockopt(socket, SOL_SOCKET, SO_ATTACH_FILTER, &code, sizeof code) != 0) {
    return fail_errno("cannot filter an ICMP socket");
  }
  const int on = 1;  // Who gets the socket cannot take the filter off.
  if (::setsockopt(socket, SOL_SOCKET, SO_LOCK_FILTER, &on, sizeof on) != 0) {
    return fail_errno("cannot lock the filter of an ICMP socket");
  }
  return {};
}

}  // namespace

Result<OwnedFd> open_ping_socket(Family family, std::uint16_t identifier) {
  const bool v4 = family == Family::kIpv4;
  OwnedFd socket(::socket(v4 ? AF_INET : AF_INET6, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC,
                          v4 ? int{IPPROTO_ICMP} : int{IPPROTO_ICMPV6}));
  if (!socket) return fail_errno("cannot open an ICMP socket");
  // What came between socket() and this is emptied after it.
  if (auto attached = attach(socket.get(), filter(family, identifier)); !attached) {
    return tl::unexpected(attached.error());
  }
  char byte = 0;
  while (::recv(socket.get(), &byte, sizeof byte, MSG_DONTWAIT) >= 0) {
  }
  ::setsockopt(socket.get(), SOL_SOCKET, SO_RCVBUFFORCE, &kReceiveBuffer, sizeof kReceiveBuffer);
  return socket;
}

}  // namespace holdfast::supervisor
