// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <utility>

#include "common/core/result.h"
#include "common/event_loop.h"
#include "common/owned_fd.h"
#include "vrrp-worker/core/vrrp_core.h"

namespace holdfast::vrrp {

// Receives adverts: a socket for each link and family, since one socket can join a group on 20
// links only (igmp_max_memberships).
class Receiver {
 public:
  // May call listen_on(). The datagram lasts as long as the call.
  using Received = std::function<void(int link, const Datagram& datagram)>;

  Receiver(EventLoop& loop, Received received);
  Receiver(const Receiver&) = delete;
  Receiver& operator=(const Receiver&) = delete;

  // Listens where it is said, in exactly these groups, and nowhere else. Returns what is wrong with
  // the links on which it cannot.
  std::map<int, Error> listen_on(const Listening& wanted);

 private:
  struct Socket {
    OwnedFd fd;
    std::set<IpAddress> groups;
    Watch watch;
  };
  struct Buffers;

  void receive(int link, Family family, int fd);

  EventLoop& loop_;
  Received received_;
  std::unique_ptr<Buffers, void (*)(Buffers*)> buffers_;
  std::map<std::pair<int, Family>, Socket> sockets_;
};

}  // namespace holdfast::vrrp
