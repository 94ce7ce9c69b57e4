// SPDX-License-Identifier: Apache-2.0
#include "balance-worker/nft_expressions.h"

#include <arpa/inet.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_conntrack_common.h>
#include <linux/netfilter/nf_conntrack_tuple_common.h>
#include <linux/netfilter/nf_tables.h>
#include <netinet/in.h>
#include <netinet/ip.h>
#include <netinet/ip6.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstring>
#include <vector>

#include "common/core/overloaded.h"

namespace holdfast::balance {
namespace {

using nft::put_expression;
using nft::put_number;

// What stands where. A server is an address, and its port in the register after.
constexpr std::uint32_t kServer = NFT_REG32_00;
constexpr std::uint32_t kClient = NFT_REG32_08;
constexpr std::uint32_t kNumber = NFT_REG32_12;
constexpr std::uint32_t kScratch = NFT_REG32_00;

constexpr std::uint32_t kRegisterSize = 4;
// Of hashes. Never to be changed: clients would change their servers.
constexpr std::uint32_t kSeed = 0x686f6c64;
constexpr std::size_t kSourcePort = 0;  // in TCP, UDP and SCTP alike
constexpr std::size_t kDestinationPort = 2;
constexpr std::uint32_t kPortSize = 2;
constexpr std::uint64_t kMilliseconds = 1000;
constexpr std::uint32_t kClientKept = 3600;  // seconds, at least

std::uint32_t size_of(Family family) {
  return family == Family::kIpv4 ? 4 : 16;
}
std::uint32_t after_address(std::uint32_t from, Family family) {
  return from + size_of(family) / kRegisterSize;
}
std::uint8_t number_of(Family family) {
  return family == Family::kIpv4 ? NFPROTO_IPV4 : NFPROTO_IPV6;
}

void load_source(RequestWriter& request, Family family, std::uint32_t into) {
  const std::size_t offset =
      family == Family::kIpv4 ? offsetof(iphdr, saddr) : offsetof(ip6_hdr, ip6_src);
  nft::load_payload(request, NFT_PAYLOAD_NETWORK_HEADER, offset, size_of(family), into);
}
void load_destination(RequestWriter& request, Family family, std::uint32_t into) {
  const std::size_t offset =
      family == Family::kIpv4 ? offsetof(iphdr, daddr) : offsetof(ip6_hdr, ip6_dst);
  nft::load_payload(request, NFT_PAYLOAD_NETWORK_HEADER, offset, size_of(family), into);
}
void load_port(RequestWriter& request, std::size_t offset, std::uint32_t into) {
  nft::load_payload(request, NFT_PAYLOAD_TRANSPORT_HEADER, offset, kPortSize, into);
}

void and_with(RequestWriter& request, std::uint32_t what, std::span<const std::uint8_t> mask) {
  const std::vector<std::uint8_t> nothing(mask.size());
  put_expression(request, "bitwise", [&] {
    put_number(request, NFTA_BITWISE_SREG, what);
    put_number(request, NFTA_BITWISE_DREG, what);
    put_number(request, NFTA_BITWISE_LEN, static_cast<std::uint32_t>(mask.size()));
    {
      const Nest data(request, NFTA_BITWISE_MASK);
      request.put(NFTA_DATA_VALUE, mask);
    }
    const Nest data(request, NFTA_BITWISE_XOR);
    request.put(NFTA_DATA_VALUE, nothing);
  });
}

// `into`: of a map.
void look_up(RequestWriter& request, const std::string& set, std::uint32_t id, std::uint32_t from,
             std::optional<std::uint32_t> into = {}) {
  put_expression(request, "lookup", [&] {
    request.put_text(NFTA_LOOKUP_SET, set);
    put_number(request, NFTA_LOOKUP_SREG, from);
    if (into) put_number(request, NFTA_LOOKUP_DREG, *into);
    if (id != 0) put_number(request, NFTA_LOOKUP_SET_ID, id);
  });
}

// `server`: of the map of clients; else it is the set of who came lately.
void change_clients(RequestWriter& request, const std::string& set, nft_dynset_ops operation,
                    bool server, std::uint32_t timeout) {
  put_expression(request, "dynset", [&] {
    request.put_text(NFTA_DYNSET_SET_NAME, set);
    put_number(request, NFTA_DYNSET_OP, operation);
    put_number(request, NFTA_DYNSET_SREG_KEY, kClient);
    if (server) put_number(request, NFTA_DYNSET_SREG_DATA, kServer);
    if (timeout != 0) nft::put_long(request, NFTA_DYNSET_TIMEOUT, timeout * kMilliseconds);
  });
}

void load_constant(RequestWriter& request, std::uint32_t into,
                   std::span<const std::uint8_t> value) {
  put_expression(request, "immediate", [&] {
    put_number(request, NFTA_IMMEDIATE_DREG, into);
    const Nest data(request, NFTA_IMMEDIATE_DATA);
    request.put(NFTA_DATA_VALUE, value);
  });
}

void put_server(RequestWriter& request, const Endpoint& server) {
  load_constant(request, kServer, server.address.bytes());
  const std::uint16_t port = htons(server.port);
  std::array<std::uint8_t, sizeof port> bytes{};
  std::memcpy(bytes.data(), &port, sizeof port);
  load_constant(request, after_address(kServer, server.address.family()), bytes);
}

// The map keeps a client longer than the set does, which alone is kept up to date. An element that
// is there already keeps its server: it goes first.
void put_learn(RequestWriter& request, const Learn& learn, const std::string& service) {
  put_server(request, learn.server);
  change_clients(request, clients_of(service), NFT_DYNSET_OP_DELETE, true, 0);
  change_clients(request, clients_of(service), NFT_DYNSET_OP_ADD, true,
                 std::max(learn.timeout, kClientKept));
  change_clients(request, lately_of(service), NFT_DYNSET_OP_UPDATE, false, learn.timeout);
}

void put_client(RequestWriter& request, const Client& client, Family family) {
  load_source(request, family, kClient);
  if (client.prefix == 0 || client.prefix >= size_of(family) * 8) return;
  std::vector<std::uint8_t> mask(size_of(family));
  for (std::size_t bit = 0; bit < client.prefix; ++bit) {
    mask[bit / 8] = static_cast<std::uint8_t>(mask[bit / 8] | 0x80U >> bit % 8);
  }
  and_with(request, kClient, mask);
}

void put_hash(RequestWriter& request, std::uint32_t size, std::uint32_t numbers) {
  put_expression(request, "hash", [&] {
    put_number(request, NFTA_HASH_SREG, kScratch);
    put_number(request, NFTA_HASH_DREG, kNumber);
    put_number(request, NFTA_HASH_LEN, size);
    put_number(request, NFTA_HASH_MODULUS, numbers);
    put_number(request, NFTA_HASH_SEED, kSeed);
    put_number(request, NFTA_HASH_TYPE, NFT_HASH_JENKINS);
  });
}

void put_generated(RequestWriter& request, nft_ng_types type, std::uint32_t numbers) {
  put_expression(request, "numgen", [&] {
    put_number(request, NFTA_NG_DREG, kNumber);
    put_number(request, NFTA_NG_MODULUS, numbers);
    put_number(request, NFTA_NG_TYPE, type);
  });
}

void put_number_of(RequestWriter& request, const Number& number, Family family) {
  std::uint32_t size = size_of(family);
  switch (number.numbering) {
    case Numbering::kTurns:
      return put_generated(request, NFT_NG_INCREMENTAL, number.numbers);
    case Numbering::kRandom:
      return put_generated(request, NFT_NG_RANDOM, number.numbers);
    case Numbering::kSource:
      load_source(request, family, kScratch);
      break;
    case Numbering::kSourcePort:
      load_source(request, family, kScratch);
      load_port(request, kSourcePort, after_address(kScratch, family));
      size += kRegisterSize;
      break;
    case Numbering::kDestination:
      load_destination(request, family, kScratch);
      break;
  }
  put_hash(request, size, number.numbers);
}

// Intervals are of big-endian numbers.
void put_pick(RequestWriter& request, const Pick& pick, SlotsMap slots) {
  put_expression(request, "byteorder", [&] {
    put_number(request, NFTA_BYTEORDER_SREG, kNumber);
    put_number(request, NFTA_BYTEORDER_DREG, kNumber);
    put_number(request, NFTA_BYTEORDER_OP, NFT_BYTEORDER_HTON);
    put_number(request, NFTA_BYTEORDER_LEN, kRegisterSize);
    put_number(request, NFTA_BYTEORDER_SIZE, kRegisterSize);
  });
  look_up(request, "__map%d", slots.id, kNumber,
          pick.chain ? std::uint32_t{NFT_REG_VERDICT} : kServer);
}

void put_translate(RequestWriter& request, const Translate& translate, Family family) {
  put_expression(request, "nat", [&] {
    put_number(request, NFTA_NAT_TYPE, NFT_NAT_DNAT);
    put_number(request, NFTA_NAT_FAMILY, number_of(family));
    put_number(request, NFTA_NAT_REG_ADDR_MIN, kServer);
    if (translate.port) {
      put_number(request, NFTA_NAT_REG_PROTO_MIN, after_address(kServer, family));
    }
  });
}

void load_original(RequestWriter& request, nft_ct_keys key, std::uint32_t into) {
  put_expression(request, "ct", [&] {
    put_number(request, NFTA_CT_DREG, into);
    put_number(request, NFTA_CT_KEY, key);
    request.put_value(NFTA_CT_DIRECTION, std::uint8_t{IP_CT_DIR_ORIGINAL});
  });
}

// What a packet is looked for by; the rule is of this family only.
void load_key(RequestWriter& request, const Lookup& lookup) {
  nft::only_family(request, number_of(lookup.family), kScratch);
  nft::load_meta(request, NFT_META_L4PROTO, kScratch);
  if (lookup.marks) {
    nft::load_meta(request, NFT_META_MARK, kScratch + 1);
  } else {
    load_destination(request, lookup.family, kScratch + 1);
  }
  if (lookup.ports) {
    load_port(request, kDestinationPort, after_address(kScratch + 1, lookup.family));
  }
}

}  // namespace

void put_step(RequestWriter& request, const NftStep& step, Family family,
              const std::string& service, SlotsMap slots) {
  std::visit(Overloaded{
                 [&](const Count&) { put_expression(request, "counter", [] {}); },
                 [&](const Client& client) { put_client(request, client, family); },
                 [&](const Known&) { look_up(request, clients_of(service), 0, kClient, kServer); },
                 [&](const Number& number) { put_number_of(request, number, family); },
                 [&](const Pick& one) { put_pick(request, one, slots); },
                 [&](const Seen& one) {
                   look_up(request, lately_of(service), 0, kClient);
                   change_clients(request, lately_of(service), NFT_DYNSET_OP_UPDATE, false,
                                  one.timeout);
                 },
                 [&](const Learn& one) { put_learn(request, one, service); },
                 [&](const Server& one) { put_server(request, one.server); },
                 [&](const Translate& one) { put_translate(request, one, family); },
             },
             step);
}

void put_entrance(RequestWriter& request, const Lookup& lookup) {
  load_key(request, lookup);
  look_up(request, lookup.set, 0, kScratch, NFT_REG_VERDICT);
}

void put_marking(RequestWriter& request, const Lookup& lookup) {
  load_key(request, lookup);
  look_up(request, lookup.set, 0, kScratch, kNumber);
  put_expression(request, "meta", [&] {
    put_number(request, NFTA_META_KEY, NFT_META_MARK);
    put_number(request, NFTA_META_SREG, kNumber);
  });
}

void put_masquerade(RequestWriter& request, const Lookup& lookup) {
  nft::only_family(request, number_of(lookup.family), kScratch);
  nft::load_meta(request, NFT_META_L4PROTO, kScratch);
  const bool v4 = lookup.family == Family::kIpv4;
  if (lookup.marks) {
    nft::load_meta(request, NFT_META_MARK, kScratch + 1);
  } else {
    load_original(request, v4 ? NFT_CT_DST_IP : NFT_CT_DST_IP6, kScratch + 1);
  }
  if (lookup.ports) {
    load_original(request, NFT_CT_PROTO_DST, after_address(kScratch + 1, lookup.family));
  }
  look_up(request, lookup.set, 0, kScratch);
  put_expression(request, "masq", [] {});
}

void put_untranslated(RequestWriter& request) {
  const std::uint32_t bit = IPS_DST_NAT;  // as it stands in a register: in the host's order
  std::array<std::uint8_t, sizeof bit> mask{};
  std::memcpy(mask.data(), &bit, sizeof bit);
  put_expression(request, "ct", [&] {
    put_number(request, NFTA_CT_DREG, kScratch);
    put_number(request, NFTA_CT_KEY, NFT_CT_STATUS);
  });
  and_with(request, kScratch, mask);
  nft::compare(request, NFT_CMP_EQ, kScratch, std::array<std::uint8_t, sizeof bit>{});
  nft::decide(request, NF_ACCEPT);
}

}  // namespace holdfast::balance
