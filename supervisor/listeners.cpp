// SPDX-License-Identifier: Apache-2.0
#include "supervisor/listeners.h"

#include <grp.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <string>
#include <utility>

#include "common/os_error.h"
#include "common/sandbox.h"
#include "common/socket_address.h"

namespace holdfast::supervisor {
namespace {

constexpr int kBacklog = 64;  // of connections that nobody has accepted yet

Result<void> bind_to(int socket, const Endpoint& endpoint) {
  SocketAddress address = to_socket_address(endpoint);
  if (::bind(socket, address.get(), address.size) != 0 || ::listen(socket, kBacklog) != 0) {
    return fail_errno("monitoring: cannot listen at " + endpoint.to_string());
  }
  return {};
}

Result<OwnedFd> open(const Endpoint& endpoint) {
  const bool v4 = endpoint.address.is_v4();
  OwnedFd socket(::socket(v4 ? AF_INET : AF_INET6, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!socket) return fail_errno("monitoring: cannot open a socket");
  const int on = 1;
  ::setsockopt(socket.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (v4) {
    ::setsockopt(socket.get(), IPPROTO_IP, IP_FREEBIND, &on, sizeof on);
  } else {
    ::setsockopt(socket.get(), IPPROTO_IPV6, IPV6_FREEBIND, &on, sizeof on);
    ::setsockopt(socket.get(), IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
  }
  if (auto bound = bind_to(socket.get(), endpoint); !bound) return tl::unexpected(bound.error());
  return socket;
}

// The owner may give a file to a group that he is in, which CAP_SETGID can arrange for a moment; to
// any other takes CAP_CHOWN, which is a right over all files.
bool give_to_group(const std::string& path, gid_t group) {
  std::array<gid_t, NGROUPS_MAX> own{};
  const int count = ::getgroups(NGROUPS_MAX, own.data());
  if (count < 0 || ::setgroups(1, &group) != 0) return false;
  const bool given = ::chown(path.c_str(), static_cast<uid_t>(-1), group) == 0;
  const int error = errno;
  const bool restored = ::setgroups(static_cast<std::size_t>(count), own.data()) == 0;
  if (!given) errno = error;
  return given && restored;
}

}  // namespace

void Listeners::keep_only(const std::vector<Endpoint>& addresses) {
  std::erase_if(sockets_, [&](const auto& entry) {
    return std::find(addresses.begin(), addresses.end(), entry.first) == addresses.end();
  });
  if (addresses.empty()) close_unix();
}

void Listeners::close_unix() {
  if (!unix_) return;
  unix_ = OwnedFd();
  ::unlink(path_.c_str());  // the lock of its directory is still held
}

Result<int> Listeners::unix_socket() {
  if (unix_) return unix_.get();
  OwnedFd socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!socket) return fail_errno("monitoring: cannot open a socket");
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path_.size() >= sizeof address.sun_path) {
    return fail("monitoring: " + path_ + " is too long for a socket");
  }
  path_.copy(static_cast<char*>(address.sun_path), sizeof address.sun_path - 1);
  ::unlink(path_.c_str());  // one that a killed daemon has left
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): so the call wants it
  const auto* const name = reinterpret_cast<const sockaddr*>(&address);
  const mode_t before = ::umask(0117);
  const bool bound = ::bind(socket.get(), name, sizeof address) == 0;
  ::umask(before);
  if (!bound || ::listen(socket.get(), kBacklog) != 0) {
    return fail_errno("monitoring: cannot listen at " + path_);
  }
  const Result<UnixUser> user = worker_user(Role::kMonitor);
  if (user && !give_to_group(path_, user->gid)) {
    return fail_errno("monitoring: cannot give " + path_ + " to the group holdfast-monitor");
  }
  unix_ = std::move(socket);
  return unix_.get();
}

Result<int> Listeners::socket_of(const Endpoint& address) {
  const auto known = sockets_.find(address);
  if (known != sockets_.end()) return known->second.get();
  Result<OwnedFd> opened = open(address);
  if (!opened) return tl::unexpected(opened.error());
  return sockets_.emplace(address, std::move(*opened)).first->second.get();
}

}  // namespace holdfast::supervisor
