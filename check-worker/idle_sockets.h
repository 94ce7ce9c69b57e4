// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <vector>

#include "common/core/ip.h"
#include "common/edge_watch.h"
#include "common/owned_fd.h"

namespace holdfast::check {

// A TCP socket that has begun a connection, watched for whatever happens to it.
struct WatchedSocket {
  OwnedFd socket;
  EdgeWatch watch;  // goes before it
};

// TCP sockets whose connection has ended, to begin another one: to make a socket, to set it up, to
// watch and to close it takes the kernel longer than half of what connecting takes it. Only of
// those that are alike, and bound to nothing.
class IdleSockets {
 public:
  static constexpr std::size_t kMax = 64;  // as many as begin in one turn of the loop

  explicit IdleSockets(std::size_t max = kMax) : max_(max) {}

  // Its watch is to be handed over.
  std::optional<WatchedSocket> take(Family family);

  // Resets the connection, at once.
  void put(Family family, WatchedSocket socket);

 private:
  std::size_t max_;                                 // of both
  std::array<std::vector<WatchedSocket>, 2> idle_;  // by family
};

}  // namespace holdfast::check
