// SPDX-License-Identifier: Apache-2.0
#include "balance-worker/nft_replies.h"

#include <arpa/inet.h>
#include <endian.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

#include "balance-worker/core/nft_service.h"
#include "balance-worker/nft_requests.h"
#include "common/netlink.h"
#include "common/nf_tables.h"

namespace holdfast::balance {
namespace {

constexpr std::string_view kKernelNamed = "__map";

const rtattr* first_in(std::span<const std::uint8_t> nest) {
  return reinterpret_cast<const rtattr*>(nest.data());
}
template <int kMax>
AttributeTable<kMax> nest_in(std::span<const std::uint8_t> nest) {
  return {first_in(nest), nest.size()};
}
// Calls `each(nest)` for every entry of a list.
template <typename Each>
void for_each_entry(std::span<const std::uint8_t> list, const Each& each) {
  int rest = static_cast<int>(list.size());
  for (const rtattr* one = first_in(list); RTA_OK(one, rest); one = RTA_NEXT(one, rest)) {
    each(std::span(static_cast<const std::uint8_t*>(RTA_DATA(one)), RTA_PAYLOAD(one)));
  }
}

std::vector<std::uint8_t> bytes_in(std::span<const std::uint8_t> bytes) {
  return {bytes.begin(), bytes.end()};
}
std::uint64_t long_in(std::span<const std::uint8_t> bytes) {
  std::uint64_t value = 0;
  if (bytes.size() == sizeof value) std::memcpy(&value, bytes.data(), sizeof value);
  return be64toh(value);
}

NftRuleIs rule_in(const AttributeTable<NFTA_RULE_MAX>& attributes) {
  NftRuleIs rule{nft::comment_in(attributes[NFTA_RULE_USERDATA]), {}, 0};
  for_each_entry(attributes[NFTA_RULE_EXPRESSIONS], [&](std::span<const std::uint8_t> nest) {
    const auto expression = nest_in<NFTA_EXPR_MAX>(nest);
    if (expression.text(NFTA_EXPR_NAME) == "counter") {
      const auto counter = nest_in<NFTA_COUNTER_MAX>(expression[NFTA_EXPR_DATA]);
      rule.packets = long_in(counter[NFTA_COUNTER_PACKETS]);
    }
    if (expression.text(NFTA_EXPR_NAME) != "lookup") return;
    const auto lookup = nest_in<NFTA_LOOKUP_MAX>(expression[NFTA_EXPR_DATA]);
    const std::string set = lookup.text(NFTA_LOOKUP_SET);
    if (set.starts_with(kKernelNamed)) rule.maps.push_back(set);
  });
  return rule;
}

NftElementIs element_in(std::span<const std::uint8_t> nest) {
  const auto attributes = nest_in<NFTA_SET_ELEM_MAX>(nest);
  NftElementIs element;
  element.key = bytes_in(nest_in<NFTA_DATA_MAX>(attributes[NFTA_SET_ELEM_KEY])[NFTA_DATA_VALUE]);
  const auto data = nest_in<NFTA_DATA_MAX>(attributes[NFTA_SET_ELEM_DATA]);
  element.data = bytes_in(data[NFTA_DATA_VALUE]);
  element.chain = nest_in<NFTA_VERDICT_MAX>(data[NFTA_DATA_VERDICT]).text(NFTA_VERDICT_CHAIN);
  element.comment = nft::comment_in(attributes[NFTA_SET_ELEM_USERDATA]);
  element.end_of_interval =
      (ntohl(attributes.number(NFTA_SET_ELEM_FLAGS, 0)) & NFT_SET_ELEM_INTERVAL_END) != 0;
  const auto counter = nest_in<NFTA_COUNTER_MAX>(
      nest_in<NFTA_EXPR_MAX>(attributes[NFTA_SET_ELEM_EXPR])[NFTA_EXPR_DATA]);
  element.packets = long_in(counter[NFTA_COUNTER_PACKETS]);
  return element;
}

void take(const nlmsghdr* message, const std::string& table, NftContents& contents) {
  const int kind = nft::kind_of(message, table);
  if (kind < 0) return;
  const auto attributes = attributes_in<NFTA_RULE_MAX>(message, header_in<nfgenmsg>(message));
  if (kind == NFT_MSG_NEWTABLE) contents.table = true;
  if (kind == NFT_MSG_NEWCHAIN) {
    const auto chain = attributes_in<NFTA_CHAIN_MAX>(message, header_in<nfgenmsg>(message));
    contents.chains.insert(chain.text(NFTA_CHAIN_NAME));
  }
  if (kind == NFT_MSG_NEWRULE) {
    contents.rules[attributes.text(NFTA_RULE_CHAIN)].push_back(rule_in(attributes));
  }
  if (kind == NFT_MSG_NEWSET) contents.sets.insert(attributes.text(NFTA_SET_NAME));
  if (kind == NFT_MSG_NEWSETELEM) {
    auto& elements = contents.elements[attributes.text(NFTA_SET_ELEM_LIST_SET)];
    for_each_entry(
        attributes[NFTA_SET_ELEM_LIST_ELEMENTS],
        [&](std::span<const std::uint8_t> nest) { elements.push_back(element_in(nest)); });
  }
}

// ---- What it means.

using EntranceIs = std::map<std::string, std::string>;  // bytes, and where to, if anywhere
using EntrancesAre = std::map<std::string, EntranceIs>;

// GCC 12 takes the comparison of vectors of bytes for one beyond their ends.
std::string as_text(const std::vector<std::uint8_t>& bytes) {
  return {bytes.begin(), bytes.end()};
}

void add_entrances(const ServiceKey& key, bool source_nat, EntrancesAre& entrances) {
  for (const std::vector<std::uint8_t>& bytes : entrance_keys(key)) {
    const Entrance entrance = entrance_of(key);
    if (source_nat)
      entrances[entrance_name(entrance, key.family, true)].emplace(as_text(bytes), "");
    entrances[entrance_name(entrance, key.family, false)].emplace(as_text(bytes), nft_name(key));
  }
}

// What a slot leads to: a chain, or the bytes of a server.
std::string where(const std::string& service, const Endpoint& server, const Pick& pick) {
  if (pick.chain) return chain_of_server(service, server);
  const std::vector<std::uint8_t> bytes = server_bytes(server);
  return {bytes.begin(), bytes.end()};
}

class Reading {
 public:
  explicit Reading(const NftContents& contents) : contents_(contents) {}

