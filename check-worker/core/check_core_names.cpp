// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "check-worker/core/check_core.h"

// Checks that ask a host by its name.
namespace holdfast::check {

void CheckCore::index_hosts() {
  const auto before = std::exchange(hosts_, {});
  for (const auto& [name, check] : checks_) {
    const std::optional<HostName> host = host_name_of(check.config->target);
    if (!host) continue;
    const auto [found, fresh] = hosts_.try_emplace(*host);
    const auto known = before.find(*host);
    if (fresh && known != before.end()) found->second.state = known->second.state;
    found->second.checks.insert(name);
  }
}

std::set<HostName> CheckCore::hosts() const {
  std::set<HostName> names;
  for (const auto& [name, host] : hosts_) names.insert(name);
  return names;
}

// Who has waited for an address need not wait for its turn, too.
void CheckCore::name_changed(const NameChanged& event) {
  const auto found = hosts_.find(event.name);
  if (found == hosts_.end()) return;
  const bool first = !found->second.state.address && event.state.address;
  found->second.state = event.state;
  if (!first || !begun_) return;
  for (const std::string& name : found->second.checks) {
    Checks::value_type& entry = *checks_.find(name);
    if (entry.second.history.hindered()) {
      entry.second.next_start = std::min(entry.second.next_start, now_);
    }
    plan(entry);
  }
}

Result<SharedTarget> CheckCore::target_of(const std::shared_ptr<const CheckConfig>& config) const {
  const std::optional<HostName> host = host_name_of(config->target);
  if (!host) return SharedTarget(config);
  const NameState& state = hosts_.at(*host).state;
  if (!state.address) return fail(state.reason);
  CheckTarget target = config->target;
  set_address(target, *state.address);
  return target;
}

// True: no probe begins. That a name cannot be looked up is no evidence; that there is none, is.
bool CheckCore::lacks_address(Checks::value_type& entry) {
  auto& [name, check] = entry;
  if (!check.terms.by_name) return false;
  const std::optional<HostName> host = host_name_of(check.config->target);
  const NameState state = hosts_.at(*host).state;
  if (state.address) return false;
  check.slot = slot_after(check.slot, check.config->interval);
  check.next_start = check.slot;
  plan(entry);
  if (state.absent) {
    check.history.bad(now_, state.reason);
    count(entry, now_, {name, 0, false, state.reason});
  } else {
    check.history.not_made(now_, state.reason);
    warn(nameless_, "check " + name + " cannot be probed and stays as it is: " + state.reason);
  }
  return true;
}

}  // namespace holdfast::check
