// SPDX-License-Identifier: Apache-2.0
#include "monitor-worker/doors.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "common/core/unix_door.h"

namespace holdfast::monitor {
namespace {

constexpr int kAtOnce = 16;  // connections accepted in one turn of the loop

}  // namespace

void Doors::adopt(const std::string& address, OwnedFd socket) {
  if (!socket || doors_.contains(address)) return;
  Door& door = doors_.emplace(address, Door{std::move(socket)}).first->second;
  if (open_) watch(door);
}

void Doors::open() {
  if (std::exchange(open_, true)) return;
  for (auto& [address, door] : doors_) watch(door);
}

void Doors::watch(Door& door) {
  const int fd = door.socket.get();
  door.watch = Watch(loop_, fd, Ready{true, false}, [this, fd](Ready) { accept(fd); });
}

void Doors::keep_only(const std::vector<Endpoint>& addresses) {
  std::erase_if(doors_, [&](const auto& entry) {
    return entry.first != kUnixDoor &&
           std::none_of(addresses.begin(), addresses.end(),
                        [&](const Endpoint& one) { return one.to_string() == entry.first; });
  });
}

void Doors::allow(std::vector<IpPrefix> networks) {
  networks_ = std::move(networks);
}

// Another life of this worker may share the socket for a moment: then there may be nobody.
void Doors::accept(int socket) {
  for (int i = 0; i < kAtOnce; ++i) {
    SocketAddress address;
    OwnedFd connection(
        ::accept4(socket, address.get(), &address.size, SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (!connection) return;
    if (may_enter(address)) came_(std::move(connection), address.get(), address.size);
  }
}

bool Doors::may_enter(SocketAddress& address) const {
  // Who may open a Unix socket is a matter of its file.
  if (networks_.empty() || address.get()->sa_family == AF_UNIX) return true;
  const std::optional<Endpoint> who = to_endpoint(address);
  return who && std::any_of(networks_.begin(), networks_.end(), [&](const IpPrefix& network) {
           return network.contains(who->address);
         });
}

}  // namespace holdfast::monitor
