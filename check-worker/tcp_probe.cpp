// SPDX-License-Identifier: Apache-2.0
#include "check-worker/tcp_probe.h"

#include <errno.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <cctype>
#include <cstring>
#include <iomanip>
#include <sstream>
#include <utility>

#include "common/clock.h"
#include "common/core/result.h"

namespace holdfast::check {
namespace {

struct SocketAddress {
  sockaddr_storage storage{};
  socklen_t size = sizeof storage;

  sockaddr* get() { return reinterpret_cast<sockaddr*>(&storage); }
};

SocketAddress to_socket_address(const Endpoint& endpoint) {
  SocketAddress address;
  const auto bytes = endpoint.address.bytes();
  if (endpoint.address.is_v4()) {
    sockaddr_in v4{};
    v4.sin_family = AF_INET;
    v4.sin_port = htons(endpoint.port);
    std::memcpy(&v4.sin_addr, bytes.data(), bytes.size());
    std::memcpy(&address.storage, &v4, sizeof v4);
    address.size = sizeof v4;
  } else {
    sockaddr_in6 v6{};
    v6.sin6_family = AF_INET6;
    v6.sin6_port = htons(endpoint.port);
    std::memcpy(&v6.sin6_addr, bytes.data(), bytes.size());
    std::memcpy(&address.storage, &v6, sizeof v6);
    address.size = sizeof v6;
  }
  return address;
}

// In the system's words, but as part of a sentence: "connection refused".
std::string in_words(int error) {
  const char* const known = ::strerrordesc_np(error);
  std::string text = known == nullptr ? "error " + std::to_string(error) : known;
  text[0] = static_cast<char>(std::tolower(static_cast<unsigned char>(text[0])));
  return text;
}

std::string connected_in(Duration duration) {
  std::ostringstream text;
  text << "connected in " << std::fixed << std::setprecision(1)
       << static_cast<double>(duration.count()) / 1e3 << " ms";
  return text.str();
}

// Of connect(). The target cannot cause these.
bool is_our_own_lack(int error) {
  switch (error) {
    case ENOBUFS:
    case ENOMEM:
    case EADDRNOTAVAIL:  // no free port
    case EAGAIN:         // likewise, or no routing cache entry
    case EPERM:          // a packet filter on this node
    case EACCES:
      return true;
    default:
      return false;
  }
}

// A connect to a port of this node on which nobody listens can be given that very port as its own,
// and then TCP's simultaneous open connects the socket with itself.
bool reached_itself(int socket) {
  SocketAddress own;
  SocketAddress peer;
  return ::getsockname(socket, own.get(), &own.size) == 0 &&
         ::getpeername(socket, peer.get(), &peer.size) == 0 && own.size == peer.size &&
         std::memcmp(&own.storage, &peer.storage, own.size) == 0;
}

}  // namespace

TcpProbe::TcpProbe(EventLoop& loop, const Endpoint& target, std::function<void()> ready)
    : target_(target),
      started_(monotonic_now()),
      socket_(::socket(target.address.is_v4() ? AF_INET : AF_INET6,
                       SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)) {
  if (!socket_) {
    result_ = ProbeResult{Verdict::kNotMade, in_words(errno)};
    return;
  }
  // Closing then resets the connection: no port is held for a minute in TIME_WAIT.
  const linger reset{.l_onoff = 1, .l_linger = 0};
  HF_CHECK(::setsockopt(socket_.get(), SOL_SOCKET, SO_LINGER, &reset, sizeof reset) == 0);
  result_ = connect();
  if (result_) return;
  watch_ =
      Watch(loop, socket_.get(), Ready{false, true}, [call = std::move(ready)](Ready) { call(); });
}

const std::optional<ProbeResult>& TcpProbe::result() {
  if (!result_) result_ = connect();
  return result_;
}

// Called again while the kernel still connects, connect() says how far it is.
std::optional<ProbeResult> TcpProbe::connect() {
  SocketAddress address = to_socket_address(target_);
  const int error = ::connect(socket_.get(), address.get(), address.size) == 0 ? 0 : errno;
  switch (error) {
    case EINPROGRESS:
    case EALREADY:
    case EINTR:
      return std::nullopt;
    case 0:
      if (reached_itself(socket_.get())) {
        return ProbeResult{Verdict::kBad, "nobody listens: the connection reached itself"};
      }
      return ProbeResult{Verdict::kGood, connected_in(monotonic_now() - started_)};
    // Before the handshake a reset reads ECONNREFUSED. These two were accepted and then dropped:
    // good as if we had looked a moment earlier, or the verdict would be a matter of luck.
    case ECONNRESET:
    case EPIPE:
      return ProbeResult{Verdict::kGood, connected_in(monotonic_now() - started_)};
    default:
      return ProbeResult{is_our_own_lack(error) ? Verdict::kNotMade : Verdict::kBad,
                         in_words(error)};
  }
}

}  // namespace holdfast::check
