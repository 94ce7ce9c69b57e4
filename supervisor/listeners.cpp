// SPDX-License-Identifier: Apache-2.0
#include "supervisor/listeners.h"

#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <utility>

#include "common/os_error.h"
#include "common/socket_address.h"

namespace holdfast::supervisor {
namespace {

constexpr int kBacklog = 64;  // of connections that nobody has accepted yet

Result<void> bind_to(int socket, const Endpoint& endpoint) {
  SocketAddress address = to_socket_address(endpoint);
  if (::bind(socket, address.get(), address.size) != 0 || ::listen(socket, kBacklog) != 0) {
    return fail_errno("monitoring: cannot listen at " + endpoint.to_string());
  }
  return {};
}

Result<OwnedFd> open(const Endpoint& endpoint) {
  const bool v4 = endpoint.address.is_v4();
  OwnedFd socket(::socket(v4 ? AF_INET : AF_INET6, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!socket) return fail_errno("monitoring: cannot open a socket");
  const int on = 1;
  ::setsockopt(socket.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (v4) {
    ::setsockopt(socket.get(), IPPROTO_IP, IP_FREEBIND, &on, sizeof on);
  } else {
    ::setsockopt(socket.get(), IPPROTO_IPV6, IPV6_FREEBIND, &on, sizeof on);
    ::setsockopt(socket.get(), IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
  }
  if (auto bound = bind_to(socket.get(), endpoint); !bound) return tl::unexpected(bound.error());
  return socket;
}

}  // namespace

void Listeners::keep_only(const std::vector<Endpoint>& addresses) {
  std::erase_if(sockets_, [&](const auto& entry) {
    return std::find(addresses.begin(), addresses.end(), entry.first) == addresses.end();
  });
}

Result<int> Listeners::socket_of(const Endpoint& address) {
  const auto known = sockets_.find(address);
  if (known != sockets_.end()) return known->second.get();
  Result<OwnedFd> opened = open(address);
  if (!opened) return tl::unexpected(opened.error());
  return sockets_.emplace(address, std::move(*opened)).first->second.get();
}

}  // namespace holdfast::supervisor
