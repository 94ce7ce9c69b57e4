// SPDX-License-Identifier: Apache-2.0
#include <utility>

#include "status/json.h"
#include "status/peers.h"

// The virtual routers of a node.
namespace holdfast {
namespace {

// What kind and which keys, never what they are.
Json authentication(const InstanceConfig& instance) {
  if (!instance.password.empty()) return {{"kind", "password"}};
  if (!instance.hmac) return {{"kind", "none"}};
  Json keys = Json::array();
  for (const AuthenticationKey& key : instance.hmac->keys) keys.push_back(key.id);
  return {{"kind", "hmac"}, {"mode", holdfast::to_string(instance.hmac->mode)}, {"keys", keys}};
}

// Null: it has no witness. What was said of it counts as long as it was said to.
Json lease(const NodeStatus& node, const InstanceConfig& instance, const LeaseState* state) {
  if (!instance.witness) return nullptr;
  const WitnessState* const witness = find(by_subject<WitnessState>(node.retained), "");
  const bool reached = witness != nullptr && node.now < witness->until;
  const bool releases = *instance.witness == WhenUnreachable::kRelease;
  Json one{{"reached", reached},
           {"held", reached && state != nullptr && state->held},
           {"holder",
            reached && state != nullptr && !state->holder.empty() ? Json(state->holder) : Json()},
           {"when_unreachable", releases ? "release" : "hold"},
           {"trouble", witness == nullptr ? "" : witness->trouble}};
  return one;
}

Json router(const NodeStatus& node, const InstanceConfig& instance, const RouterState* state,
            const AdvertCounters* counters) {
  Json addresses = Json::array();
  for (const IpPrefix& prefix : instance.addresses) addresses.push_back(prefix.to_string());
  Json one{
      {"name", instance.name},
      {"interface", instance.interface},
      {"virtual_router_id", instance.vrid.value},
      {"version", static_cast<int>(instance.version)},
      {"state", holdfast::to_string(state == nullptr ? VrrpState::kInitialize : state->state)},
      {"priority", (state == nullptr ? instance.priority : state->priority).value},
      {"configured_priority", instance.priority.value},
  };
  add_since(one, node, state == nullptr ? std::nullopt : std::optional(state->since));
  one["reason"] = state == nullptr ? "not started yet" : state->reason;
  one["priority_reason"] = state == nullptr ? "" : state->moved_by;
  one["addresses"] = addresses;
  one["authentication"] = authentication(instance);
  one["adverts"] = {
      {"sent", counters == nullptr ? 0 : counters->sent},
      {"received", counters == nullptr ? 0 : counters->received},
      {"unauthenticated", counters == nullptr ? 0 : counters->unauthenticated},
      {"owners", counters == nullptr ? 0 : counters->owners},
      {"rejected", rejected(counters)},
  };
  return one;
}

}  // namespace

Json routers_of(const NodeStatus& node) {
  const auto states = by_subject<RouterState>(node.retained);
  const auto counters = by_subject<AdvertCounters>(node.retained);
  const auto leases = by_subject<LeaseState>(node.retained);
  const auto peers = by_subject<Peers>(node.retained);
  const bool stale = !runs(node, Role::kVrrp);
  Json all = Json::array();
  for (const InstanceConfig& instance : node.config.instances) {
    const RouterState* state = find(states, instance.name);
    all.push_back(router(node, instance, state, find(counters, instance.name)));
    all.back()["witness"] = lease(node, instance, find(leases, instance.name));
    all.back()["peers"] =
        peers_of(instance, find(peers, instance.name), node.now, node.config.instances.size());
    all.back()["stale"] = stale;
  }
  return all;
}

Json rejected(const AdvertCounters* counters) {
  Json all = Json::object();
  for (std::size_t i = 0; i < kRejections; ++i) {
    const auto reason = std::string(holdfast::to_string(static_cast<Rejection>(i)));
    all[reason] = counters == nullptr ? 0 : counters->rejected.at(i);
  }
  return all;
}

}  // namespace holdfast
