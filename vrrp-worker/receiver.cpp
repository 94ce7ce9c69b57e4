// SPDX-License-Identifier: Apache-2.0
#include "vrrp-worker/receiver.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <optional>
#include <utility>
#include <vector>

#include "common/clock.h"
#include "common/os_error.h"
#include "common/socket_buffers.h"
#include "vrrp-worker/core/advert.h"
#include "vrrp-worker/packet_filter.h"
#include "vrrp-worker/socket_options.h"

namespace holdfast::vrrp {
namespace {

constexpr std::size_t kPacketSizeMax = 65535;
// From one packet's place to the next: those that begin alike, mostly all of them, would otherwise
// compete for the same lines of the caches.
constexpr std::size_t kPacketStride = kPacketSizeMax + 1 + 192;
// Peers may send the adverts of all 255 virtual routers of a link at once.
constexpr int kReceiveBuffer = 1 << 20;
// At one wake-up of a link; what is left is read at the next, after the timers and other links.
constexpr unsigned kPacketsPerWakeup = 64;
// More packets than a new socket's queue holds.
constexpr int kStrayPacketsMax = 4096;

// What is older was kept back by this process, or somebody set the clock: its time counts from when
// it is read, less this.
constexpr Duration kAgeMax = std::chrono::milliseconds{10};

constexpr int kIpv6MulticastAll = 29;  // IPV6_MULTICAST_ALL, which the headers of glibc lack

// No group but those that the socket joins: by default, all that anybody on this host joined.
constexpr std::array kIpv4Options{
    SocketOption{IPPROTO_IP, IP_MULTICAST_ALL, 0, "IP_MULTICAST_ALL"},
};
// Of IPv6 the kernel keeps the header: what is needed of it must be asked for.
constexpr std::array kIpv6Options{
    SocketOption{IPPROTO_IPV6, kIpv6MulticastAll, 0, "IPV6_MULTICAST_ALL"},
    SocketOption{IPPROTO_IPV6, IPV6_RECVPKTINFO, 1, "IPV6_RECVPKTINFO"},
    SocketOption{IPPROTO_IPV6, IPV6_RECVHOPLIMIT, 1, "IPV6_RECVHOPLIMIT"},
};

Result<OwnedFd> open_socket(int link, Family family) {
  const bool ipv4 = family == Family::kIpv4;
  OwnedFd socket(
      ::socket(ipv4 ? AF_INET : AF_INET6, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, kVrrpProtocol));
  if (!socket) return fail_errno("cannot open a raw socket");
  if (auto set = set_option(socket, SOL_SOCKET, SO_BINDTOIFINDEX, link, "SO_BINDTOIFINDEX"); !set) {
    return tl::unexpected(set.error());
  }
  enlarge_receive_buffer(socket, kReceiveBuffer);
  // Without it a packet counts from when it is read, and no more.
  const int on = 1;
  ::setsockopt(socket.get(), SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof on);
  auto set = ipv4 ? set_options(socket, kIpv4Options) : set_options(socket, kIpv6Options);
  if (!set) return tl::unexpected(set.error());
  // Until it was bound it heard every link.
  std::uint8_t stray = 0;
  for (int i = 0; i < kStrayPacketsMax; ++i) {
    if (::recv(socket.get(), &stray, sizeof stray, MSG_DONTWAIT) < 0) break;
  }
  return socket;
}

enum class Membership { kJoin, kLeave };

Result<void> change_membership(const OwnedFd& socket, int link, const IpAddress& group,
                               Membership membership) {
  const bool join = membership == Membership::kJoin;
  if (group.is_v4()) {
    ip_mreqn request{};
    request.imr_multiaddr = in_addr_of(group);
    request.imr_ifindex = link;
    return set_option(socket, IPPROTO_IP, join ? IP_ADD_MEMBERSHIP : IP_DROP_MEMBERSHIP, request,
                      "the membership of a multicast group");
  }
  ipv6_mreq request{};
  request.ipv6mr_multiaddr = in6_addr_of(group);
  request.ipv6mr_interface = static_cast<unsigned>(link);
  return set_option(socket, IPPROTO_IPV6, join ? IPV6_JOIN_GROUP : IPV6_LEAVE_GROUP, request,
                    "the membership of a multicast group");
}

// What `wanted` has and `joined` has not is joined, the reverse left.
Result<void> update_groups(const OwnedFd& socket, int link, std::set<IpAddress>& joined,
                           const std::set<IpAddress>& wanted) {
  for (const IpAddress& group : wanted) {
    if (joined.contains(group)) continue;
    if (auto done = change_membership(socket, link, group, Membership::kJoin); !done) return done;
    joined.insert(group);
  }
  const std::set<IpAddress> before = joined;
  for (const IpAddress& group : before) {
    if (wanted.contains(group)) continue;
    if (auto done = change_membership(socket, link, group, Membership::kLeave); !done) return done;
    joined.erase(group);
  }
  return {};
}

// The kernel replaces one filter by the other at once: no packet slips through between them.
Result<void> update_filter(const OwnedFd& socket, Family family, std::set<Vrid>& passed,
                           const std::set<Vrid>& wanted) {
  if (passed == wanted) return {};
  std::vector<sock_filter> program = vrid_filter(family, wanted);
  const sock_fprog request{static_cast<unsigned short>(program.size()), program.data()};
  auto set = set_option(socket, SOL_SOCKET, SO_ATTACH_FILTER, request, "SO_ATTACH_FILTER");
  if (set) passed = wanted;
  return set;
}

// From what it hears to what it shall hear.
Result<void> hear(const OwnedFd& socket, int link, Family family, Hearing& now,
                  const Hearing& wanted) {
  auto filtered = update_filter(socket, family, now.vrids, wanted.vrids);
  return filtered ? update_groups(socket, link, now.groups, wanted.groups) : filtered;
}

IpAddress address_of(const in6_addr& address) {
  std::array<std::uint8_t, 16> bytes{};
  std::memcpy(bytes.data(), &address, bytes.size());
  return IpAddress::v6(bytes);
}

// How long the kernel had it, when it is read `now`.
Duration age_of(msghdr& header, RealTime now) {
  for (cmsghdr* part = CMSG_FIRSTHDR(&header); part != nullptr; part = CMSG_NXTHDR(&header, part)) {
    if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_TIMESTAMPNS) continue;
    timespec came{};
    std::memcpy(&came, CMSG_DATA(part), sizeof came);
    const auto at = std::chrono::seconds{came.tv_sec} + std::chrono::nanoseconds{came.tv_nsec};
    const auto age = now.time_since_epoch() - std::chrono::ceil<Duration>(at);
    return std::clamp<Duration>(age, Duration{0}, kAgeMax);
  }
  return Duration{0};
}

// An IPv6 packet from what came beside its payload.
std::optional<Datagram> ipv6_datagram(msghdr& header, std::span<const std::uint8_t> payload) {
  Datagram datagram;
  datagram.payload = payload;
  datagram.source = address_of(static_cast<const sockaddr_in6*>(header.msg_name)->sin6_addr);
  bool has_destination = false;
  bool has_ttl = false;
  for (cmsghdr* part = CMSG_FIRSTHDR(&header); part != nullptr; part = CMSG_NXTHDR(&header, part)) {
    if (part->cmsg_level != IPPROTO_IPV6) continue;
    if (part->cmsg_type == IPV6_PKTINFO) {
      in6_pktinfo information{};
      std::memcpy(&information, CMSG_DATA(part), sizeof information);
      datagram.destination = address_of(information.ipi6_addr);
      has_destination = true;
    } else if (part->cmsg_type == IPV6_HOPLIMIT) {
      int limit = 0;
      std::memcpy(&limit, CMSG_DATA(part), sizeof limit);
      datagram.ttl = static_cast<std::uint8_t>(limit);
      has_ttl = true;
    }
  }
  if (!has_destination || !has_ttl) return std::nullopt;
  return datagram;
}

}  // namespace

