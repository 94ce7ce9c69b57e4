// SPDX-License-Identifier: Apache-2.0
#include "balance-worker/conntrack.h"

#include <arpa/inet.h>
#include <linux/netfilter/nf_conntrack_common.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <linux/netlink.h>
#include <netinet/in.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <map>

#include "common/netlink.h"
#include "common/netlink_bytes.h"

namespace holdfast::balance {
namespace {

constexpr std::size_t kDatagramMax = 64U << 10U;
constexpr std::size_t kForgottenAtOnce = 256;
// With more of them, it takes less to look at every flow once.
constexpr std::size_t kAskedOneByOne = 8;
// Of CTA_FILTER_ORIG_FLAGS and CTA_FILTER_REPLY_FLAGS (the kernel's nf_internals.h).
constexpr std::uint32_t kBySource = 1U << 0U;
constexpr std::uint32_t kByDestination = 1U << 1U;

constexpr int type_of(int message) {
  return NFNL_SUBSYS_CTNETLINK << 8 | message;
}
nfgenmsg header(Family family) {
  return {static_cast<std::uint8_t>(family == Family::kIpv4 ? AF_INET : AF_INET6), NFNETLINK_V0, 0};
}

const rtattr* first_in(std::span<const std::uint8_t> nest) {
  return reinterpret_cast<const rtattr*>(nest.data());
}
template <int kMax>
AttributeTable<kMax> nest_in(std::span<const std::uint8_t> nest) {
  return {first_in(nest), nest.size()};
}

std::uint16_t port_in(std::span<const std::uint8_t> bytes) {
  if (bytes.size() != 2) return 0;
  return static_cast<std::uint16_t>(bytes[0] << 8U | bytes[1]);
}

// One end of a tuple.
std::optional<Endpoint> end_in(std::span<const std::uint8_t> tuple, bool source) {
  const auto parts = nest_in<CTA_TUPLE_MAX>(tuple);
  const auto ip = nest_in<CTA_IP_MAX>(parts[CTA_TUPLE_IP]);
  const auto proto = nest_in<CTA_PROTO_MAX>(parts[CTA_TUPLE_PROTO]);
  const int v4 = source ? CTA_IP_V4_SRC : CTA_IP_V4_DST;
  const int v6 = source ? CTA_IP_V6_SRC : CTA_IP_V6_DST;
  const auto address = address_in(ip.has(v4) ? ip[v4] : ip[v6]);
  if (!address) return std::nullopt;
  return Endpoint{*address, port_in(proto[source ? CTA_PROTO_SRC_PORT : CTA_PROTO_DST_PORT])};
}

std::optional<Protocol> protocol_in(std::span<const std::uint8_t> tuple) {
  const auto parts = nest_in<CTA_TUPLE_MAX>(tuple);
  const auto number = nest_in<CTA_PROTO_MAX>(parts[CTA_TUPLE_PROTO])[CTA_PROTO_NUM];
  if (number.size() != 1) return std::nullopt;
  for (const Protocol one : {Protocol::kTcp, Protocol::kUdp, Protocol::kSctp}) {
    if (number[0] == static_cast<std::uint8_t>(one)) return one;
  }
  return std::nullopt;
}

std::optional<KnownFlow> flow_in(const nlmsghdr* message) {
  const auto* const head = header_in<nfgenmsg>(message);
  if (head == nullptr || message->nlmsg_type != type_of(IPCTNL_MSG_CT_NEW)) return std::nullopt;
  const auto attributes = attributes_in<CTA_MAX>(message, head);
  const auto tuple = attributes[CTA_TUPLE_ORIG];
  const auto protocol = protocol_in(tuple);
  const auto asked = end_in(tuple, false);
  const auto answers = end_in(attributes[CTA_TUPLE_REPLY], true);
  if (!protocol || !asked || !answers) return std::nullopt;
  KnownFlow known{{*protocol, *asked, *answers, false}, {tuple.begin(), tuple.end()}, {}, {}};
  known.flow.translated = (ntohl(attributes.number(CTA_STATUS, 0)) & IPS_DST_NAT) != 0;
  known.id.assign(attributes[CTA_ID].begin(), attributes[CTA_ID].end());
  known.zone.assign(attributes[CTA_ZONE].begin(), attributes[CTA_ZONE].end());
  return known;
}

void put_filter(RequestWriter& request, const LostFlows& of) {
  const bool v4 = of.service.family == Family::kIpv4;
  const IpAddress& address = of.server ? of.server->address : of.service.endpoint.address;
  {
    const Nest filter(request, CTA_FILTER);
    request.put_value(CTA_FILTER_ORIG_FLAGS, of.server ? 0U : kByDestination);
    request.put_value(CTA_FILTER_REPLY_FLAGS, of.server ? kBySource : 0U);
  }
  const Nest tuple(request, of.server ? CTA_TUPLE_REPLY : CTA_TUPLE_ORIG);
  const Nest ip(request, CTA_TUPLE_IP);
  const int source = v4 ? CTA_IP_V4_SRC : CTA_IP_V6_SRC;
  const int destination = v4 ? CTA_IP_V4_DST : CTA_IP_V6_DST;
  request.put(of.server ? source : destination, address.bytes());
}

// By the address that tells them: where the replies come from, or where clients send to.
using LostByAddress = std::multimap<IpAddress, LostFlows>;

bool is_lost(const Flow& flow, const LostByAddress& lost) {
  const auto [begin, end] =
      lost.equal_range(flow.translated ? flow.answers.address : flow.asked.address);
  return std::any_of(begin, end,
                     [&flow](const auto& one) { return balance::is_lost(flow, one.second); });
}

class Forgetter {
 public:
  Forgetter(const OwnedFd& socket, std::uint32_t& sequence)
      : socket_(socket), sequence_(sequence), buffer_(kDatagramMax) {}

