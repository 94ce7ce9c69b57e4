// SPDX-License-Identifier: Apache-2.0
#include "vrrp-worker/netlink_messages.h"

#include <linux/if.h>
#include <linux/if_link.h>
#include <linux/ip.h>
#include <linux/rtnetlink.h>
#include <netlink/attr.h>
#include <netlink/msg.h>
#include <sys/socket.h>

#include <array>
#include <cstring>
#include <initializer_list>
#include <optional>
#include <string_view>
#include <system_error>
#include <utility>

#include "common/core/overloaded.h"
#include "common/netlink_bytes.h"

namespace holdfast::vrrp {
namespace {

// The attributes of a message, of which the kernel may know more than we do. `policy` is for those
// that are not binary.
template <int kMax>
class Attributes {
 public:
  using Policy = std::array<nla_policy, kMax + 1>;

  Attributes(nlmsghdr* message, int header_size, const Policy& policy) {
    ok_ = nlmsg_parse(message, header_size, found_.data(), kMax, policy.data()) == 0;
  }
  bool ok() const { return ok_; }
  const nlattr* operator[](int type) const { return found_[static_cast<std::size_t>(type)]; }

 private:
  std::array<nlattr*, kMax + 1> found_{};
  bool ok_ = false;
};

Answer answer_in(nlmsghdr* message) {
  Answer answer;
  // Both kinds begin with it, the end of a dump only in newer kernels.
  if (nlmsg_datalen(message) < static_cast<int>(sizeof(int))) return answer;
  answer.error = -*static_cast<const int*>(nlmsg_data(message));
  if (answer.error == 0) return answer;
  answer.text = std::generic_category().message(answer.error);

  // The kernel's own words follow the request, unless that was left out (NETLINK_CAP_ACK).
  constexpr int kExtended = NLM_F_CAPPED | NLM_F_ACK_TLVS;
  if ((message->nlmsg_flags & kExtended) != kExtended) return answer;
  Attributes<NLMSGERR_ATTR_MAX>::Policy policy{};
  policy[NLMSGERR_ATTR_MSG].type = NLA_STRING;
  const Attributes<NLMSGERR_ATTR_MAX> attributes(message, sizeof(nlmsgerr), policy);
  if (const nlattr* const text = attributes[NLMSGERR_ATTR_MSG]; attributes.ok() && text) {
    answer.text += std::string{" ("} + nla_get_string(text) + ")";
  }
  return answer;
}

// The attribute of this type in a nest; null if either is absent.
const nlattr* inside(const nlattr* nest, int type) {
  return nest == nullptr
             ? nullptr
             : nla_find(static_cast<const nlattr*>(nla_data(nest)), nla_len(nest), type);
}

std::string text_in(const nlattr* attribute) {
  if (attribute == nullptr) return {};
  const auto* const text = static_cast<const char*>(nla_data(attribute));
  return {text, ::strnlen(text, static_cast<std::size_t>(nla_len(attribute)))};
}

// The settings of an interface, an array that grows from kernel to kernel.
ArpSettings arp_in(const nlattr* families) {
  const nlattr* const settings = inside(inside(families, AF_INET), IFLA_INET_CONF);
  const auto setting = [settings](std::size_t number) -> std::uint32_t {
    std::uint32_t value = 0;
    const std::size_t place = (number - 1) * sizeof value;
    if (settings != nullptr &&
        place + sizeof value <= static_cast<std::size_t>(nla_len(settings))) {
      std::memcpy(&value, static_cast<const std::uint8_t*>(nla_data(settings)) + place,
                  sizeof value);
    }
    return value;
  };
  return {setting(IPV4_DEVCONF_ARP_IGNORE), setting(IPV4_DEVCONF_ARP_ANNOUNCE)};
}

std::optional<decltype(KernelMessage::content)> link_in(nlmsghdr* message) {
  Attributes<IFLA_MAX>::Policy policy{};
  policy[IFLA_IFNAME].type = NLA_STRING;
  policy[IFLA_LINK].type = NLA_U32;
  policy[IFLA_MASTER].type = NLA_U32;
  const Attributes<IFLA_MAX> attributes(message, sizeof(ifinfomsg), policy);
  if (!attributes.ok()) return std::nullopt;
  const auto& header = *static_cast<const ifinfomsg*>(nlmsg_data(message));
  // A bridge tells of its ports in the same words, but for the family: a port that leaves it is no
  // interface that is gone. Events of wireless extensions lack half of what makes a Link.
  if (header.ifi_family != AF_UNSPEC || attributes[IFLA_WIRELESS] != nullptr) return std::nullopt;
  if (message->nlmsg_type == RTM_DELLINK) return LinkIsGone{header.ifi_index};
  if (attributes[IFLA_IFNAME] == nullptr) return std::nullopt;

  Link link;
  link.index = header.ifi_index;
  link.name = nla_get_string(attributes[IFLA_IFNAME]);
  // With a carrier, but not yet running, it still drops what it is to send.
  constexpr unsigned kUp = IFF_UP | IFF_LOWER_UP | IFF_RUNNING;
  link.up = (header.ifi_flags & kUp) == kUp;
  constexpr int kMacSize = sizeof(MacAddress);
  if (const nlattr* const mac = attributes[IFLA_ADDRESS]; mac && nla_len(mac) == kMacSize) {
    nla_memcpy(link.mac.data(), mac, kMacSize);
  }
  link.enabled = (header.ifi_flags & IFF_UP) != 0;
  link.kind = text_in(inside(attributes[IFLA_LINKINFO], IFLA_INFO_KIND));
  link.alias = text_in(attributes[IFLA_IFALIAS]);
  const auto index_in = [](const nlattr* attribute) {
    return attribute == nullptr ? 0 : static_cast<int>(nla_get_u32(attribute));
  };
  // The number of an interface of another namespace says nothing here.
  if (attributes[IFLA_LINK_NETNSID] == nullptr) link.base = index_in(attributes[IFLA_LINK]);
  link.master = index_in(attributes[IFLA_MASTER]);
  link.arp = arp_in(attributes[IFLA_AF_SPEC]);
  return LinkIs{std::move(link)};
}

std::optional<IpAddress> ip_in(int family, const nlattr* attribute) {
  if (attribute == nullptr) return std::nullopt;
  if (family == AF_INET && nla_len(attribute) == 4) {
    std::array<std::uint8_t, 4> bytes{};
    nla_memcpy(bytes.data(), attribute, sizeof bytes);
    return IpAddress::v4(bytes);
  }
  if (family == AF_INET6 && nla_len(attribute) == 16) {
    std::array<std::uint8_t, 16> bytes{};
    nla_memcpy(bytes.data(), attribute, sizeof bytes);
    return IpAddress::v6(bytes);
  }
  return std::nullopt;
}

// Without what the kernel makes of itself: a label that is the device's name, and an IPv6 scope.
AddressTraits traits_in(const ifaddrmsg& header, const Attributes<IFA_MAX>& attributes) {
  AddressTraits traits;
  const auto local = ip_in(header.ifa_family, attributes[IFA_LOCAL]);
  const auto other_end = ip_in(header.ifa_family, attributes[IFA_ADDRESS]);
  if (local && other_end && *local != *other_end) traits.peer = other_end;
  if (header.ifa_family != AF_INET) return traits;
  traits.scope = header.ifa_scope;
  traits.broadcast = ip_in(AF_INET, attributes[IFA_BROADCAST]);
  if (const nlattr* const label = attributes[IFA_LABEL]; label != nullptr) {
    const std::string_view text = nla_get_string(label);
    if (text.find(':') != std::string_view::npos) traits.label = text;
  }
  return traits;
}

std::optional<decltype(KernelMessage::content)> address_in(nlmsghdr* message) {
  Attributes<IFA_MAX>::Policy policy{};
  policy[IFA_PROTO].type = NLA_U8;
  policy[IFA_LABEL].type = NLA_STRING;
  const Attributes<IFA_MAX> attributes(message, sizeof(ifaddrmsg), policy);
  if (!attributes.ok()) return std::nullopt;
  const auto& header = *static_cast<const ifaddrmsg*>(nlmsg_data(message));
  // IPv6 has an IFA_LOCAL only where there is a peer, which is the IFA_ADDRESS then.
  const nlattr* const local = attributes[IFA_LOCAL];
  const auto ip = ip_in(header.ifa_family, local != nullptr ? local : attributes[IFA_ADDRESS]);
  if (!ip) return std::nullopt;
  const int link = static_cast<int>(header.ifa_index);
  const IpPrefix prefix{*ip, header.ifa_prefixlen};
  // A tentative address cannot be used yet; the kernel tells of it again when it can.
  if (message->nlmsg_type == RTM_DELADDR || (header.ifa_flags & IFA_F_TENTATIVE) != 0) {
    return AddressIsGone{link, prefix};
  }
  const nlattr* const protocol = attributes[IFA_PROTO];
  const bool marked = protocol != nullptr && nla_get_u8(protocol) == kAddressMark;
  return AddressIs{link, {prefix, marked, traits_in(header, attributes)}};
}

std::optional<decltype(KernelMessage::content)> content_of(nlmsghdr* message) {
  switch (message->nlmsg_type) {
    case NLMSG_ERROR:
    case NLMSG_DONE:
      return answer_in(message);
    case RTM_NEWLINK:
    case RTM_DELLINK:
      return link_in(message);
    case RTM_NEWADDR:
    case RTM_DELADDR:
      return address_in(message);
  }
  auto routing = routing_in(message);
  if (!routing) return std::nullopt;
  return std::visit(
      [](auto&& content) -> decltype(KernelMessage::content) { return std::move(content); },
      std::move(*routing));
}

// How long an address is valid, and how long a source for new connections: an IPv6 /128 never, so
// that what the host sends of itself comes from an address of its own. The kernel wants no more of
// the latter than of the former.
ifa_cacheinfo cache_info(const AddressCommand& command) {
  constexpr std::uint32_t kForEver = ~0U;
  const auto seconds = std::chrono::floor<std::chrono::seconds>(command.lifetime).count();
  const bool host = !command.prefix.address.is_v4() && command.prefix.length == 128;
  ifa_cacheinfo lifetime{};
  lifetime.ifa_valid = seconds == 0 ? kForEver : static_cast<std::uint32_t>(seconds);
  lifetime.ifa_prefered = host ? 0 : lifetime.ifa_valid;
  return lifetime;
}

ifinfomsg link_header(int link) {
  ifinfomsg header{};
  header.ifi_index = link;
  return header;
}

// What is /proc/sys/net/ipv4/conf/INTERFACE/..., for a process without a /proc.
void put_ipv4_settings(RequestWriter& request,
                       std::initializer_list<std::pair<int, std::uint32_t>> settings) {
  const Nest families(request, IFLA_AF_SPEC);
  const Nest ipv4(request, AF_INET);
  const Nest nest(request, IFLA_INET_CONF);
  for (const auto& [setting, value] : settings) request.put_value(setting, value);
}

// Bridge mode: in private mode an advert of another active router, which has the same source
// address as this device, would reach the device only and not the base.
std::vector<std::uint8_t> make_request(const DeviceSpec& spec, std::uint32_t sequence) {
  const bool macvlan = spec.kind == VirtualDevice::Kind::kMacvlan;
  std::vector<std::uint8_t> packet;
  RequestWriter request(packet, RTM_NEWLINK, NLM_F_ACK | NLM_F_CREATE | NLM_F_EXCL, sequence,
                        link_header(0));
  request.put_text(IFLA_IFNAME, spec.name);
  request.put_value(IFLA_LINK, spec.base);
  if (spec.vrf != 0) request.put_value(IFLA_MASTER, spec.vrf);
  if (macvlan) request.put(IFLA_ADDRESS, spec.mac);
  {
    const Nest info(request, IFLA_LINKINFO);
    request.put_text(IFLA_INFO_KIND, macvlan ? "macvlan" : "ipvlan");
    const Nest data(request, IFLA_INFO_DATA);
    if (macvlan) {
      request.put_value(IFLA_MACVLAN_MODE, std::uint32_t{MACVLAN_MODE_BRIDGE});
    } else {
      request.put_value(IFLA_IPVLAN_MODE, std::uint16_t{IPVLAN_MODE_L2});
    }
  }
  return packet;
}

// The mark, and how a device with a network of its base must be set. It answers for its own
// addresses only; packets that come in by it may be answered by its base, which a loose rp_filter
// (2: also where all.rp_filter says 1) allows; they may come from another address of this host.
std::vector<std::uint8_t> mark_request(const MakeDevice& make, std::uint32_t sequence) {
  std::vector<std::uint8_t> packet;
  RequestWriter request(packet, RTM_SETLINK, NLM_F_ACK, sequence, link_header(0));
  request.put_text(IFLA_IFNAME, make.spec.name);
  request.put_text(IFLA_IFALIAS, make.alias);
  put_ipv4_settings(request, {{IPV4_DEVCONF_ARP_IGNORE, 1},
                              {IPV4_DEVCONF_ARP_ANNOUNCE, 2},
                              {IPV4_DEVCONF_ARPFILTER, 0},
                              {IPV4_DEVCONF_RP_FILTER, 2},
                              {IPV4_DEVCONF_ACCEPT_LOCAL, 1},
                              {IPV4_DEVCONF_PROMOTE_SECONDARIES, 1}});
  return packet;
}

// Made of the virtual MAC address, the link-local address that an interface gives itself would be
// the same on every node.
std::vector<std::uint8_t> no_own_ipv6_request(const std::string& device, std::uint32_t sequence) {
  std::vector<std::uint8_t> packet;
  RequestWriter request(packet, RTM_SETLINK, NLM_F_ACK, sequence, link_header(0));
  request.put_text(IFLA_IFNAME, device);
  {
    const Nest families(request, IFLA_AF_SPEC);
    const Nest ipv6(request, AF_INET6);
    request.put_value(IFLA_INET6_ADDR_GEN_MODE, std::uint8_t{IN6_ADDR_GEN_MODE_NONE});
  }
  return packet;
}

}  // namespace

void append_request(std::vector<std::uint8_t>& packet, const AddressCommand& command,
                    std::uint32_t sequence, bool acknowledge) {
  const bool add = command.verb == AddressCommand::Verb::kAdd;
  const IpPrefix& prefix = command.prefix;
  const AddressTraits& traits = command.traits;
  const bool ipv6 = !prefix.address.is_v4();
  ifaddrmsg header{};
  header.ifa_family = ipv6 ? AF_INET6 : AF_INET;
  // The peers agree by VRRP who has it: duplicate address detection would only cost a second.
  header.ifa_flags = ipv6 ? IFA_F_NODAD : 0;
  header.ifa_prefixlen = prefix.length;
  // Of an IPv6 address the kernel knows better.
  const bool link_local = ipv6 && prefix.address.is_link_local();
  header.ifa_scope = link_local ? std::uint8_t{RT_SCOPE_LINK} : traits.scope;
  header.ifa_index = static_cast<unsigned>(command.link);
  const int flags = (acknowledge ? NLM_F_ACK : 0) | (add ? NLM_F_CREATE | NLM_F_REPLACE : 0);
  RequestWriter request(packet, add ? RTM_NEWADDR : RTM_DELADDR, flags, sequence, header);
  request.put(IFA_LOCAL, prefix.address.bytes());
  request.put(IFA_ADDRESS, traits.peer.value_or(prefix.address).bytes());
  if (add && !traits.label.empty()) request.put_text(IFA_LABEL, traits.label);
  if (add && traits.broadcast) request.put(IFA_BROADCAST, traits.broadcast->bytes());
  if (add) request.put_value(IFA_PROTO, kAddressMark);
  if (add) request.put_value(IFA_CACHEINFO, cache_info(command));
}

std::vector<std::uint8_t> promote_secondaries_request(int link, std::uint32_t sequence) {
  std::vector<std::uint8_t> packet;
  RequestWriter request(packet, RTM_SETLINK, NLM_F_ACK, sequence, link_header(link));
  put_ipv4_settings(request, {{IPV4_DEVCONF_PROMOTE_SECONDARIES, 1}});
  return packet;
}

Requests requests_for(const DeviceChange& change, std::uint32_t first_sequence) {
  std::vector<std::uint8_t> packet;
  const auto writer = [&](int type, const ifinfomsg& header) {
    return RequestWriter(packet, type, NLM_F_ACK, first_sequence, header);
  };
  std::visit(Overloaded{
                 [](const MakeDevice&) {},
                 [&](const RemoveDevice& remove) {
                   RequestWriter request = writer(RTM_DELLINK, link_header(remove.link));
                   if (remove.link == 0) request.put_text(IFLA_IFNAME, remove.name);
                 },
                 [&](const EnableDevice& enable) {
                   ifinfomsg header = link_header(enable.link);
                   header.ifi_flags = enable.up ? IFF_UP : 0;
                   header.ifi_change = IFF_UP;
                   writer(RTM_SETLINK, header);
                 },
                 [&](const SetArp& set) {
                   RequestWriter request = writer(RTM_SETLINK, link_header(set.link));
                   put_ipv4_settings(request, {{IPV4_DEVCONF_ARP_IGNORE, set.arp.ignore},
                                               {IPV4_DEVCONF_ARP_ANNOUNCE, set.arp.announce}});
                 },
             },
             change);
  const auto* const make = std::get_if<MakeDevice>(&change);
  if (make == nullptr) return {packet};
  return {make_request(make->spec, first_sequence), mark_request(*make, first_sequence + 1),
          no_own_ipv6_request(make->spec.name, first_sequence + 2)};
}

std::vector<std::uint8_t> link_request(const std::string& name, std::uint32_t sequence) {
  std::vector<std::uint8_t> packet;
  RequestWriter request(packet, RTM_GETLINK, NLM_F_ACK, sequence, link_header(0));
  request.put_text(IFLA_IFNAME, name);
  return packet;
}

std::vector<std::uint8_t> dump_request(Dump what, std::uint32_t sequence) {
  std::vector<std::uint8_t> packet;
  switch (what) {
    case Dump::kLinks: {
      RequestWriter request(packet, RTM_GETLINK, NLM_F_DUMP, sequence, ifinfomsg{});
      request.put_value(IFLA_EXT_MASK, std::uint32_t{RTEXT_FILTER_SKIP_STATS});
      break;
    }
    case Dump::kAddresses:
      const RequestWriter request(packet, RTM_GETADDR, NLM_F_DUMP, sequence, ifaddrmsg{});
      break;
  }
  return packet;
}

std::vector<KernelMessage> decode_datagram(std::span<std::uint8_t> datagram) {
  std::vector<KernelMessage> messages;
  auto* message = reinterpret_cast<nlmsghdr*>(datagram.data());
  int rest = static_cast<int>(datagram.size());
  for (; nlmsg_ok(message, rest) != 0; message = nlmsg_next(message, &rest)) {
    if (auto content = content_of(message)) {
      const bool interrupted = (message->nlmsg_flags & NLM_F_DUMP_INTR) != 0;
      messages.push_back({message->nlmsg_seq, interrupted, std::move(*content)});
    }
  }
  return messages;
}

}  // namespace holdfast::vrrp
