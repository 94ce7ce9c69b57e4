// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <netinet/in.h>
#include <sys/socket.h>

#include <cstring>
#include <span>
#include <string>

#include "common/core/ip.h"
#include "common/core/result.h"
#include "common/os_error.h"
#include "common/owned_fd.h"

// What the sockets of the sender and the receiver have in common.
namespace holdfast::vrrp {

struct SocketOption {
  int level;
  int name;
  int value;
  const char* what;  // for the error
};

template <typename Value>
Result<void> set_option(const OwnedFd& socket, int level, int name, const Value& value,
                        const char* what) {
  if (::setsockopt(socket.get(), level, name, &value, sizeof value) == 0) return {};
  return fail_errno(std::string{"cannot set "} + what);
}

inline Result<void> set_options(const OwnedFd& socket, std::span<const SocketOption> options) {
  for (const SocketOption& option : options) {
    auto set = set_option(socket, option.level, option.name, option.value, option.what);
    if (!set) return set;
  }
  return {};
}

inline in_addr in_addr_of(const IpAddress& address) {
  HF_CHECK(address.is_v4());
  in_addr result{};
  std::memcpy(&result, address.bytes().data(), sizeof result);
  return result;
}

inline in6_addr in6_addr_of(const IpAddress& address) {
  HF_CHECK(!address.is_v4());
  in6_addr result{};
  std::memcpy(&result, address.bytes().data(), sizeof result);
  return result;
}

}  // namespace holdfast::vrrp
