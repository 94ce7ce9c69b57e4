// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/socket.h>

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "common/core/ip.h"
#include "common/event_loop.h"
#include "common/owned_fd.h"
#include "common/socket_address.h"

namespace holdfast::monitor {

// The listening sockets that the supervisor has passed, and who may come in there.
class Doors {
 public:
  using Came = std::function<void(OwnedFd socket, const sockaddr* address, socklen_t size)>;

  Doors(EventLoop& loop, Came came) : loop_(loop), came_(std::move(came)) {}
  Doors(const Doors&) = delete;
  Doors& operator=(const Doors&) = delete;

  void adopt(const std::string& address, OwnedFd socket);  // one that is known stays as it is
  void open();                                             // until then who comes waits
  void keep_only(const std::vector<Endpoint>& addresses);  // and kUnixDoor
  void allow(std::vector<IpPrefix> networks);              // none: everybody

 private:
  struct Door {
    OwnedFd socket;
    Watch watch{};
  };

  void watch(Door& door);
  void accept(int socket);
  bool may_enter(SocketAddress& address) const;

  EventLoop& loop_;
  Came came_;
  std::vector<IpPrefix> networks_;
  std::map<std::string, Door> doors_;
  bool open_ = false;
};

}  // namespace holdfast::monitor
