// SPDX-License-Identifier: Apache-2.0
#include "check-worker/carrier.h"

#include <errno.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "check-worker/probe_socket.h"
#include "common/netlink.h"
#include "common/netlink_bytes.h"
#include "common/owned_fd.h"

namespace holdfast::check {
namespace {

struct Buffer {
  alignas(nlmsghdr) std::array<std::uint8_t, 16'384> bytes{};
};

// What the kernel answers, which is there as soon as the request is sent. It lies in the buffer.
template <int kMax, typename Header>
struct Answer {
  int error = 0;                   // it refuses
  const Header* header = nullptr;  // none: it refuses, or says something else
  AttributeTable<kMax> attributes{nullptr, 0};
};

template <int kMax, typename Header>
Answer<kMax, Header> ask(const std::vector<std::uint8_t>& request, int type, Buffer& buffer) {
  const OwnedFd socket(
      ::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE));
  if (!socket || !netlink_send(socket, request)) return {};
  std::span<std::uint8_t> bytes;
  if (netlink_receive(socket, buffer.bytes, bytes) != Receipt::kDatagram) return {};
  const auto* const message = reinterpret_cast<const nlmsghdr*>(bytes.data());
  if (!NLMSG_OK(message, static_cast<std::uint32_t>(bytes.size()))) return {};
  if (const std::optional<int> error = netlink_answer(message)) return {*error};
  const auto* const header = header_in<Header>(message);
  if (header == nullptr || message->nlmsg_type != type) return {};
  return {0, header, attributes_in<kMax>(message, header)};
}

using Link = Answer<IFLA_MAX, ifinfomsg>;
using Route = Answer<RTA_MAX, rtmsg>;

Link link_named(const std::string& name, Buffer& buffer) {
  std::vector<std::uint8_t> packet;
  RequestWriter request(packet, RTM_GETLINK, 0, 0, ifinfomsg{});
  request.put_text(IFLA_IFNAME, name);
  return ask<IFLA_MAX, ifinfomsg>(packet, RTM_NEWLINK, buffer);
}

// By the interface with this index, if it is not 0.
Route route_to(const IpAddress& target, const ConnectConfig& from, std::uint32_t interface,
               Buffer& buffer) {
  rtmsg header{};
  header.rtm_family = target.is_v4() ? AF_INET : AF_INET6;
  header.rtm_dst_len = static_cast<std::uint8_t>(8 * target.bytes().size());
  if (from.source) header.rtm_src_len = header.rtm_dst_len;
  std::vector<std::uint8_t> packet;
  RequestWriter request(packet, RTM_GETROUTE, 0, 0, header);
  request.put(RTA_DST, target.bytes());
  request.put(RTA_SRC, from.source);
  if (from.mark != 0) request.put_value(RTA_MARK, from.mark);
  if (interface != 0) request.put_value(RTA_OIF, interface);
  return ask<RTA_MAX, rtmsg>(packet, RTM_NEWROUTE, buffer);
}

Link link_with_index(std::uint32_t index, Buffer& buffer) {
  ifinfomsg header{};
  header.ifi_index = static_cast<int>(index);
  std::vector<std::uint8_t> packet;
  const RequestWriter request(packet, RTM_GETLINK, 0, 0, header);
  return ask<IFLA_MAX, ifinfomsg>(packet, RTM_NEWLINK, buffer);
}

// That packets leave by.
Link way_out(const IpAddress& target, const ConnectConfig& from, Buffer& buffer) {
  if (!from.interface.empty()) return link_named(from.interface, buffer);
  const Route route = route_to(target, from, 0, buffer);
  const std::uint32_t index = route.header == nullptr ? 0 : route.attributes.number(RTA_OIF, 0);
  return index == 0 ? Link{} : link_with_index(index, buffer);
}

}  // namespace

std::string interface_without_carrier(const IpAddress& target, const ConnectConfig& from) {
  Buffer buffer;
  const Link link = way_out(target, from, buffer);
  if (link.header == nullptr) return {};
  const auto carrier = link.attributes[IFLA_CARRIER];
  return carrier.size() == 1 && carrier[0] == 0 ? link.attributes.text(IFLA_IFNAME) : std::string{};
}

bool has_marked_route(const IpAddress& target, const ConnectConfig& from) {
  Buffer buffer;
  std::uint32_t index = 0;
  if (!from.interface.empty()) {
    const Link link = link_named(from.interface, buffer);
    if (link.header == nullptr) return true;
    index = static_cast<std::uint32_t>(link.header->ifi_index);
  }
  const Route route = route_to(target, from, index, buffer);
  if (route.header == nullptr) return !is_unreachable(route.error) && route.error != EINVAL;
  const unsigned char type = route.header->rtm_type;
  return type != RTN_UNREACHABLE && type != RTN_BLACKHOLE && type != RTN_THROW;
}

}  // namespace holdfast::check
