// SPDX-License-Identifier: Apache-2.0
#include "alert-worker/datagrams.h"

#include <sys/socket.h>

#include "common/os_error.h"
#include "common/owned_fd.h"
#include "common/socket_address.h"

namespace holdfast::alert {

Result<void> send_datagrams(const Endpoint& to, const std::vector<std::string>& texts) {
  const int family = to.address.is_v4() ? AF_INET : AF_INET6;
  const OwnedFd socket(::socket(family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!socket) return fail_errno("cannot make a socket");
  SocketAddress address = to_socket_address(to);
  if (::connect(socket.get(), address.get(), address.size) != 0) {
    return fail_errno("cannot reach " + to.to_string());
  }
  for (const std::string& text : texts) {
    if (::send(socket.get(), text.data(), text.size(), MSG_NOSIGNAL) < 0) {
      return fail_errno("cannot send to " + to.to_string());
    }
  }
  return {};
}

}  // namespace holdfast::alert
