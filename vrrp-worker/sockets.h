// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "common/core/result.h"
#include "common/event_loop.h"
#include "common/owned_fd.h"
#include "vrrp-worker/core/vrrp_core.h"

namespace holdfast::vrrp {

// Sends adverts (TTL 255, as network control) and ARP frames, on any link. Never waits: what the
// kernel does not take at once is an error.
class Sender {
 public:
  static Result<Sender> open();

  Result<void> send(const SendPacket& packet);
  Result<void> send(const SendArp& arp);

 private:
  Sender(OwnedFd vrrp, OwnedFd arp);

  OwnedFd vrrp_;
  OwnedFd arp_;
};

// Receives adverts: a socket for each link, since one socket can join a group on 20 links only
// (igmp_max_memberships).
class Receiver {
 public:
  // A whole packet of protocol 112, from its IP header on. May call listen_on().
  using Received = std::function<void(int link, std::span<const std::uint8_t> packet)>;

  Receiver(EventLoop& loop, Received received);
  Receiver(const Receiver&) = delete;
  Receiver& operator=(const Receiver&) = delete;

  // Listens on exactly these links. Returns what is wrong with those on which it cannot.
  std::map<int, Error> listen_on(const std::set<int>& links);

 private:
  struct Socket {
    OwnedFd fd;
    Watch watch;
  };
  struct Buffers;

  void receive(int link, int fd);

  EventLoop& loop_;
  Received received_;
  std::unique_ptr<Buffers, void (*)(Buffers*)> buffers_;
  std::map<int, Socket> sockets_;
};

}  // namespace holdfast::vrrp
