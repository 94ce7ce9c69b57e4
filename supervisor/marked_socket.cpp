// SPDX-License-Identifier: Apache-2.0
#include "supervisor/marked_socket.h"

#include <linux/sock_diag.h>
#include <sys/socket.h>

#include <array>
#include <cstdint>

#include "common/os_error.h"

namespace holdfast::supervisor {
namespace {

constexpr std::uint32_t kOnTheirWayMax = 512 << 10;  // bytes: some 600 sockets

}  // namespace

bool has_too_many_on_their_way(int channel) {
  std::array<std::uint32_t, SK_MEMINFO_VARS> memory{};
  socklen_t size = sizeof memory;
  return ::getsockopt(channel, SOL_SOCKET, SO_MEMINFO, memory.data(), &size) == 0 &&
         memory[SK_MEMINFO_WMEM_ALLOC] > kOnTheirWayMax;
}

Result<OwnedFd> open_marked_socket(const MarkedSocket& wanted) {
  OwnedFd socket(::socket(
      wanted.ipv6 ? AF_INET6 : AF_INET,
      (wanted.stream ? int{SOCK_STREAM} : int{SOCK_DGRAM}) | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!socket) return fail_errno("cannot open a socket with a mark");
  if (::setsockopt(socket.get(), SOL_SOCKET, SO_MARK, &wanted.mark, sizeof wanted.mark) != 0) {
    return fail_errno("cannot mark a socket");
  }
  return socket;
}

}  // namespace holdfast::supervisor
