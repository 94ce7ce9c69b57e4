// SPDX-License-Identifier: Apache-2.0
#include "check-worker/probe_socket.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>

#include <cctype>
#include <cstring>

#include "check-worker/carrier.h"
#include "common/socket_address.h"

namespace holdfast::check {
namespace {

int create(Transport transport, Family family) {
  const bool v4 = family == Family::kIpv4;
  const int domain = v4 ? AF_INET : AF_INET6;
  constexpr int kFlags = SOCK_NONBLOCK | SOCK_CLOEXEC;
  switch (transport) {
    case Transport::kTcp:
    case Transport::kTls:
      return ::socket(domain, SOCK_STREAM | kFlags, 0);
    case Transport::kUdp:
      return ::socket(domain, SOCK_DGRAM | kFlags, 0);
    case Transport::kIcmp:  // over the sockets of Pings
      break;
  }
  errno = EINVAL;
  return -1;
}

Result<void> bind_to(const OwnedFd& socket, Family family, const ConnectConfig& from) {
  if (!from.interface.empty() &&
      ::setsockopt(socket.get(), SOL_SOCKET, SO_BINDTODEVICE, from.interface.c_str(),
                   static_cast<socklen_t>(from.interface.size())) != 0) {
    return fail("cannot use the interface " + from.interface + ": " + in_words(errno));
  }
  if (!from.source && from.source_port == 0) return {};
  const int on = 1;
  if (from.source_port == 0) {
    // Else a port would be taken for all targets at once, and 28,000 checks would be the limit.
    ::setsockopt(socket.get(), IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
  } else {
    ::setsockopt(socket.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  }
  const IpAddress any = family == Family::kIpv4 ? IpAddress::v4({}) : IpAddress::v6({});
  const Endpoint place{from.source.value_or(any), from.source_port};
  SocketAddress address = to_socket_address(place);
  if (::bind(socket.get(), address.get(), address.size) != 0) {
    return fail("cannot come from " +
                (from.source_port == 0 ? place.address.to_string() : place.to_string()) + ": " +
                in_words(errno));
  }
  return {};
}

}  // namespace

Result<OwnedFd> open_socket(Transport transport, Family family) {
  OwnedFd socket(create(transport, family));
  if (!socket) return fail(in_words(errno));
  return socket;
}

Result<void> prepare_socket(const OwnedFd& socket, Transport transport, Family family,
                            const ConnectConfig& from) {
  if (transport == Transport::kTcp || transport == Transport::kTls) {
    // Closing then resets the connection: no port is held for a minute in TIME_WAIT.
    const linger reset{.l_onoff = 1, .l_linger = 0};
    HF_CHECK(::setsockopt(socket.get(), SOL_SOCKET, SO_LINGER, &reset, sizeof reset) == 0);
  }
  return bind_to(socket, family, from);
}

int connect_socket(const OwnedFd& socket, const Endpoint& target) {
  SocketAddress address = to_socket_address(target);
  return ::connect(socket.get(), address.get(), address.size) == 0 ? 0 : errno;
}

bool reached_itself(const OwnedFd& socket, const Endpoint& target) {
  constexpr std::uint16_t kUnprivileged = 1024;  // The kernel gives out no port below.
  if (target.port < kUnprivileged) return false;
  SocketAddress own;
  if (::getsockname(socket.get(), own.get(), &own.size) != 0) return false;
  return to_endpoint(own) == target;
}

void hold_back_acknowledgement(const OwnedFd& socket) {
  // Not TCP_QUICKACK: a socket that connects anew has forgotten that.
  const int seconds = 1;
  ::setsockopt(socket.get(), IPPROTO_TCP, TCP_DEFER_ACCEPT, &seconds, sizeof seconds);
}

void send_without_delay(const OwnedFd& socket) {
  const int yes = 1;
  ::setsockopt(socket.get(), IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
}

bool has_route(const Endpoint& target, const ConnectConfig& from) {
  // Only the kernel's answer knows of a mark that this process cannot set.
  if (from.mark != 0) return has_marked_route(target.address, from);
  // The kernel looks for a route when a datagram socket is connected.
  ConnectConfig place = from;
  place.source_port = 0;  // which the probe itself has
  const Family family = target.address.family();
  const Result<OwnedFd> socket = open_socket(Transport::kUdp, family);
  // A source that has gone. Else it is another lack, which the next attempt will meet.
  if (!socket || !prepare_socket(*socket, Transport::kUdp, family, place)) return !from.source;
  const Endpoint any_port{target.address, target.port == 0 ? std::uint16_t{9} : target.port};
  const int error = connect_socket(*socket, any_port);
  return !is_unreachable(error) && error != EINVAL;  // EINVAL: a route of type blackhole
}

bool is_unreachable(int error) {
  return error == ENETUNREACH || error == EHOSTUNREACH || error == ENETDOWN;
}

std::string in_words(int error) {
  const char* const known = ::strerrordesc_np(error);
  std::string text = known == nullptr ? "error " + std::to_string(error) : known;
  text[0] = static_cast<char>(std::tolower(static_cast<unsigned char>(text[0])));
  return text;
}

bool is_our_own_lack(int error) {
  switch (error) {
    case ENOBUFS:
    case ENOMEM:
    case EADDRNOTAVAIL:  // no free port
    case EADDRINUSE:     // the source port configured is taken
    case ENODEV:         // the interface configured is not there
    case EAGAIN:         // no free port either, or no routing cache entry
    case EPERM:          // a packet filter on this node
    case EACCES:
      return true;
    default:
      return false;
  }
}

}  // namespace holdfast::check
