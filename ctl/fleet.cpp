// SPDX-License-Identifier: Apache-2.0
#include "ctl/fleet.h"

#include <algorithm>
#include <map>
#include <set>
#include <tuple>
#include <utility>

#include "config/faults.h"
#include "config/named_warnings.h"
#include "config/scalars.h"
#include "ctl/fleet_keys.h"
#include "foresee/node.h"

namespace holdfast::ctl {
namespace {

// An instance as one node has it.
struct Member {
  const FleetNode& whole;
  const std::string& node;
  const InstanceConfig& config;
  const InFile<PlacedInstance>& place;
};
using Router = std::vector<Member>;

std::set<std::string> texts_of(const std::vector<VirtualAddress>& addresses) {
  std::set<std::string> texts;
  for (const VirtualAddress& one : addresses) texts.insert(one.address.to_string());
  return texts;
}

std::string joined(const std::set<std::string>& texts) {
  std::string all;
  for (const std::string& one : texts) all += (all.empty() ? "" : ", ") + one;
  return all.empty() ? "none" : all;
}

// What both ends must have alike; a password or a key's name is not shown.
std::string authentication_text(const InstanceConfig& instance) {
  if (!instance.password.empty()) return "a password";
  if (!instance.hmac) return "none";
  std::set<std::string> ids;
  for (const AuthenticationKey& key : instance.hmac->keys) ids.insert(std::to_string(key.id));
  return "keys with the ids " + joined(ids);
}

// What it tracks, its own interface apart, whose name may differ.
std::string tracks_text(const InstanceConfig& instance) {
  std::set<std::string> texts;
  for (const foresee::Subject& one : foresee::Node::tracked_by(instance)) {
    if (one.name != instance.interface) texts.insert(foresee::to_string(one));
  }
  return texts.empty() ? "nothing" : joined(texts);
}

class Comparison {
 public:
  explicit Comparison(const std::string& file) : faults_(file), named_(file) {}

  void compare(const Router& router);
  void compare_all(const std::map<std::string, Router>& routers);
  void compare_orders(const std::map<std::string, Router>& routers);

  std::vector<Diagnostic> take() {
    std::vector<Diagnostic> all = faults_.take();
    for (Diagnostic& one : named_.take()) all.push_back(std::move(one));
    return all;
  }

 private:
  void fault(const Member& at, const std::string& what) {
    faults_.add(at.place, at.node + ": " + quote(at.config.name) + ' ' + what);
  }
  void warn(const char* name, const Member& at, const std::string& what) {
    named_.add(name, at.place, at.node + ": " + quote(at.config.name) + ' ' + what);
  }
  void expect_same(const Member& at, const Member& first, std::string_view what,
                   const std::string& found, const std::string& expected) {
    if (found == expected) return;
    fault(at, "has " + std::string(what) + ' ' + found + ", but on " + first.node + ' ' + expected);
  }
  void compare_to_first(const Member& one, const Member& first);
  void compare_priorities(const Router& router);
  void compare_peers(const Router& router);
  void compare_keys(const Member& one, const Member& first);

