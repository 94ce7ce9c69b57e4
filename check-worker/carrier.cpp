// SPDX-License-Identifier: Apache-2.0
#include "check-worker/carrier.h"

#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "common/netlink.h"
#include "common/owned_fd.h"

namespace holdfast::check {
namespace {

using Bytes = std::span<const std::uint8_t>;

Bytes bytes_of(const auto& thing) {
  return {reinterpret_cast<const std::uint8_t*>(&thing), sizeof thing};
}

// A request of rtnetlink(7), put together piece by piece.
class Request {
 public:
  Request(std::uint16_t type, Bytes body) {
    header_.nlmsg_type = type;
    header_.nlmsg_flags = NLM_F_REQUEST;
    put(bytes_of(header_));
    put(body);
  }

  void attribute(std::uint16_t type, Bytes value) {
    const rtattr head{static_cast<std::uint16_t>(RTA_LENGTH(value.size())), type};
    put(bytes_of(head));
    put(value);
  }

  Bytes finish() {
    header_.nlmsg_len = static_cast<std::uint32_t>(bytes_.size());
    std::memcpy(bytes_.data(), &header_, sizeof header_);
    return bytes_;
  }

 private:
  void put(Bytes piece) {
    bytes_.insert(bytes_.end(), piece.begin(), piece.end());
    bytes_.resize(NLMSG_ALIGN(bytes_.size()));
  }

  nlmsghdr header_{};
  std::vector<std::uint8_t> bytes_;
};

// The kernel's answer, which is there as soon as the request is sent: the attributes behind a body
// of this size. Nothing: it refuses, or answers something else.
std::optional<std::vector<std::uint8_t>> ask(Request& request, std::uint16_t type,
                                             std::size_t body_size) {
  const OwnedFd socket(
      ::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE));
  if (!socket || !netlink_send(socket, request.finish())) return std::nullopt;
  std::array<std::uint8_t, 16'384> buffer{};
  std::span<std::uint8_t> answer;
  if (netlink_receive(socket, buffer, answer) != Receipt::kDatagram) return std::nullopt;
  nlmsghdr header{};
  const std::size_t at = NLMSG_HDRLEN + NLMSG_ALIGN(body_size);
  if (answer.size() < at) return std::nullopt;
  std::memcpy(&header, answer.data(), sizeof header);
  if (header.nlmsg_type != type || header.nlmsg_len > answer.size() || header.nlmsg_len < at) {
    return std::nullopt;
  }
  const auto attributes = answer.subspan(at, header.nlmsg_len - at);
  return std::vector<std::uint8_t>(attributes.begin(), attributes.end());
}

// The value of the first attribute of this type; empty: there is none.
Bytes find(Bytes attributes, std::uint16_t type) {
  rtattr head{};
  while (attributes.size() >= sizeof head) {
    std::memcpy(&head, attributes.data(), sizeof head);
    if (head.rta_len < sizeof head || head.rta_len > attributes.size()) return {};
    if ((head.rta_type & NLA_TYPE_MASK) == type) {
      return attributes.subspan(sizeof head, head.rta_len - sizeof head);
    }
    attributes =
        attributes.subspan(std::min<std::size_t>(RTA_ALIGN(head.rta_len), attributes.size()));
  }
  return {};
}

std::optional<std::uint32_t> number_in(Bytes value) {
  std::uint32_t number = 0;
  if (value.size() != sizeof number) return std::nullopt;
  std::memcpy(&number, value.data(), sizeof number);
  return number;
}

std::optional<std::uint32_t> way_out(const IpAddress& target, const ConnectConfig& from) {
  rtmsg body{};
  body.rtm_family = target.is_v4() ? AF_INET : AF_INET6;
  body.rtm_dst_len = static_cast<std::uint8_t>(8 * target.bytes().size());
  if (from.source) body.rtm_src_len = body.rtm_dst_len;
  Request request(RTM_GETROUTE, bytes_of(body));
  request.attribute(RTA_DST, target.bytes());
  if (from.source) request.attribute(RTA_SRC, from.source->bytes());
  const auto route = ask(request, RTM_NEWROUTE, sizeof body);
  return route ? number_in(find(*route, RTA_OIF)) : std::nullopt;
}

}  // namespace

std::string interface_without_carrier(const IpAddress& target, const ConnectConfig& from) {
  ifinfomsg body{};
  if (from.interface.empty()) {
    const std::optional<std::uint32_t> index = way_out(target, from);
    if (!index) return {};
    body.ifi_index = static_cast<int>(*index);
  }
  Request request(RTM_GETLINK, bytes_of(body));
  if (!from.interface.empty()) {
    request.attribute(IFLA_IFNAME, {reinterpret_cast<const std::uint8_t*>(from.interface.c_str()),
                                    from.interface.size() + 1});
  }
  const auto link = ask(request, RTM_NEWLINK, sizeof body);
  if (!link) return {};
  const Bytes carrier = find(*link, IFLA_CARRIER);
  if (carrier.size() != 1 || carrier[0] != 0) return {};
  const Bytes name = find(*link, IFLA_IFNAME);
  const std::string_view text(reinterpret_cast<const char*>(name.data()), name.size());
  return std::string(text.substr(0, text.find('\0')));
}

}  // namespace holdfast::check
