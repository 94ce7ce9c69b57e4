// SPDX-License-Identifier: Apache-2.0
#include "supervisor/marked_socket.h"

#include <sys/socket.h>

#include "common/os_error.h"

namespace holdfast::supervisor {

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