  Faults faults_;
  NamedWarnings named_;
};

void Comparison::compare_to_first(const Member& one, const Member& first) {
  const InstanceConfig& a = one.config;
  const InstanceConfig& b = first.config;
  expect_same(one, first, "virtual_router_id", std::to_string(a.vrid.value),
              std::to_string(b.vrid.value));
  expect_same(one, first, "version", std::to_string(static_cast<int>(a.version)),
              std::to_string(static_cast<int>(b.version)));
  expect_same(one, first, "advert_interval", duration_text(a.advert_interval),
              duration_text(b.advert_interval));
  expect_same(one, first, "addresses", joined(texts_of(a.addresses)),
              joined(texts_of(b.addresses)));
  expect_same(one, first, "excluded_addresses", joined(texts_of(a.excluded_addresses)),
              joined(texts_of(b.excluded_addresses)));
  expect_same(one, first, "authentication", authentication_text(a), authentication_text(b));
  if (a.password != b.password && !a.password.empty() && !b.password.empty()) {
    fault(one, "has another password than on " + first.node);
  }
  expect_same(one, first, "adverts to", a.unicast ? "peers" : a.group().to_string(),
              b.unicast ? "peers" : b.group().to_string());
  if (a.checksum != b.checksum) fault(one, "has another checksum than on " + first.node);
  if (a.preempt != b.preempt) {
    warn("fleet-preempt", one, "has another preempt than on " + first.node);
  }
  if (tracks_text(a) != tracks_text(b)) {
    warn("fleet-tracks", one,
         "tracks " + tracks_text(a) + ", but on " + first.node + ' ' + tracks_text(b));
  }
  compare_keys(one, first);
}

void Comparison::compare_keys(const Member& one, const Member& first) {
  if (!one.config.hmac || !first.config.hmac) return;
  for (const AuthenticationKey& a : one.config.hmac->keys) {
    for (const AuthenticationKey& b : first.config.hmac->keys) {
      const auto here = hash_of(one.whole, a);
      const auto there = hash_of(first.whole, b);
      if (a.id != b.id || !here || !there || *here == *there) continue;
      fault(one, "has another key " + std::to_string(a.id) + " than on " + first.node +
                     ": SHA-256 " + *here + ", there " + *there);
    }
  }
}

// RFC 9568 §6.4.3 lets the higher address win among equals: an election by accident.
void Comparison::compare_priorities(const Router& router) {
  std::map<int, const Member*> seen;
  for (const Member& one : router) {
    const int priority = one.config.priority.value;
    const auto [entry, fresh] = seen.try_emplace(priority, &one);
    if (fresh) continue;
    fault(one, "has priority " + std::to_string(priority) + ", as on " + entry->second->node +
                   ": give each node another");
  }
}

// By their source addresses; who has none sends from an address of its interface, unknown here.
void Comparison::compare_peers(const Router& router) {
  for (const Member& one : router) {
    if (!one.config.unicast) continue;
    std::set<IpAddress> peers;
    for (const UnicastPeer& peer : one.config.unicast->peers) peers.insert(peer.address);
    if (peers.size() + 1 < router.size()) {
      fault(one, "has " + std::to_string(peers.size()) + " peers, but " +
                     std::to_string(router.size() - 1) + " other nodes have it");
    }
    for (const Member& other : router) {
      const auto& source = other.config.source_address;
      if (&other == &one || !source || peers.contains(*source)) continue;
      fault(one, "lacks the peer " + source->to_string() + ", which is " + other.node);
    }
    if (one.config.source_address && peers.contains(*one.config.source_address)) {
      fault(one, "has its own address " + one.config.source_address->to_string() + " as a peer");
    }
  }
}

void Comparison::compare(const Router& router) {
  if (router.size() == 1) {
    warn("fleet-alone", router.front(), "is on this node alone: nobody takes over");
    return;
  }
  for (std::size_t i = 1; i < router.size(); ++i) compare_to_first(router[i], router.front());
  compare_priorities(router);
  compare_peers(router);
}

// The nodes of a virtual router, who wins the election first.
std::vector<std::string> order_of(const Router& router) {
  std::multimap<int, std::string> by_priority;
  for (const Member& one : router) by_priority.emplace(-one.config.priority.value, one.node);
  std::vector<std::string> nodes;
  for (const auto& [priority, node] : by_priority) nodes.push_back(node);
  return nodes;
}

// A group goes to the node that is the best for all of its members. Where each node is the best for
// another member, who has the group keeps it: no priority decides.
void Comparison::compare_orders(const std::map<std::string, Router>& routers) {
  std::map<std::string, const Router*> first_of;
  for (const auto& [name, router] : routers) {
    const Member& one = router.front();
    if (one.config.sync_group.empty()) continue;
    const auto [entry, fresh] = first_of.try_emplace(one.config.sync_group, &router);
    if (fresh || order_of(router) == order_of(*entry->second)) continue;
    warn("fleet-sync-order", one,
         "goes to " + order_of(router).front() + " first, but " +
             quote(entry->second->front().config.name) + " in the same sync group " +
             quote(one.config.sync_group) + " to " + order_of(*entry->second).front() +
             ": give all members the same order of nodes");
  }
}

void Comparison::compare_all(const std::map<std::string, Router>& routers) {
  std::map<std::tuple<std::string, Family, int>, const Member*> vrids;
  std::map<IpAddress, const Member*> addresses;
  for (const auto& [name, router] : routers) {
    compare(router);
    for (const Member& one : router) {
      const InstanceConfig& config = one.config;
      const auto vrid =
          vrids.try_emplace({config.interface, config.family(), config.vrid.value}, &one);
      const Member& first = *vrid.first->second;
      if (first.config.name != name) {
        fault(one, "has virtual_router_id " + std::to_string(config.vrid.value) + " on " +
                       quote(config.interface) + ", as " + quote(first.config.name) + " on " +
                       first.node);
      }
      for (const VirtualAddress& address : config.held()) {
        if (address.address.is_link_local()) continue;
        const Member& holder = *addresses.try_emplace(address.address, &one).first->second;
        if (holder.config.name == name) continue;
        fault(one, "has the address " + address.address.to_string() + ", as " +
                       quote(holder.config.name) + " on " + holder.node);
      }
    }
  }
}

}  // namespace

std::vector<Diagnostic> fleet_faults(const std::vector<FleetNode>& nodes, const std::string& file) {
  std::map<std::string, Router> routers;
  for (const FleetNode& node : nodes) {
    const std::vector<InstanceConfig>& instances = node.loaded.config.instances;
    for (std::size_t i = 0; i < instances.size(); ++i) {
      routers[instances[i].name].push_back(
          {node, node.name, instances[i], node.loaded.instances[i]});
    }
  }
  Comparison comparison(file);
  comparison.compare_all(routers);
  comparison.compare_orders(routers);
  return comparison.take();
}

}  // namespace holdfast::ctl
