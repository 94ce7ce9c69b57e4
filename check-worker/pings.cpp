// SPDX-License-Identifier: Apache-2.0
#include "check-worker/pings.h"

#include <errno.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <cstring>

#include "check-worker/core/ping.h"
#include "common/socket_address.h"

namespace holdfast::check {
namespace {

constexpr std::size_t kWaitingMax = 0xffff;
constexpr std::size_t kPacketMax = 2048;  // ours are 16 bytes, and a reply is no longer
constexpr int kReadsPerTurn = 256;        // the loop is others', too

// Where a packet comes from and leaves, beside what is sent.
class Control {
 public:
  // An error number, or 0.
  int set(const OwnedFd& socket, Family family, const ConnectConfig& from, msghdr& message) {
    unsigned index = 0;
    if (!from.interface.empty()) {
      // if_nametoindex() would open a socket of a kind that this process must not have.
      ifreq request{};
      from.interface.copy(request.ifr_name, sizeof request.ifr_name - 1);
      if (::ioctl(socket.get(), SIOCGIFINDEX, &request) != 0) return errno;
      index = static_cast<unsigned>(request.ifr_ifindex);
    }
    if (index == 0 && !from.source) return 0;
    if (family == Family::kIpv4) {
      in_pktinfo info{};
      info.ipi_ifindex = static_cast<int>(index);
      if (from.source) std::memcpy(&info.ipi_spec_dst, from.source->bytes().data(), 4);
      put(message, IPPROTO_IP, IP_PKTINFO, info);
    } else {
      in6_pktinfo info{};
      info.ipi6_ifindex = index;
      if (from.source) std::memcpy(&info.ipi6_addr, from.source->bytes().data(), 16);
      put(message, IPPROTO_IPV6, IPV6_PKTINFO, info);
    }
    return 0;
  }

 private:
  template <typename T>
  void put(msghdr& message, int level, int type, const T& info) {
    static_assert(CMSG_SPACE(sizeof(T)) <= sizeof bytes_);
    message.msg_control = bytes_;
    message.msg_controllen = CMSG_SPACE(sizeof info);
    cmsghdr* const header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = level;
    header->cmsg_type = type;
    header->cmsg_len = CMSG_LEN(sizeof info);
    std::memcpy(CMSG_DATA(header), &info, sizeof info);
  }

  alignas(cmsghdr) char bytes_[CMSG_SPACE(sizeof(in6_pktinfo))] = {};
};

bool is_ours(const IpAddress& address) {
  SocketAddress own = to_socket_address({address, 0});
  const OwnedFd socket(::socket(own.storage.ss_family, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  return socket && ::bind(socket.get(), own.get(), own.size) == 0;
}

// IPv4 hands over the IP header, too.
std::string_view icmp_of(Family family, std::string_view packet) {
  if (family == Family::kIpv6) return packet;
  if (packet.empty()) return packet;
  const std::size_t header = (static_cast<std::uint8_t>(packet[0]) & 15U) * std::size_t{4};
  return packet.size() < header ? std::string_view{} : packet.substr(header);
}

}  // namespace

Pings::Waiting::~Waiting() {
  if (pings_ != nullptr) pings_->of(family_).waiting.erase(sequence_);
}

Pings::Waiting& Pings::Waiting::operator=(Waiting&& other) noexcept {
  std::swap(pings_, other.pings_);
  std::swap(family_, other.family_);
  std::swap(sequence_, other.sequence_);
  return *this;
}

void Pings::adopt(const PingSocket& kind, OwnedFd socket) {
  const Family family = kind.ipv6 ? Family::kIpv6 : Family::kIpv4;
  Side& side = of(family);
  // What waits for an answer on the one that is there would wait in vain.
  if (side.socket || !socket) return;
  side.socket = std::move(socket);
  side.identifier = kind.identifier;
  side.watch = Watch(loop_, side.socket.get(), ::holdfast::Ready{true, false},
                     [this, family](::holdfast::Ready) { read(family); });
}

int Pings::send(const IpAddress& target, std::string request, const ConnectConfig& from,
                Received received, Waiting& waiting) {
  const Family family = target.family();
  Side& side = of(family);
  if (!side.socket) return EACCES;
  if (side.waiting.size() >= kWaitingMax) return ENOBUFS;
  while (side.waiting.contains(++side.last)) {
  }
  address_echo(request, family, side.identifier, side.last);
  SocketAddress to = to_socket_address({target, 0});
  iovec part{request.data(), request.size()};
  msghdr message{};
  message.msg_name = to.get();
  message.msg_namelen = to.size;
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  Control control;
  if (const int error = control.set(side.socket, family, from, message); error != 0) return error;
  // A request that the queue has no place for is one that is lost.
  if (::sendmsg(side.socket.get(), &message, MSG_NOSIGNAL) < 0 && errno != EAGAIN) {
    const int error = errno;
    // What the kernel says of a source that it does not have depends on its version.
    return from.source && !is_ours(*from.source) ? EADDRNOTAVAIL : error;
  }
  side.waiting.emplace(side.last, Request{target, std::move(received)});
  waiting = Waiting(*this, family, side.last);
  return 0;
}

void Pings::read(Family family) {
  std::array<char, kPacketMax> buffer{};
  for (int i = 0; i < kReadsPerTurn; ++i) {
    SocketAddress from;
    const ssize_t got = ::recvfrom(of(family).socket.get(), buffer.data(), buffer.size(), 0,
                                   from.get(), &from.size);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return;  // Nothing more; an error of the socket is one of a packet, now gone.
    const std::optional<Endpoint> sender = to_endpoint(from);
    if (!sender) continue;
    take(family, sender->address, icmp_of(family, {buffer.data(), static_cast<std::size_t>(got)}));
  }
}

void Pings::take(Family family, const IpAddress& from, std::string_view message) {
  const auto sequence = echo_sequence(message);
  if (!sequence) return;
  const auto& waiting = of(family).waiting;
  const auto found = waiting.find(*sequence);
  if (found == waiting.end() || found->second.target != from) return;
  const Received received = found->second.received;  // It may end the wait.
  received(message);
}

}  // namespace holdfast::check
