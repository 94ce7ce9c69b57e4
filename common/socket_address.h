// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/socket.h>

#include <optional>

#include "common/core/ip.h"

namespace holdfast {

// An address as the kernel wants it, and says it.
struct SocketAddress {
  sockaddr_storage storage{};
  socklen_t size = sizeof storage;

  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): so the calls want it
  sockaddr* get() { return reinterpret_cast<sockaddr*>(&storage); }
};

SocketAddress to_socket_address(const Endpoint& endpoint);
// Nothing: it is of another family than IPv4 and IPv6.
std::optional<Endpoint> to_endpoint(const SocketAddress& address);

}  // namespace holdfast