// For one recvmmsg() of any link. The kernel fills it: memory that no packet needed is not used.
struct Receiver::Buffers {
  // What the kernel wrote to is as before it did; of IPv4 the source is in the packet's own header.
  void prepare(Family family) {
    if (std::exchange(prepared_for, family) != family) used = kPacketsPerWakeup;
    const bool ipv6 = family == Family::kIpv6;
    for (std::size_t i = 0; i < used; ++i) {
      parts[i] = {packets[i].data(), kPacketSizeMax};
      msghdr& header = headers[i].msg_hdr;
      header = {};
      header.msg_iov = &parts[i];
      header.msg_iovlen = 1;
      header.msg_name = ipv6 ? &sources[i] : nullptr;
      header.msg_namelen = ipv6 ? sizeof sources[i] : 0;
      header.msg_control = controls[i].bytes.data();
      header.msg_controllen = controls[i].bytes.size();
    }
    used = 0;
  }

  struct Control {
    static constexpr std::size_t kSize =
        CMSG_SPACE(sizeof(in6_pktinfo)) + CMSG_SPACE(sizeof(int)) + CMSG_SPACE(sizeof(timespec));
    alignas(cmsghdr) std::array<char, kSize> bytes;
  };

  std::array<std::array<std::uint8_t, kPacketStride>, kPacketsPerWakeup> packets;
  std::array<sockaddr_in6, kPacketsPerWakeup> sources;
  std::array<Control, kPacketsPerWakeup> controls;
  std::array<iovec, kPacketsPerWakeup> parts;
  std::array<mmsghdr, kPacketsPerWakeup> headers{};
  std::array<Datagram, kPacketsPerWakeup> datagrams;
  std::optional<Family> prepared_for;
  std::size_t used = 0;  // headers, by the last call
};

