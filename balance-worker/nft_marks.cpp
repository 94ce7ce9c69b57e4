// SPDX-License-Identifier: Apache-2.0
#include "balance-worker/nft_marks.h"

#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter_ipv4.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <map>
#include <optional>
#include <utility>
#include <variant>

#include "balance-worker/core/ipvs_refusal.h"
#include "balance-worker/core/reconciler.h"
#include "balance-worker/nft_expressions.h"
#include "balance-worker/nft_requests.h"
#include "balance-worker/nft_sets.h"
#include "common/nf_tables.h"

namespace holdfast::balance {
namespace {

constexpr const char* kTable = NftMarks::kTable;

// Before IPVS, and before any translation of addresses.
constexpr std::array kChains{
    nft::BaseChain{"prerouting", "filter", NF_INET_PRE_ROUTING, NF_IP_PRI_MANGLE},
    nft::BaseChain{"output", "filter", NF_INET_LOCAL_OUT, NF_IP_PRI_MANGLE}};
// The last that finds a packet has the last word: an address with a port comes after one without.
constexpr std::array kMarking{Entrance::kHosts, Entrance::kServices};

// Calls `each(entrance, family)` for each map, in the order of their rules.
template <typename Each>
void for_each_map(const Each& each) {
  for (const Family family : kFamilies) {
    for (const Entrance entrance : kMarking) each(entrance, family);
  }
}

std::string map_of(const ServiceKey& address) {
  return entrance_name(entrance_of(address), address.family, false);
}

void make_rule(nft::Batch& batch, const char* chain, const Lookup& lookup) {
  RequestWriter request = batch.begin(NFT_MSG_NEWRULE, NLM_F_CREATE | NLM_F_APPEND);
  request.put_text(NFTA_RULE_TABLE, kTable);
  request.put_text(NFTA_RULE_CHAIN, chain);
  {
    const Nest expressions(request, NFTA_RULE_EXPRESSIONS);
    put_marking(request, lookup);
  }
  request.put(NFTA_RULE_USERDATA, nft::as_user_data(lookup.set));
}

void make(nft::Batch& batch) {
  batch.make_table(kTable);
  std::uint32_t id = 0;
  for_each_map([&](Entrance entrance, Family family) {
    const bool ports = entrance == Entrance::kServices;
    const std::uint32_t host = joined(kProtocol, type_of(family));
    const std::uint32_t size = kFieldSize + size_of(family);
    make_set(
        batch, kTable,
        {entrance_name(entrance, family, false), NFT_SET_MAP, ports ? joined(host, kPort) : host,
         ports ? size + kFieldSize : size, kMark, sizeof(std::uint32_t)},
        ++id);
  });
  for (const nft::BaseChain& chain : kChains) batch.make_base_chain(kTable, chain);
  for (const nft::BaseChain& chain : kChains) {
    for_each_map([&](Entrance entrance, Family family) {
      make_rule(
          batch, chain.name,
          {family, entrance_name(entrance, family, false), false, entrance == Entrance::kServices});
    });
  }
}

// As it stands in a register.
std::vector<std::uint8_t> bytes_of(std::uint32_t mark) {
  std::vector<std::uint8_t> bytes(sizeof mark);
  std::memcpy(bytes.data(), &mark, sizeof mark);
  return bytes;
}

// What one has and the other has not, by maps. Of an address whose mark changes both have one.
std::map<std::string, std::vector<SetElement>> elements_beyond(const Marks& some,
                                                               const Marks& other) {
  std::map<std::string, std::vector<SetElement>> elements;
  for (const auto& [address, mark] : some) {
    const auto same = other.find(address);
    if (same != other.end() && same->second == mark) continue;
    elements[map_of(address)].push_back({entrance_keys(address).front(), bytes_of(mark)});
  }
  return elements;
}

// ---- What there is.

std::optional<ServiceKey> address_of(std::span<const std::uint8_t> key, Entrance entrance,
                                     Family family) {
  const bool ports = entrance == Entrance::kServices;
  if (key.size() != kFieldSize + size_of(family) + (ports ? kFieldSize : 0)) return std::nullopt;
  const auto rest = key.subspan(kFieldSize);
  const auto address = address_in(rest.first(size_of(family)));
  if (!address) return std::nullopt;
  std::uint16_t port = 0;
  if (ports) port = server_in(rest)->port;
  for (const Protocol protocol : {Protocol::kTcp, Protocol::kUdp, Protocol::kSctp}) {
    if (key[0] != static_cast<std::uint8_t>(protocol)) continue;
    return ServiceKey{family, 0, protocol, {*address, port}};
  }
  return std::nullopt;
}

bool rules_are_whole(const NftContents& contents) {
  std::vector<std::string> expected;
  for_each_map([&](Entrance entrance, Family family) {
    expected.push_back(entrance_name(entrance, family, false));
  });
  const auto whole = [&](const nft::BaseChain& chain) {
    const auto rules = contents.rules.find(chain.name);
    return rules != contents.rules.end() &&
           std::equal(
               rules->second.begin(), rules->second.end(), expected.begin(), expected.end(),
               [](const NftRuleIs& is, const std::string& name) { return is.comment == name; });
  };
  return std::all_of(kChains.begin(), kChains.end(), whole) &&
         contents.chains.size() == kChains.size() && contents.sets.size() == expected.size();
}

// None: the table is not as we make it.
std::optional<Marks> marks_in(const NftContents& contents) {
  bool whole = rules_are_whole(contents);
  Marks marks;
  for_each_map([&](Entrance entrance, Family family) {
    const std::string name = entrance_name(entrance, family, false);
    if (!contents.sets.contains(name)) whole = false;
    const auto elements = contents.elements.find(name);
    if (elements == contents.elements.end()) return;
    for (const NftElementIs& one : elements->second) {
      const auto address = address_of(one.key, entrance, family);
      std::uint32_t mark = 0;
      if (!address || one.data.size() != sizeof mark) {
        whole = false;
        continue;
      }
      std::memcpy(&mark, one.data.data(), sizeof mark);
      marks.emplace(*address, mark);
    }
  });
  if (!whole) return std::nullopt;
  return marks;
}

}  // namespace

// Whoever wants a mark hears why there can be none.
Result<NftMarks::Marked> NftMarks::read() {
  there_ = whole_ = false;
  marks_.clear();
  if (!socket_) {
    Result<NftSocket> opened = NftSocket::open();
    if (!opened || !opened->read(kTable)) return Marked{};
    socket_ = std::move(*opened);
  }
  const Result<NftContents> contents =
      socket_->read_whole(kTable, [](const NftContents& told) -> std::vector<std::string> {
        return {told.sets.begin(), told.sets.end()};
      });
  if (!contents) return tl::unexpected(contents.error());
  there_ = contents->table;
  const std::optional<Marks> marks = marks_in(*contents);
  whole_ = there_ && marks.has_value();
  if (whole_) marks_ = *marks;
  return Marked{marks_, there_ && !whole_};
}

Result<void> NftMarks::change(const Marks& next) {
  if (next.empty() && !there_) return {};
  if (next == marks_ && whole_) return {};
  if (!socket_) {
    Result<NftSocket> opened = NftSocket::open();
    if (!opened) return tl::unexpected(opened.error());
    socket_ = std::move(*opened);
  }
  if (const int error = send(next); error != 0) return fail(nft::words_for(error));
  marks_ = next;
  there_ = whole_ = !next.empty();
  return {};
}

int NftMarks::send(const Marks& next) {
  std::vector<std::uint8_t> packet;
  nft::Batch batch(packet, socket_->sequence() + 1);
  if (next.empty()) {
    batch.remove_table(kTable);
    return socket_->change(packet, batch.end());
  }
  if (!whole_) make(batch);
  const Marks before = whole_ ? marks_ : Marks{};
  for (const auto& [map, elements] : elements_beyond(before, next)) {
    change_elements(batch, kTable, Verb::kRemove, map, 0, elements);
  }
  for (const auto& [map, elements] : elements_beyond(next, before)) {
    change_elements(batch, kTable, Verb::kAdd, map, 0, elements);
  }
  return socket_->change(packet, batch.end());
}

// ---- A backend, and the marks of its services.

namespace {

bool is_of_marks(const IpvsCommand& command) {
  return std::holds_alternative<AddMark>(command) || std::holds_alternative<RemoveMark>(command) ||
         std::holds_alternative<Sweep>(command);
}

}  // namespace

// In their order: a run of commands of one kind after the other.
std::vector<Backend::Refusal> MarkingBackend::execute(std::span<const IpvsCommand> commands) {
  std::vector<Refusal> refused;
  while (!commands.empty()) {
    const bool marks = is_of_marks(commands.front());
    const auto other = std::find_if(commands.begin(), commands.end(),
                                    [&](const auto& one) { return is_of_marks(one) != marks; });
    const auto run = commands.first(static_cast<std::size_t>(other - commands.begin()));
    commands = commands.subspan(run.size());
    if (marks) {
      mark(run, refused);
      if (std::holds_alternative<Sweep>(run.back())) backend_->sweep();
      continue;
    }
    std::vector<Refusal> more = backend_->execute(run);
    refused.insert(refused.end(), std::make_move_iterator(more.begin()),
                   std::make_move_iterator(more.end()));
  }
  return refused;
}

// One transaction. What is refused is said once of each service.
void MarkingBackend::mark(std::span<const IpvsCommand> commands, std::vector<Refusal>& refused) {
  IpvsTable next;
  next.marks = marks_;
  for (const IpvsCommand& command : commands) apply(command, next);
  const Result<void> done = nft_.change(next.marks);
  if (done) {
    marks_ = std::move(next.marks);
    return;
  }
  std::set<std::optional<ServiceKey>> said;
  for (const IpvsCommand& command : commands) {
    if (!said.insert(service_of(command)).second) continue;
    refused.push_back({command, attempt(command) + ": " + done.error().message});
  }
}

Result<IpvsTable> MarkingBackend::read() {
  Result<IpvsTable> table = backend_->read();
  if (!table) return table;
  Result<NftMarks::Marked> marked = nft_.read();
  if (!marked) return tl::unexpected(marked.error());
  marks_ = marked->marks;
  table->marks = std::move(marked->marks);
  table->damaged = table->damaged || marked->damaged;
  return table;
}

}  // namespace holdfast::balance
