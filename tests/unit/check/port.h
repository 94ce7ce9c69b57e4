// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <cstdint>
#include <optional>

#include "common/core/ip.h"
#include "common/owned_fd.h"

namespace holdfast::check {

inline OwnedFd tcp_socket(int flags = 0) {
  return OwnedFd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | flags, 0));
}

inline sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

inline int connect_to(const OwnedFd& socket, std::uint16_t port) {
  const sockaddr_in address = loopback(port);
  return ::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address);
}

// A port of 127.0.0.1 that is taken, and listens if it has a backlog.
class Port {
 public:
  explicit Port(std::optional<int> backlog, std::uint16_t number = 0) {
    sockaddr_in address = loopback(number);
    socklen_t size = sizeof address;
    EXPECT_EQ(::bind(socket_.get(), reinterpret_cast<sockaddr*>(&address), size), 0);
    EXPECT_EQ(::getsockname(socket_.get(), reinterpret_cast<sockaddr*>(&address), &size), 0);
    number_ = ntohs(address.sin_port);
    if (backlog) {
      EXPECT_EQ(::listen(socket_.get(), *backlog), 0);
    }
  }

  Endpoint endpoint() const { return {IpAddress::v4({127, 0, 0, 1}), number_}; }
  std::uint16_t number() const { return number_; }
  OwnedFd accept() const { return OwnedFd(::accept(socket_.get(), nullptr, nullptr)); }

 private:
  OwnedFd socket_ = tcp_socket();
  std::uint16_t number_ = 0;
};

}  // namespace holdfast::check
