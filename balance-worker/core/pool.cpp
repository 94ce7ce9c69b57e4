// SPDX-License-Identifier: Apache-2.0
#include "balance-worker/core/pool.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "balance-worker/core/kernel_terms.h"

namespace holdfast::balance {
namespace {

bool takes_out(const std::shared_ptr<const ServerOrder>& order) {
  return order && (order->kind == OrderKind::kDisable || order->kind == OrderKind::kDrain);
}

std::uint32_t clamped(std::uint64_t number) {
  return static_cast<std::uint32_t>(
      std::min<std::uint64_t>(number, std::numeric_limits<std::uint32_t>::max()));
}

}  // namespace

Pool::Pool(VirtualServerConfig config) : config_(std::move(config)) {
  service_.service = config_.name;
  servers_.resize(config_.real_servers.size());
  for (std::size_t index = 0; index < servers_.size(); ++index) {
    const RealServerConfig& one = config_.real_servers[index];
    servers_[index].state.server = server_name(config_.name, one.endpoint);
    servers_[index].state.use = ServerUse::kAbsent;
    by_name_.push_back(index);
    for (const std::string& check : one.checks) users_[check].push_back(index);
  }
  std::sort(by_name_.begin(), by_name_.end(), [this](std::size_t a, std::size_t b) {
    return servers_[a].state.server < servers_[b].state.server;
  });
}

std::optional<std::size_t> Pool::index_of(std::string_view name) const {
  const auto found = std::lower_bound(
      by_name_.begin(), by_name_.end(), name,
      [this](std::size_t one, std::string_view is) { return servers_[one].state.server < is; });
  if (found == by_name_.end() || servers_[*found].state.server != name) return std::nullopt;
  return *found;
}

// ---- What is known.

void Pool::restore(const ServiceState& state) {
  service_ = state;
  quorum_known_ = true;
}

void Pool::restore(const ServerState& state) {
  const auto index = index_of(state.server);
  if (!index) return;
  Server& server = servers_[*index];
  server.state = state;
  server.said = said_of(state);
  server.told = true;
  const FailureConfig& policy = config_of(server).on_failure;
  if (policy.action != OnFailure::kDrain || state.healthy) return;
  server.drained_at = state.since;
  if (state.use == ServerUse::kQuiet) server.drained_at = state.since + policy.drain_for;
}

void Pool::inherit(const Pool& former) {
  if (former.quorum_known_) restore(former.service_);
  for (const Server& one : former.servers_) {
    const auto index = index_of(one.state.server);
    if (!index) continue;
    Server& server = servers_[*index];
    server.state = one.state;
    server.said = one.said;
    server.told = one.told;
    server.drained_at = one.drained_at;
  }
}

void Pool::look_at(const std::string& check, const CheckLookup& checks) {
  const auto found = users_.find(check);
  if (found == users_.end()) return;
  for (const std::size_t index : found->second) {
    Server& server = servers_[index];
    server.health = health_of(config_of(server), config_.initially_up, checks);
  }
}

void Pool::look_at_all(const CheckLookup& checks, const OrderLookup& orders) {
  for (Server& server : servers_) {
    server.health = health_of(config_of(server), config_.initially_up, checks);
    server.order.reset();
    const ServerOrder* order = orders(server.state.server);
    if (order != nullptr && order->kind != OrderKind::kNone) {
      server.order = std::make_shared<const ServerOrder>(*order);
    }
  }
}

void Pool::take(const ServerOrder& order) {
  const auto index = index_of(order.server);
  if (!index) return;
  servers_[*index].order.reset();
  if (order.kind != OrderKind::kNone) {
    servers_[*index].order = std::make_shared<const ServerOrder>(order);
  }
}

bool Pool::settled() const {
  return std::all_of(servers_.begin(), servers_.end(), [this](const Server& server) {
    return config_.initially_up || !config_.ha_suspend.empty() || server.health.known;
  });
}

// ---- What is decided.

void Pool::decide(Time now) {
  expire_orders(now);
  for (Server& server : servers_) {
    if (server.health.up) server.state.seen_up = true;
    if (server.health.up) server.drained_at.reset();
  }
  const Sums sums = this->sums();
  decide_quorum(sums, now);
  decide_panic(sums);
  service_.weight = clamped(sums.weight);
  service_.healthy = sums.healthy;
  service_.servers = static_cast<std::uint32_t>(servers_.size());
  service_.sorry = !service_.quorum && config_.sorry_server.has_value();
  service_.panic = all_panic_ || last_.has_value();
  service_.reason = words_of(sums);
  for (Server& server : servers_) settle(server, choose(server, now), now);
  if (config_.sorry_server) {
    const Endpoint& endpoint = config_.sorry_server->endpoint;
    if (service_.sorry) {
      destinations_[endpoint] = destination_of(*config_.sorry_server);
    } else if (!has(server_name(config_.name, endpoint))) {
      destinations_.erase(endpoint);
    }
  }
}

std::optional<Time> Pool::deadline() const {
  std::optional<Time> first;
  const auto consider = [&first](std::optional<Time> when) {
    if (when && (!first || *when < *first)) first = when;
  };
  for (const Server& server : servers_) {
    if (server.order) consider(server.order->until);
    if (server.state.use == ServerUse::kQuiet) consider(server.drained_at);
  }
  return first;
}

void Pool::expire_orders(Time now) {
  for (Server& server : servers_) {
    if (server.order && server.order->until && *server.order->until <= now) server.order.reset();
  }
}

// Of a server that is in use as it should be: at least 1 while it has any health and any weight.
std::uint32_t Pool::weight_of(const Server& server) const {
  const bool ordered = server.order && server.order->kind == OrderKind::kWeight;
  const std::uint32_t full = ordered ? server.order->weight : config_of(server).weight;
  const unsigned percent = server.health.up ? server.health.percent : 100U;
  if (full == 0 || percent == 0) return 0;
  return std::max<std::uint32_t>(1, full * percent / 100);
}

Pool::Sums Pool::sums() const {
  Sums sums;
  for (const Server& server : servers_) {
    if (takes_out(server.order)) continue;
    ++sums.counted;
    if (!server.health.up) continue;
    ++sums.healthy;
    sums.weight += weight_of(server);
  }
  return sums;
}

// keepalived's rule. The first decision has no hysteresis: nothing was gained or lost yet.
void Pool::decide_quorum(const Sums& sums, Time now) {
  const bool had = service_.quorum;
  const std::uint64_t quorum = config_.quorum;
  const std::uint64_t needed = !quorum_known_ ? quorum
                               : had          ? quorum - config_.hysteresis
                                              : quorum + config_.hysteresis;
  service_.quorum = sums.weight >= needed;
  if (!quorum_known_ || service_.quorum != had) service_.since = now;
  quorum_known_ = true;
}

// Whether servers that have failed go on: those that were up once, and no sorry server stands by.
void Pool::decide_panic(const Sums& sums) {
  last_.reset();
  all_panic_ = false;
  panic_reason_.clear();
  if (!service_.quorum && config_.sorry_server) return;
  const PanicConfig& panic = config_.panic;
  const auto candidate = [](const Server& server) {
    return server.state.seen_up && !server.health.up && !takes_out(server.order);
  };
  if (panic.percent > 0 && sums.healthy * 100ULL < std::uint64_t{panic.percent} * sums.counted) {
    all_panic_ = std::any_of(servers_.begin(), servers_.end(), candidate);
    panic_reason_ = "serves all the same, since only " + std::to_string(sums.healthy) + " of " +
                    std::to_string(sums.counted) + " are healthy, fewer than " +
                    std::to_string(panic.percent) + "%";
    return;
  }
  if (!panic.last_server || sums.healthy > 0) return;
  for (std::size_t i = 0; i < servers_.size(); ++i) {
    if (!candidate(servers_[i])) continue;
    if (!last_ || servers_[i].health.since > servers_[*last_].health.since) last_ = i;
  }
  panic_reason_ = "serves all the same, the last one that failed";
}

Pool::Choice Pool::choose(Server& server, Time now) const {
  if (server.order) {
    if (server.order->kind == OrderKind::kDisable) {
      return {ServerUse::kAbsent, 0, "disabled by the operator"};
    }
    if (server.order->kind == OrderKind::kDrain) {
      return {ServerUse::kQuiet, 0, "drained by the operator"};
    }
  }
  if (!server.health.up) return choose_failed(server, now);
  if (service_.sorry) {
    return {ServerUse::kQuiet, 0, "the sorry server stands for it: " + service_.reason};
  }
  const std::uint32_t weight = weight_of(server);
  std::string reason = server.health.reason;
  if (server.order) reason = "weight by the operator; " + reason;
  if (weight == 0) {
    if (config_of(server).weight == 0 && !server.order) reason = "its weight is 0; " + reason;
    return {ServerUse::kQuiet, 0, std::move(reason)};
  }
  return {ServerUse::kServing, weight, std::move(reason)};
}

Pool::Choice Pool::choose_failed(Server& server, Time now) const {
  const std::string& reason = server.health.reason;
  if ((all_panic_ && server.state.seen_up) || (last_ && &servers_[*last_] == &server)) {
    const std::uint32_t weight = weight_of(server);
    return {weight == 0 ? ServerUse::kQuiet : ServerUse::kServing, weight,
            panic_reason_ + "; " + reason};
  }
  const FailureConfig& policy = config_of(server).on_failure;
  switch (policy.action) {
    case OnFailure::kRemove:
      break;
    case OnFailure::kZeroWeight:
      return {ServerUse::kQuiet, 0, reason};
    case OnFailure::kDrain:
      if (!server.state.seen_up) break;
      if (!server.drained_at) server.drained_at = now + policy.drain_for;
      if (now < *server.drained_at) return {ServerUse::kQuiet, 0, "drains; " + reason};
      break;
  }
  return {ServerUse::kAbsent, 0, reason};
}

void Pool::settle(Server& server, const Choice& choice, Time now) {
  ServerState& state = server.state;
  if (!server.told || state.use != choice.use) state.since = now;
  server.told = true;
  state.use = choice.use;
  state.weight = choice.weight;
  state.healthy = server.health.up;
  state.reason = bounded(choice.reason);
  if (choice.use == ServerUse::kAbsent) {
    destinations_.erase(config_of(server).endpoint);
  } else {
    destinations_[config_of(server).endpoint] = destination_of(config_of(server), choice.weight);
  }
}

std::string Pool::words_of(const Sums& sums) const {
  std::string text = std::to_string(sums.healthy) + " of " + std::to_string(servers_.size()) +
                     " servers healthy, weight " + std::to_string(sums.weight) + ", quorum " +
                     std::to_string(config_.quorum);
  if (config_.hysteresis > 0) text += " +-" + std::to_string(config_.hysteresis);
  return text;
}

}  // namespace holdfast::balance
