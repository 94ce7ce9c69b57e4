// SPDX-License-Identifier: Apache-2.0
#include "monitor-worker/doors.h"

#include <netinet/in.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <optional>
#include <utility>

namespace holdfast::monitor {
namespace {

constexpr int kAtOnce = 16;  // connections accepted in one turn of the loop

std::optional<IpAddress> address_of(const sockaddr_storage& storage) {
  if (storage.ss_family == AF_INET) {
    sockaddr_in address{};
    std::memcpy(&address, &storage, sizeof address);
    std::array<std::uint8_t, 4> bytes{};
    std::memcpy(bytes.data(), &address.sin_addr, bytes.size());
    return IpAddress::v4(bytes);
  }
  if (storage.ss_family == AF_INET6) {
    sockaddr_in6 address{};
    std::memcpy(&address, &storage, sizeof address);
    std::array<std::uint8_t, 16> bytes{};
    std::memcpy(bytes.data(), &address.sin6_addr, bytes.size());
    return IpAddress::v6(bytes);
  }
  return std::nullopt;
}

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
    return std::none_of(addresses.begin(), addresses.end(),
                        [&](const Endpoint& one) { return one.to_string() == entry.first; });
  });
}

void Doors::allow(std::vector<IpPrefix> networks) {
  networks_ = std::move(networks);
}

// Another life of this worker may share the socket for a moment: then there may be nobody.
void Doors::accept(int socket) {
  for (int i = 0; i < kAtOnce; ++i) {
    sockaddr_storage address{};
    socklen_t size = sizeof address;
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): so the call wants it
    auto* const plain = reinterpret_cast<sockaddr*>(&address);
    OwnedFd connection(::accept4(socket, plain, &size, SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (!connection) return;
    if (may_enter(address)) came_(std::move(connection), plain, size);
  }
}

bool Doors::may_enter(const sockaddr_storage& address) const {
  if (networks_.empty()) return true;
  const std::optional<IpAddress> who = address_of(address);
  return who && std::any_of(networks_.begin(), networks_.end(),
                            [&](const IpPrefix& network) { return network.contains(*who); });
}

}  // namespace holdfast::monitor