  std::size_t forget(Family family, const LostFlows* of, const LostByAddress& lost) {
    const std::vector<KnownFlow> flows = read(family, of, lost);
    std::vector<std::uint8_t> packet;
    std::size_t waiting = 0;
    for (const KnownFlow& flow : flows) {
      append_forget_request(packet, flow, ++sequence_);
      if (++waiting % kForgottenAtOnce == 0) send(packet);
    }
    send(packet);
    return flows.size();
  }

 private:
  std::vector<KnownFlow> read(Family family, const LostFlows* of, const LostByAddress& lost) {
    std::vector<KnownFlow> found;
    if (!netlink_send(socket_, flows_request(family, of, ++sequence_))) return found;
    for (;;) {
      // The kernel queues the next part as the one before it is read: there is nothing to wait for.
      std::span<std::uint8_t> datagram;
      if (netlink_receive(socket_, buffer_, datagram) != Receipt::kDatagram) return found;
      FlowsTold told = flows_in(datagram, sequence_);
      for (KnownFlow& one : told.flows) {
        if (is_lost(one.flow, lost)) found.push_back(std::move(one));
      }
      if (told.answer) return found;
    }
  }

  // Done within send(). What is answered, that a flow has gone already, does not matter.
  void send(std::vector<std::uint8_t>& packet) {
    if (packet.empty()) return;
    netlink_send(socket_, packet);
    packet.clear();
    std::span<std::uint8_t> datagram;
    while (netlink_receive(socket_, buffer_, datagram) != Receipt::kNothing) {
    }
  }

  const OwnedFd& socket_;
  std::uint32_t& sequence_;
  std::vector<std::uint8_t> buffer_;
};

}  // namespace

std::vector<std::uint8_t> flows_request(Family family, const LostFlows* of,
                                        std::uint32_t sequence) {
  std::vector<std::uint8_t> packet;
  RequestWriter request(packet, type_of(IPCTNL_MSG_CT_GET), NLM_F_DUMP, sequence, header(family));
  if (of != nullptr) put_filter(request, *of);
  return packet;
}

FlowsTold flows_in(std::span<const std::uint8_t> datagram, std::uint32_t sequence) {
  FlowsTold told;
  const auto* message = reinterpret_cast<const nlmsghdr*>(datagram.data());
  auto rest = static_cast<std::uint32_t>(datagram.size());
  for (; NLMSG_OK(message, rest); message = NLMSG_NEXT(message, rest)) {
    if (message->nlmsg_seq != sequence) continue;
    if (const auto answer = netlink_answer(message)) {
      told.answer = answer;
    } else if (auto flow = flow_in(message)) {
      told.flows.push_back(std::move(*flow));
    }
  }
  return told;
}

void append_forget_request(std::vector<std::uint8_t>& packet, const KnownFlow& flow,
                           std::uint32_t sequence) {
  RequestWriter request(packet, type_of(IPCTNL_MSG_CT_DELETE), 0, sequence,
                        header(flow.flow.asked.address.family()));
  request.put(CTA_TUPLE_ORIG | NLA_F_NESTED, flow.tuple);
  if (!flow.id.empty()) request.put(CTA_ID, flow.id);
  if (!flow.zone.empty()) request.put(CTA_ZONE, flow.zone);
}

std::size_t forget_flows(const OwnedFd& socket, std::uint32_t& sequence,
                         std::span<const LostFlows> lost) {
  Forgetter forgetter(socket, sequence);
  LostByAddress by_address;
  for (const LostFlows& one : lost) {
    by_address.emplace(one.server ? one.server->address : one.service.endpoint.address, one);
  }
  std::size_t forgotten = 0;
  if (lost.size() <= kAskedOneByOne) {
    for (const LostFlows& one : lost) {
      forgotten += forgetter.forget(one.service.family, &one, by_address);
    }
    return forgotten;
  }
  for (const Family family : {Family::kIpv4, Family::kIpv6}) {
    const bool any = std::any_of(lost.begin(), lost.end(), [family](const LostFlows& one) {
      return one.service.family == family;
    });
    if (any) forgotten += forgetter.forget(family, nullptr, by_address);
  }
  return forgotten;
}

}  // namespace holdfast::balance
