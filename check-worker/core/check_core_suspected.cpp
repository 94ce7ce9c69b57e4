// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "check-worker/core/check_core.h"

// Checks of servers that the balance-worker suspects: they have a closer look, for a time. What it
// suspects is no result, and moves nothing.
namespace holdfast::check {
namespace {

// It says so again when it suspects a server anew.
constexpr Duration kHastened = std::chrono::seconds{30};

}  // namespace

void CheckCore::index_servers(const Config& config) {
  servers_.clear();
  for (const VirtualServerConfig& service : config.virtual_servers) {
    for (const RealServerConfig& server : service.real_servers) {
      servers_.emplace(server_name(service.name, server.endpoint), server.checks);
    }
  }
}

bool CheckCore::is_hastened(const Check& check) const {
  return now_ < check.hastened_until && !check.hastened.empty();
}

void CheckCore::suspected(const ServerSuspicion& event) {
  if (!begun_) {
    suspicions_.insert_or_assign(event.server, event);
    return;
  }
  const auto server = servers_.find(event.server);
  if (server == servers_.end()) return;
  for (const std::string& name : server->second) {
    const auto found = checks_.find(name);
    if (found != checks_.end() && !is_watched(found->second.config->target)) hasten(*found, event);
  }
}

void CheckCore::hasten(Checks::value_type& entry, const ServerSuspicion& why) {
  Check& check = entry.second;
  if (!why.suspect) {
    check.hastened.clear();
    return;
  }
  check.hastened = why.server + ": " + why.reason;
  check.hastened.resize(std::min(check.hastened.size(), CheckDetail::kReasonMax));
  check.hastened_until = now_ + kHastened;
  check.next_start = std::min(check.next_start, now_);
  plan(entry);
}

}  // namespace holdfast::check
