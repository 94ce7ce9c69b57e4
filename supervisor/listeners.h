// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "common/core/ip.h"
#include "common/core/result.h"
#include "common/owned_fd.h"

namespace holdfast::supervisor {

// The sockets that the monitor-worker listens at, which has no way to make one. This process
// never accepts at them; it keeps them, so that they are there for that worker's next life and who
// connects meanwhile waits.
class Listeners {
 public:
  // `path`: of the Unix socket.
  explicit Listeners(std::string path) : path_(std::move(path)) {}
  ~Listeners() { close_unix(); }
  Listeners(const Listeners&) = delete;
  Listeners& operator=(const Listeners&) = delete;

  void keep_only(const std::vector<Endpoint>& addresses);

  // The socket of an address, opened if there is none yet. It may be an address that this host has
  // not now, such as a virtual one. The descriptor stays this object's.
  Result<int> socket_of(const Endpoint& address);

  // The Unix socket, for root and the group holdfast-monitor, if there is one: HTTP too.
  Result<int> unix_socket();

 private:
  void close_unix();

  std::string path_;
  OwnedFd unix_;
  std::map<Endpoint, OwnedFd> sockets_;
};

}  // namespace holdfast::supervisor