  std::optional<Services> services();

 private:
  bool base_is_whole() const;
  bool read_service(const std::string& chain);
  std::optional<Destinations> servers_in(const std::string& set) const;
  bool is_as_made(const std::string& service, const NftRuleIs& is, const NftRule& rule) const;
  bool picks(const std::string& service, const std::string& map, const Pick& pick) const;
  bool entrances_are_whole() const;
  const std::vector<NftElementIs>& elements(const std::string& set) const {
    static const std::vector<NftElementIs> kNone;
    const auto found = contents_.elements.find(set);
    return found == contents_.elements.end() ? kNone : found->second;
  }

  const NftContents& contents_;
  Services services_;
  EntrancesAre entrances_;
  std::size_t sets_ = 0;    // of services
  std::size_t chains_ = 0;  // the same
};

std::optional<Services> Reading::services() {
  if (!base_is_whole()) return std::nullopt;
  std::set<std::string> base;
  for (const BaseRule& rule : base_rules()) base.insert(rule.chain);
  for (const auto& [chain, rules] : contents_.rules) {
    if (base.contains(chain) || !parse_service_text(rules.front().comment)) continue;
    if (!read_service(chain)) return std::nullopt;
  }
  if (base.size() + chains_ != contents_.chains.size()) return std::nullopt;
  const std::size_t base_sets = sets_to_read({}).size();
  if (!entrances_are_whole() || base_sets + sets_ != contents_.sets.size()) return std::nullopt;
  return std::move(services_);
}

bool Reading::base_is_whole() const {
  std::map<std::string, std::vector<std::string>> expected;
  for (const BaseRule& rule : base_rules()) expected[rule.chain].push_back(rule.comment);
  return std::all_of(expected.begin(), expected.end(), [this](const auto& chain) {
    const auto found = contents_.rules.find(chain.first);
    return found != contents_.rules.end() &&
           std::equal(found->second.begin(), found->second.end(), chain.second.begin(),
                      chain.second.end(), [](const NftRuleIs& is, const std::string& comment) {
                        return is.comment == comment;
                      });
  });
}

bool Reading::read_service(const std::string& chain) {
  const auto rules = contents_.rules.find(chain);
  if (rules == contents_.rules.end()) return false;
  const auto what = parse_service_text(rules->second.front().comment);
  if (!what || nft_name(what->first) != chain || !contents_.sets.contains(chain)) return false;
  const auto& [key, options] = *what;
  const std::optional<Destinations> servers = servers_in(chain);
  if (!servers) return false;
  if (options.persistence &&
      !(contents_.sets.contains(clients_of(chain)) && contents_.sets.contains(lately_of(chain)))) {
    return false;
  }
  const Service service{options, *servers};
  for (const auto& [name, wanted] : chains_of(key, service)) {
    const auto are = contents_.rules.find(name);
    if (are == contents_.rules.end() ||
        !std::equal(are->second.begin(), are->second.end(), wanted.begin(), wanted.end(),
                    [&](const NftRuleIs& is, const NftRule& rule) {
                      return is_as_made(chain, is, rule);
                    })) {
      return false;
    }
    for (const NftRuleIs& rule : are->second) sets_ += rule.maps.size();
    ++chains_;
  }
  sets_ += options.persistence ? 3 : 1;
  add_entrances(key, options.source_nat, entrances_);
  return services_.emplace(key, service).second;
}

std::optional<Destinations> Reading::servers_in(const std::string& set) const {
  Destinations servers;
  for (const NftElementIs& element : elements(set)) {
    const auto server = server_in(element.key);
    const auto weight = parse_weight_text(element.comment);
    if (!server || !weight) return std::nullopt;
    servers[*server].weight = *weight;
  }
  return servers;
}

bool Reading::is_as_made(const std::string& service, const NftRuleIs& is,
                         const NftRule& rule) const {
  if (is.comment != rule.comment) return false;
  std::size_t maps = 0;
  for (const NftStep& step : rule.steps) {
    const auto* const pick = std::get_if<Pick>(&step);
    if (pick == nullptr) continue;
    if (maps >= is.maps.size() || !picks(service, is.maps[maps], *pick)) return false;
    ++maps;
  }
  return maps == is.maps.size();
}

// The kernel tells elements in an order of its own.
bool Reading::picks(const std::string& service, const std::string& map, const Pick& pick) const {
  std::map<std::uint32_t, std::string> wanted;
  for (const Slot& slot : pick.slots) wanted.emplace(slot.first, where(service, slot.server, pick));
  std::map<std::uint32_t, std::string> is;
  std::optional<std::uint32_t> end;
  for (const NftElementIs& element : elements(map)) {
    std::uint32_t number = 0;
    if (element.key.size() != sizeof number) return false;
    std::memcpy(&number, element.key.data(), sizeof number);
    if (element.end_of_interval) {
      end = ntohl(number);
      continue;
    }
    is.emplace(ntohl(number),
               pick.chain ? element.chain : std::string(element.data.begin(), element.data.end()));
  }
  return end == pick.numbers && is == wanted;
}

bool Reading::entrances_are_whole() const {
  const std::vector<std::string> names = sets_to_read({});
  return std::all_of(names.begin(), names.end(), [this](const std::string& name) {
    EntranceIs is;
    for (const NftElementIs& element : elements(name))
      is.emplace(as_text(element.key), element.chain);
    const auto wanted = entrances_.find(name);
    return contents_.sets.contains(name) &&
           (wanted == entrances_.end() ? is.empty() : is == wanted->second);
  });
}

}  // namespace

void take_datagram(std::span<const std::uint8_t> datagram, std::uint32_t sequence,
                   const std::string& table, NftContents& contents) {
  const auto* message = reinterpret_cast<const nlmsghdr*>(datagram.data());
  auto rest = static_cast<std::uint32_t>(datagram.size());
  for (; NLMSG_OK(message, rest); message = NLMSG_NEXT(message, rest)) {
    if (message->nlmsg_seq != sequence) continue;
    contents.interrupted |= (message->nlmsg_flags & NLM_F_DUMP_INTR) != 0;
    if (const auto answer = netlink_answer(message)) {
      contents.answer = answer;
    } else {
      take(message, table, contents);
    }
  }
}

std::vector<std::string> sets_to_read(const NftContents& contents) {
  std::vector<std::string> names;
  for (const bool source_nat : {false, true}) {
    for (const Family family : kFamilies) {
      for (const Entrance entrance : kEntrances) {
        names.push_back(entrance_name(entrance, family, source_nat));
      }
    }
  }
  for (const auto& [chain, rules] : contents.rules) {
    if (contents.sets.contains(chain)) names.push_back(chain);
    for (const NftRuleIs& rule : rules) {
      names.insert(names.end(), rule.maps.begin(), rule.maps.end());
    }
  }
  return names;
}

std::optional<Services> services_in(const NftContents& contents) {
  Reading reading(contents);
  auto services = reading.services();
  return services;
}

std::optional<Endpoint> server_in(std::span<const std::uint8_t> bytes) {
  constexpr std::size_t kPortField = 4;
  if (bytes.size() < kPortField) return std::nullopt;
  const auto address = address_in(bytes.first(bytes.size() - kPortField));
  if (!address) return std::nullopt;
  const auto port = bytes.last(kPortField);
  return Endpoint{*address, static_cast<std::uint16_t>(port[0] << 8U | port[1])};
}

}  // namespace holdfast::balance
