// SPDX-License-Identifier: Apache-2.0
#include "check-worker/idle_sockets.h"

#include <sys/socket.h>

#include <utility>

namespace holdfast::check {
namespace {

std::size_t place_of(Family family) {
  return family == Family::kIpv4 ? 0 : 1;
}

}  // namespace

std::optional<WatchedSocket> IdleSockets::take(Family family) {
  std::vector<WatchedSocket>& idle = idle_.at(place_of(family));
  if (idle.empty()) return std::nullopt;
  WatchedSocket last = std::move(idle.back());
  idle.pop_back();
  return last;
}

void IdleSockets::put(Family family, WatchedSocket socket) {
  if (idle_[0].size() + idle_[1].size() >= max_) return;
  // Of the connection that ends here nothing is told: not even that it has.
  socket.watch.hand_over([](Ready) {});
  sockaddr none{};
  none.sa_family = AF_UNSPEC;
  if (::connect(socket.socket.get(), &none, sizeof none) != 0) return;
  idle_.at(place_of(family)).push_back(std::move(socket));
}

}  // namespace holdfast::check
