// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <span>
#include <utility>

#include "common/core/result.h"
#include "common/event_loop.h"
#include "common/owned_fd.h"
#include "vrrp-worker/core/vrrp_core.h"

namespace holdfast::vrrp {

// Receives adverts: a socket for each link and family, since one socket can join a group on 20
// links only (igmp_max_memberships), and a flood on one link shall not fill the queue of another.
// The kernel passes on the VRIDs of interest only: what other virtual routers say wakes nobody.
class Receiver {
 public:
  // Told of what was read together. May call listen_on(). A datagram lasts as long as the call.
  using Received = std::function<void(int link, std::span<const Datagram> datagrams)>;

  Receiver(EventLoop& loop, Received received);
  Receiver(const Receiver&) = delete;
  Receiver& operator=(const Receiver&) = delete;

  // Listens where it is said, in exactly these groups and to these VRIDs, and nowhere else. Returns
  // what is wrong with the links on which it cannot.
  std::map<int, Error> listen_on(const Listening& wanted);

  // Reads now what has come on any link, up to a limit for each.
  void catch_up();

 private:
  struct Socket {
    OwnedFd fd;
    Hearing hears;
    Watch watch;
  };
  struct Buffers;

  Result<Socket*> socket_on(int link, Family family);
  void receive(int link, Family family, int fd);

  EventLoop& loop_;
  Received received_;
  std::unique_ptr<Buffers, void (*)(Buffers*)> buffers_;
  std::map<std::pair<int, Family>, Socket> sockets_;
};

}  // namespace holdfast::vrrp
