// SPDX-License-Identifier: Apache-2.0
#include "balance-worker/nftables.h"

#include <linux/netlink.h>

#include <algorithm>
#include <cerrno>
#include <string>
#include <utility>

#include "balance-worker/conntrack.h"
#include "balance-worker/core/ipvs_refusal.h"
#include "balance-worker/core/nft_flows.h"
#include "balance-worker/core/reconciler.h"
#include "balance-worker/nft_requests.h"
#include "common/netlink.h"
#include "common/nf_tables.h"
#include "common/os_error.h"
#include "common/socket_buffers.h"

namespace holdfast::balance {
namespace {

constexpr std::size_t kClientsAtOnce = 256;

const Service* find(const Services& services, const ServiceKey& key) {
  const auto found = services.find(key);
  return found == services.end() ? nullptr : &found->second;
}

bool loses_servers(const Service* before, const Service* after) {
  if (before == nullptr || after == nullptr) return before != nullptr;
  return std::any_of(before->destinations.begin(), before->destinations.end(),
                     [after](const auto& one) { return !after->destinations.contains(one.first); });
}

// Of a service whose rules, and the elements of their maps, were told.
std::map<Endpoint, DestinationCounters> counted_in(NftContents& contents, const ServiceKey& key,
                                                   const Service& service) {
  const std::string name = nft_name(key);
  std::map<Endpoint, DestinationCounters> counted;
  for (const auto& [server, options] : service.destinations) {
    DestinationCounters& one = counted[server];
    for (const NftRuleIs& rule : contents.rules[chain_of_server(name, server)]) {
      one.traffic.connections += rule.packets;
    }
  }
  for (const NftRuleIs& rule : contents.rules[name]) {
    for (const std::string& map : rule.maps) {
      for (const NftElementIs& element : contents.elements[map]) {
        const auto server = server_in(element.data);
        if (server) counted[*server].traffic.connections += element.packets;
      }
    }
  }
  return counted;
}

}  // namespace

Nftables::Nftables(NftSocket socket) : socket_(std::move(socket)) {}

Result<Nftables> Nftables::open() {
  Result<NftSocket> socket = NftSocket::open();
  if (!socket) return tl::unexpected(socket.error());
  return Nftables(std::move(*socket));
}

// ---- Commands.

std::vector<Backend::Refusal> Nftables::execute(std::span<const IpvsCommand> commands) {
  IpvsTable next;
  Changes changes;
  for (const IpvsCommand& command : commands) {
    const auto key = service_of(command);
    if (!key) continue;
    const Service* const is = find(services_, *key);
    if (changes.emplace(*key, std::nullopt).second && is != nullptr) {
      next.services.emplace(*key, *is);
    }
    apply(command, next);
  }
  for (auto& [key, service] : next.services) changes[key] = std::move(service);
  if (change(changes) == 0) return {};
  std::vector<Refusal> refused;
  for (const auto& one : changes) {
    const int error = change({one});
    if (error == 0) continue;
    for (const IpvsCommand& command : commands) {
      if (service_of(command) != one.first) continue;
      refused.push_back({command, attempt(command) + ": " + nft::words_for(error)});
    }
  }
  return refused;
}

void Nftables::sweep() {
  if (there_ && !whole_) change({});
}

int Nftables::change(const Changes& changes) {
  std::vector<std::uint8_t> packet;
  NftBatch batch(packet, socket_.sequence() + 1);
  std::size_t left = services_.size();
  for (const auto& [key, after] : changes) {
    if (services_.contains(key)) --left;
    if (after) ++left;
  }
  if (left == 0 && !there_) return 0;
  if (left == 0) {
    batch.remove();
  } else {
    if (!whole_) batch.make();
    for (const auto& [key, after] : changes) {
      const Service* const before = find(services_, key);
      if (before == nullptr && !after) continue;
      batch.change(key, before, after ? &*after : nullptr);
    }
  }
  const int error = socket_.change(packet, batch.end());
  if (error == 0) changed(changes);
  return error;
}

// What follows from a change that the kernel has made.
void Nftables::changed(const Changes& changes) {
  std::set<ServiceKey> shrunk;
  std::vector<LostFlows> lost;
  for (const auto& [key, after] : changes) {
    const Service* const before = find(services_, key);
    const Service* const now = after ? &*after : nullptr;
    const std::vector<LostFlows> more = lost_flows(key, before, now);
    lost.insert(lost.end(), more.begin(), more.end());
    if (now != nullptr && now->options.persistence && loses_servers(before, now)) {
      shrunk.insert(key);
    }
    keep_counts(key, now);
    if (now != nullptr) {
      services_.insert_or_assign(key, *now);
    } else {
      services_.erase(key);
    }
  }
  there_ = whole_ = !services_.empty();
  forget_clients(shrunk);
  forget_flows(socket_.descriptor(), socket_.sequence(), lost);
}

// ---- What there is.

Result<IpvsTable> Nftables::read() {
  const Result<NftContents> contents = socket_.read_whole(kNftTable, sets_to_read);
  if (!contents) return tl::unexpected(contents.error());
  there_ = contents->table;
  std::optional<Services> services = services_in(*contents);
  whole_ = there_ && services.has_value();
  services_ = whole_ ? std::move(*services) : Services{};
  IpvsTable table;
  table.services = services_;
  table.damaged = there_ && !whole_;
  return table;
}

std::set<ServiceKey> Nftables::ours() const {
  std::set<ServiceKey> keys;
  for (const auto& [key, service] : services_) keys.insert(key);
  return keys;
}

// What the kernel counts begins anew whenever the rules of a service do: what was counted before is
// added. So are those rates that it does not know.
Result<Counters> Nftables::read_counters() {
  NftContents contents;
  if (services_.empty()) return Counters{};
  if (auto asked = socket_.ask(nft::rules_request(kNftTable, socket_.next()), kNftTable, contents);
      !asked) {
    return tl::unexpected(asked.error());
  }
  Counters counters;
  for (const auto& [key, service] : services_) {
    for (const NftRuleIs& rule : contents.rules[nft_name(key)]) {
      for (const std::string& map : rule.maps) {
        if (auto asked = socket_.read_elements(kNftTable, map, contents); !asked) {
          return tl::unexpected(asked.error());
        }
      }
    }
    ServiceCounters& one = counters[key];
    one.destinations = counted_in(contents, key, service);
    for (auto& [server, counted] : one.destinations) {
      const auto before = before_[key].find(server);
      if (before != before_[key].end()) counted.traffic.connections += before->second;
      one.traffic.connections += counted.traffic.connections;
    }
  }
  counted_ = counters;
  return counters;
}

// Of the servers that it still has.
void Nftables::keep_counts(const ServiceKey& key, const Service* after) {
  auto& before = before_[key];
  before.clear();
  const auto counted = counted_.find(key);
  if (after == nullptr || counted == counted_.end()) return;
  for (const auto& [server, one] : counted->second.destinations) {
    if (after->destinations.contains(server)) before[server] = one.traffic.connections;
  }
}

// ---- Clients of servers that are gone.

void Nftables::forget_clients(const std::set<ServiceKey>& keys) {
  for (const ServiceKey& key : keys) {
    const Service* const service = find(services_, key);
    if (service == nullptr) continue;
    NftContents contents;
    const std::string set = clients_of(nft_name(key));
    if (!socket_.read_elements(kNftTable, set, contents)) continue;
    std::vector<Key> gone;
    for (NftElementIs& element : contents.elements[set]) {
      const auto server = server_in(element.data);
      if (!server || !service->destinations.contains(*server)) {
        gone.push_back(std::move(element.key));
      }
    }
    forget_clients(key, gone);
  }
}

// A client whose time has come meanwhile spoils the transaction: then each has its own.
void Nftables::forget_clients(const ServiceKey& key, std::span<const Key> clients) {
  while (!clients.empty()) {
    const auto some = clients.first(std::min(clients.size(), kClientsAtOnce));
    clients = clients.subspan(some.size());
    std::vector<std::uint8_t> packet;
    NftBatch batch(packet, socket_.sequence() + 1);
    batch.forget_clients(key, some);
    if (socket_.change(packet, batch.end()) == 0 || some.size() == 1) continue;
    for (const Key& one : some) forget_clients(key, {&one, 1});
  }
}

}  // namespace holdfast::balance