Receiver::Receiver(EventLoop& loop, Received received)
    : loop_(loop),
      received_(std::move(received)),
      buffers_(new Buffers, [](Buffers* buffers) { delete buffers; }) {}

std::map<int, Error> Receiver::listen_on(const Listening& wanted) {
  std::erase_if(sockets_, [&](const auto& entry) { return !wanted.contains(entry.first); });
  std::map<int, Error> failed;
  for (const auto& [place, hearing] : wanted) {
    const auto [link, family] = place;
    const Result<Socket*> socket = socket_on(link, family);
    const Result<void> hears = socket ? hear((*socket)->fd, link, family, (*socket)->hears, hearing)
                                      : Result<void>(tl::unexpected(socket.error()));
    if (!hears) failed.emplace(link, hears.error());
  }
  return failed;
}

Result<Receiver::Socket*> Receiver::socket_on(int link, Family family) {
  const std::pair place{link, family};
  if (const auto known = sockets_.find(place); known != sockets_.end()) return &known->second;
  Result<OwnedFd> socket = open_socket(link, family);
  if (!socket) return tl::unexpected(socket.error());
  const int fd = socket->get();
  Watch watch(loop_, fd, Ready{true, false},
              [this, link, family, fd](Ready) { receive(link, family, fd); });
  return &sockets_.emplace(place, Socket{std::move(*socket), {}, std::move(watch)}).first->second;
}

// A socket may be closed while another is read.
void Receiver::catch_up() {
  std::vector<std::pair<int, Family>> places;
  for (const auto& [place, socket] : sockets_) places.push_back(place);
  for (const auto& place : places) {
    const auto socket = sockets_.find(place);
    if (socket != sockets_.end()) receive(place.first, place.second, socket->second.fd.get());
  }
}

void Receiver::receive(int link, Family family, int fd) {
  buffers_->prepare(family);
  const int count =
      ::recvmmsg(fd, buffers_->headers.data(), kPacketsPerWakeup, MSG_DONTWAIT, nullptr);
  const RealTime now = real_time_now();
  buffers_->used = static_cast<std::size_t>(std::max(count, 0));
  std::size_t whole = 0;
  for (std::size_t i = 0; i < buffers_->used; ++i) {
    const auto packet =
        std::span<const std::uint8_t>(buffers_->packets[i]).first(buffers_->headers[i].msg_len);
    // Whatever is no whole packet did not pass the kernel's own checks.
    msghdr& header = buffers_->headers[i].msg_hdr;
    auto datagram =
        family == Family::kIpv4 ? parse_ipv4_packet(packet) : ipv6_datagram(header, packet);
    if (!datagram) continue;
    datagram->age = age_of(header, now);
    buffers_->datagrams[whole++] = *datagram;
  }
  if (whole > 0) received_(link, std::span(buffers_->datagrams).first(whole));
}

}  // namespace holdfast::vrrp
