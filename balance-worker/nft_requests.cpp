// SPDX-License-Identifier: Apache-2.0
#include "balance-worker/nft_requests.h"

#include <arpa/inet.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter_ipv4.h>
#include <netinet/in.h>

#include <algorithm>
#include <cstring>

#include "balance-worker/nft_expressions.h"

namespace holdfast::balance {
namespace {

using nft::put_number;

std::uint32_t server_type(Family family) {
  return joined(type_of(family), kPort);
}
std::uint32_t server_size(Family family) {
  return size_of(family) + kFieldSize;
}

// The base chains. A change of any of their rules is a change of its comment: a table that an older
// version left is made anew.
constexpr std::array kWaysIn{
    nft::BaseChain{"prerouting", "nat", NF_INET_PRE_ROUTING, NF_IP_PRI_NAT_DST},
    nft::BaseChain{"output", "nat", NF_INET_LOCAL_OUT, NF_IP_PRI_NAT_DST}};
constexpr nft::BaseChain kWayOut{"postrouting", "nat", NF_INET_POST_ROUTING, NF_IP_PRI_NAT_SRC};
constexpr const char* kUntranslated = "not for a service";

Lookup lookup_of(Entrance entrance, Family family, bool source_nat) {
  return {family, entrance_name(entrance, family, source_nat), entrance == Entrance::kMarks,
          entrance == Entrance::kServices};
}

// Calls `each(entrance, family)` in the order in which services are looked for.
template <typename Each>
void for_each_entrance(const Each& each) {
  for (const Family family : kFamilies) {
    for (const Entrance entrance : kEntrances) each(entrance, family);
  }
}

}  // namespace

std::string entrance_name(Entrance entrance, Family family, bool source_nat) {
  std::string name = source_nat ? "snat_" : "";
  switch (entrance) {
    case Entrance::kMarks:
      name += "marks";
      break;
    case Entrance::kServices:
      name += "services";
      break;
    case Entrance::kHosts:
      name += "hosts";
      break;
  }
  return name + (family == Family::kIpv4 ? '4' : '6');
}

Entrance entrance_of(const ServiceKey& key) {
  if (key.mark != 0) return Entrance::kMarks;
  return key.endpoint.port == 0 ? Entrance::kHosts : Entrance::kServices;
}

std::vector<std::vector<std::uint8_t>> entrance_keys(const ServiceKey& key) {
  std::vector<std::vector<std::uint8_t>> keys;
  if (key.mark != 0) {
    for (const Protocol protocol : {Protocol::kTcp, Protocol::kUdp, Protocol::kSctp}) {
      std::vector<std::uint8_t>& bytes = keys.emplace_back();
      append(bytes, {static_cast<std::uint8_t>(protocol), 0, 0, 0});
      bytes.resize(bytes.size() + sizeof key.mark);
      std::memcpy(bytes.data() + kFieldSize, &key.mark, sizeof key.mark);
    }
    return keys;
  }
  std::vector<std::uint8_t>& bytes = keys.emplace_back();
  append(bytes, {static_cast<std::uint8_t>(key.protocol), 0, 0, 0});
  append(bytes, key.endpoint.address);
  if (key.endpoint.port != 0) append_port(bytes, key.endpoint.port);
  return keys;
}

std::vector<std::uint8_t> server_bytes(const Endpoint& server) {
  std::vector<std::uint8_t> bytes;
  append(bytes, server.address);
  append_port(bytes, server.port);
  return bytes;
}

std::vector<BaseRule> base_rules() {
  std::vector<BaseRule> rules;
  for (const nft::BaseChain& chain : kWaysIn) {
    for_each_entrance([&](Entrance entrance, Family family) {
      rules.push_back({chain.name, entrance_name(entrance, family, false)});
    });
  }
  rules.push_back({kWayOut.name, kUntranslated});
  for_each_entrance([&](Entrance entrance, Family family) {
    rules.push_back({kWayOut.name, entrance_name(entrance, family, true)});
  });
  return rules;
}

// ---- The table.

void NftBatch::make() {
  batch_.make_table(kNftTable);
  for (const Family family : kFamilies) make_entrances(family);
  for (const nft::BaseChain& chain : kWaysIn) batch_.make_base_chain(kNftTable, chain);
  batch_.make_base_chain(kNftTable, kWayOut);
  make_base_rules();
}

void NftBatch::remove() {
  batch_.remove_table(kNftTable);
}

void NftBatch::make_entrances(Family family) {
  for (const bool source_nat : {false, true}) {
    const std::uint32_t flags = source_nat ? 0U : std::uint32_t{NFT_SET_MAP};
    const auto make = [&](Entrance entrance, std::uint32_t type, std::uint32_t size) {
      make_set({entrance_name(entrance, family, source_nat), flags, type, size, NFT_DATA_VERDICT});
    };
    const std::uint32_t host = joined(kProtocol, type_of(family));
    const std::uint32_t host_size = kFieldSize + size_of(family);
    make(Entrance::kMarks, joined(kProtocol, kMark), 2 * kFieldSize);
    make(Entrance::kServices, joined(host, kPort), host_size + kFieldSize);
    make(Entrance::kHosts, host, host_size);
  }
}

void NftBatch::make_base_rules() {
  const auto make = [this](const char* chain, const std::string& comment, const auto& put) {
    RequestWriter request = batch_.begin(NFT_MSG_NEWRULE, NLM_F_CREATE | NLM_F_APPEND);
    request.put_text(NFTA_RULE_TABLE, kNftTable);
    request.put_text(NFTA_RULE_CHAIN, chain);
    {
      const Nest expressions(request, NFTA_RULE_EXPRESSIONS);
      put(request);
    }
    request.put(NFTA_RULE_USERDATA, nft::as_user_data(comment));
  };
  for (const nft::BaseChain& chain : kWaysIn) {
    for_each_entrance([&](Entrance entrance, Family family) {
      const Lookup lookup = lookup_of(entrance, family, false);
      make(chain.name, lookup.set, [&](RequestWriter& request) { put_entrance(request, lookup); });
    });
  }
  make(kWayOut.name, kUntranslated, put_untranslated);
  for_each_entrance([&](Entrance entrance, Family family) {
    const Lookup lookup = lookup_of(entrance, family, true);
    make(kWayOut.name, lookup.set,
         [&](RequestWriter& request) { put_masquerade(request, lookup); });
  });
}

// ---- A service.

void NftBatch::change(const ServiceKey& key, const Service* before, const Service* after) {
  static const Destinations kNone;
  const std::string name = nft_name(key);
  const bool remembered = before != nullptr && before->options.persistence;
  const bool remembers = after != nullptr && after->options.persistence;
  if (before == nullptr) make_servers(name, key.family);
  if (remembers && !remembered) make_clients(name, key.family);
  change_servers(name, before == nullptr ? kNone : before->destinations,
                 after == nullptr ? kNone : after->destinations);
  if (after == nullptr) change_entrance(Verb::kRemove, key, false);
  change_chains(key, before == nullptr ? NftChains{} : chains_of(key, *before),
                after == nullptr ? NftChains{} : chains_of(key, *after));
  if (before == nullptr) change_entrance(Verb::kAdd, key, false);
  const bool had_source = before != nullptr && before->options.source_nat;
  const bool has_source = after != nullptr && after->options.source_nat;
  if (had_source != has_source) {
    change_entrance(has_source ? Verb::kAdd : Verb::kRemove, key, true);
  }
  if (remembered && !remembers) {
    remove_set(batch_, kNftTable, clients_of(name));
    remove_set(batch_, kNftTable, lately_of(name));
  }
  if (after == nullptr) remove_set(batch_, kNftTable, name);
}

// All chains are there before a rule leads to one, and no rule does before one goes.
void NftBatch::change_chains(const ServiceKey& key, const NftChains& before,
                             const NftChains& after) {
  const std::string name = nft_name(key);
  for (const auto& [chain, rules] : after) {
    if (!before.contains(chain)) make_chain(chain);
  }
  for (const auto& [chain, rules] : after) {
    const auto had = before.find(chain);
    if (had != before.end() && had->second == rules) continue;
    if (had != before.end()) remove_rules(chain);
    for (const NftRule& rule : rules) make_rule(name, chain, key.family, rule);
  }
  std::vector<std::string> gone;
  for (const auto& [chain, rules] : before) {
    if (!after.contains(chain)) gone.push_back(chain);
  }
  for (const std::string& chain : gone) remove_rules(chain);
  for (const std::string& chain : gone) {
    RequestWriter request = batch_.begin(NFT_MSG_DELCHAIN, 0);
    request.put_text(NFTA_CHAIN_TABLE, kNftTable);
    request.put_text(NFTA_CHAIN_NAME, chain);
  }
}

void NftBatch::forget_clients(const ServiceKey& key,
                              std::span<const std::vector<std::uint8_t>> clients) {
  std::vector<SetElement> elements;
  for (const std::vector<std::uint8_t>& client : clients) elements.push_back({client});
  change_elements(batch_, kNftTable, Verb::kRemove, clients_of(nft_name(key)), 0, elements);
}

void NftBatch::make_servers(const std::string& name, Family family) {
  make_set({name, 0, server_type(family), server_size(family)});
}

void NftBatch::make_clients(const std::string& name, Family family) {
  const std::uint32_t learns = NFT_SET_TIMEOUT | NFT_SET_EVAL;
  make_set({clients_of(name), NFT_SET_MAP | learns, type_of(family), size_of(family),
            server_type(family), server_size(family)});
  make_set({lately_of(name), learns, type_of(family), size_of(family)});
}

void NftBatch::change_entrance(Verb verb, const ServiceKey& key, bool source_nat) {
  std::vector<SetElement> elements;
  for (std::vector<std::uint8_t>& bytes : entrance_keys(key)) {
    SetElement& element = elements.emplace_back(SetElement{std::move(bytes)});
    if (!source_nat) element.chain = nft_name(key);
  }
  change_elements(batch_, kNftTable, verb, entrance_name(entrance_of(key), key.family, source_nat),
                  0, elements);
}

// One whose weight changes is removed and added in the same transaction.
void NftBatch::change_servers(const std::string& name, const Destinations& before,
                              const Destinations& after) {
  std::vector<SetElement> removed;
  std::vector<SetElement> added;
  for (const auto& [server, options] : before) {
    const auto has = after.find(server);
    if (has != after.end() && has->second.weight == options.weight) continue;
    removed.push_back({server_bytes(server)});
  }
  for (const auto& [server, options] : after) {
    const auto had = before.find(server);
    if (had != before.end() && had->second.weight == options.weight) continue;
    added.push_back({server_bytes(server), {}, {}, weight_text(options.weight)});
  }
  change_elements(batch_, kNftTable, Verb::kRemove, name, 0, removed);
  change_elements(batch_, kNftTable, Verb::kAdd, name, 0, added);
}

void NftBatch::make_chain(const std::string& name) {
  RequestWriter request = batch_.begin(NFT_MSG_NEWCHAIN, NLM_F_CREATE);
  request.put_text(NFTA_CHAIN_TABLE, kNftTable);
  request.put_text(NFTA_CHAIN_NAME, name);
}

void NftBatch::remove_rules(const std::string& chain) {
  RequestWriter request = batch_.begin(NFT_MSG_DELRULE, 0);
  request.put_text(NFTA_RULE_TABLE, kNftTable);
  request.put_text(NFTA_RULE_CHAIN, chain);
}

void NftBatch::make_rule(const std::string& service, const std::string& chain, Family family,
                         const NftRule& rule) {
  SlotsMap slots;
  for (const NftStep& step : rule.steps) {
    const auto* const pick = std::get_if<Pick>(&step);
    if (pick != nullptr) slots.id = make_slots(service, family, *pick);
  }
  RequestWriter request = batch_.begin(NFT_MSG_NEWRULE, NLM_F_CREATE | NLM_F_APPEND);
  request.put_text(NFTA_RULE_TABLE, kNftTable);
  request.put_text(NFTA_RULE_CHAIN, chain);
  {
    const Nest expressions(request, NFTA_RULE_EXPRESSIONS);
    for (const NftStep& step : rule.steps) put_step(request, step, family, service, slots);
  }
  request.put(NFTA_RULE_USERDATA, nft::as_user_data(rule.comment));
}

// With a counter for each slot, unless the chains of the servers have theirs.
std::uint32_t NftBatch::make_slots(const std::string& service, Family family, const Pick& pick) {
  constexpr const char* kName = "__map%d";
  const std::uint32_t flags = NFT_SET_ANONYMOUS | NFT_SET_CONSTANT | NFT_SET_INTERVAL | NFT_SET_MAP;
  if (pick.chain) {
    make_set({kName, flags, kInteger, kFieldSize, NFT_DATA_VERDICT});
  } else {
    make_set({kName, flags | NFT_SET_EXPR, kInteger, kFieldSize, server_type(family),
              server_size(family)});
  }
  const auto key_of = [](std::uint32_t number) {
    const std::uint32_t big = htonl(number);
    std::vector<std::uint8_t> bytes(sizeof big);
    std::memcpy(bytes.data(), &big, sizeof big);
    return bytes;
  };
  std::vector<SetElement> elements;
  for (const Slot& slot : pick.slots) {
    SetElement& element = elements.emplace_back(SetElement{key_of(slot.first)});
    if (pick.chain) {
      element.chain = chain_of_server(service, slot.server);
    } else {
      element.data = server_bytes(slot.server);
    }
  }
  elements.push_back({key_of(pick.numbers), {}, {}, {}, true});
  change_elements(batch_, kNftTable, Verb::kAdd, kName, set_id_, elements);
  return set_id_;
}

}  // namespace holdfast::balance
