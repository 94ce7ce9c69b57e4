// SPDX-License-Identifier: Apache-2.0
#include "check-worker/carrier.h"

#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "common/netlink.h"
#include "common/netlink_bytes.h"
#include "common/owned_fd.h"

namespace holdfast::check {
namespace {

struct Buffer {
  alignas(nlmsghdr) std::array<std::uint8_t, 16'384> bytes{};
};

// The attributes of the kernel's answer, which is there as soon as the request is sent. They lie in
// the buffer. Nothing: it refuses, or answers something else.
template <int kMax, typename Header>
std::optional<AttributeTable<kMax>> ask(const std::vector<std::uint8_t>& request, int type,
                                        Buffer& buffer) {
  const OwnedFd socket(
      ::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE));
  if (!socket || !netlink_send(socket, request)) return std::nullopt;
  std::span<std::uint8_t> answer;
  if (netlink_receive(socket, buffer.bytes, answer) != Receipt::kDatagram) return std::nullopt;
  const auto* const message = reinterpret_cast<const nlmsghdr*>(answer.data());
  if (!NLMSG_OK(message, static_cast<std::uint32_t>(answer.size()))) return std::nullopt;
  const auto* const header = header_in<Header>(message);
  if (header == nullptr || message->nlmsg_type != type) return std::nullopt;
  return attributes_in<kMax>(message, header);
}

// The index of the interface; 0: the kernel does not say.
std::uint32_t way_out(const IpAddress& target, const ConnectConfig& from) {
  rtmsg header{};
  header.rtm_family = target.is_v4() ? AF_INET : AF_INET6;
  header.rtm_dst_len = static_cast<std::uint8_t>(8 * target.bytes().size());
  if (from.source) header.rtm_src_len = header.rtm_dst_len;
  std::vector<std::uint8_t> packet;
  RequestWriter request(packet, RTM_GETROUTE, 0, 0, header);
  request.put(RTA_DST, target.bytes());
  request.put(RTA_SRC, from.source);
  Buffer buffer;
  const auto route = ask<RTA_MAX, rtmsg>(packet, RTM_NEWROUTE, buffer);
  return route ? route->number(RTA_OIF, 0) : 0;
}

}  // namespace

std::string interface_without_carrier(const IpAddress& target, const ConnectConfig& from) {
  ifinfomsg header{};
  if (from.interface.empty()) {
    header.ifi_index = static_cast<int>(way_out(target, from));
    if (header.ifi_index == 0) return {};
  }
  std::vector<std::uint8_t> packet;
  RequestWriter request(packet, RTM_GETLINK, 0, 0, header);
  if (!from.interface.empty()) request.put_text(IFLA_IFNAME, from.interface);
  Buffer buffer;
  const auto link = ask<IFLA_MAX, ifinfomsg>(packet, RTM_NEWLINK, buffer);
  if (!link) return {};
  const auto carrier = (*link)[IFLA_CARRIER];
  return carrier.size() == 1 && carrier[0] == 0 ? link->text(IFLA_IFNAME) : std::string{};
}

}  // namespace holdfast::check
