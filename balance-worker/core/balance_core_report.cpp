// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <string>
#include <utility>

#include "balance-worker/core/balance_core.h"
#include "balance-worker/core/kernel_terms.h"

// What a BalanceCore says of what it does.
namespace holdfast::balance {
namespace {

std::string count_of(std::size_t number, const std::string& what) {
  return std::to_string(number) + " " + what + (number == 1 ? "" : "s");
}

// `since` alone is not worth a report.
bool is_said(const SaidServer& said, const ServerState& state) {
  return said.use == state.use && said.weight == state.weight && said.healthy == state.healthy &&
         said.seen_up == state.seen_up && said.reason == state.reason;
}

}  // namespace

void BalanceCore::say_filled() {
  if (std::exchange(filled_, true)) return;
  std::size_t servers = 0;
  for (const auto& [name, pool] : pools_) servers += pool.destinations().size();
  if (trouble_.empty()) {
    log(LogLevel::kInfo, count_of(pools_.size(), "virtual server") + " with " +
                             count_of(servers, "real server") + " in the kernel's table");
  }
  actions_.emplace_back(Report{TableFilled{}});
}

void BalanceCore::report(const Names& services) {
  if (said_services_.empty()) {  // all of it is news
    std::size_t servers = 0;
    for (const auto& [name, pool] : pools_) servers += pool.size();
    actions_.reserve(actions_.size() + servers + 2 * pools_.size());
  }
  for (const std::string& name : services) {
    Pool& pool = pools_.find(name)->second;
    const bool as_decided = trouble_.empty() && !suspended(pool.config());
    for (std::size_t i = 0; i < pool.size(); ++i) {
      const ServerState& state = pool.server(i);
      as_decided ? report_server(pool, state, pool.said(i))
                 : report_server(pool, as_it_is(pool, state), pool.said(i));
    }
    report_service(pool);
  }
  const bool settled = std::all_of(pools_.begin(), pools_.end(),
                                   [](const auto& one) { return one.second.settled(); });
  if (begun_ && (!trouble_.empty() || (table_ && settled))) say_filled();
}

// Its addresses are another node's, and its servers are not checked.
bool BalanceCore::suspended(const VirtualServerConfig& service) const {
  return !service.ha_suspend.empty() &&
         std::none_of(service.ha_suspend.begin(), service.ha_suspend.end(),
                      [this](const std::string& name) {
                        const auto router = routers_.find(name);
                        return router != routers_.end() && router->second == VrrpState::kActive;
                      });
}

// Whatever was decided: where the kernel cannot do it, nobody serves.
ServerState BalanceCore::as_it_is(const Pool& pool, ServerState state) const {
  if (trouble_.empty()) {
    if (suspended(pool.config())) state.reason = bounded("checks suspended; " + state.reason);
    return state;
  }
  state.use = ServerUse::kAbsent;
  state.weight = 0;
  state.reason = bounded(trouble_);
  return state;
}

void BalanceCore::report_server(const Pool& pool, const ServerState& state,
                                std::optional<SaidServer>& said) {
  if (said && is_said(*said, state)) return;
  if (said && (said->use != state.use || said->weight != state.weight)) {
    const bool serves = state.use == ServerUse::kServing;
    std::string what = "virtual server " + pool.config().name + ": " +
                       state.server.substr(pool.config().name.size() + 1) + " is " +
                       std::string(to_string(state.use));
    if (serves) what += " with weight " + std::to_string(state.weight);
    log(serves ? LogLevel::kInfo : LogLevel::kWarning, what + ": " + state.reason);
  }
  said = said_of(state);
  actions_.emplace_back(Report{state});
}

void BalanceCore::report_service(const Pool& pool) {
  ServiceState state = pool.service();
  std::string trouble = trouble_;
  for (const ServiceKey& key : keys_of(pool.config(), marks())) {
    const auto refused = refused_.find(key);
    if (refused != refused_.end() && trouble.empty()) trouble = refused->second;
  }
  if (!trouble.empty()) {
    state.quorum = false;
    state.reason = trouble;
  }
  state.reason = bounded(state.reason);
  const auto said = said_services_.find(state.service);
  if (said != said_services_.end()) {
    state.since = said->second.quorum == state.quorum ? said->second.since : now_;
    if (said->second == state) return;
  }
  const bool news = said == said_services_.end() || said->second.quorum != state.quorum ||
                    said->second.sorry != state.sorry || said->second.panic != state.panic;
  if (news) {
    std::string text = "virtual server " + state.service +
                       (state.quorum ? " has its quorum: " : " has no quorum: ") + state.reason;
    if (state.sorry) text += "; its sorry server serves";
    if (state.panic) text += "; servers that have failed serve";
    log(state.quorum && !state.panic ? LogLevel::kInfo : LogLevel::kWarning, text);
  }
  said_services_.insert_or_assign(state.service, state);
  actions_.emplace_back(Report{state});
}

}  // namespace holdfast::balance
