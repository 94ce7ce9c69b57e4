// SPDX-License-Identifier: Apache-2.0
#include "balance-worker/core/suspicion.h"

#include <algorithm>
#include <utility>

#include "balance-worker/core/kernel_terms.h"

namespace holdfast::balance {
namespace {

bool is_configured(const VirtualServers& services, const std::string& name) {
  return std::any_of(services.begin(), services.end(), [&](const VirtualServerConfig* service) {
    const auto& servers = service->real_servers;
    return std::any_of(servers.begin(), servers.end(), [&](const RealServerConfig& server) {
      return server_name(service->name, server.endpoint) == name;
    });
  });
}

}  // namespace

std::vector<ServerSuspicion> Suspicions::look(const VirtualServers& services,
                                              const Counters& counters, const MarksByName& marks,
                                              Time now) {
  std::vector<ServerSuspicion> news;
  std::map<std::string, Server> before = std::exchange(servers_, {});
  for (const VirtualServerConfig* const service : services) {
    if (service->protocol != TransportProtocol::kTcp) continue;
    std::map<Endpoint, Sum> sums;
    for (const ServiceKey& key : keys_of(*service, marks)) {
      const auto found = counters.find(key);
      if (found == counters.end()) continue;
      for (const auto& [endpoint, one] : found->second.destinations) {
        Sum& sum = sums[endpoint];
        sum.connections += one.traffic.connections;
        sum.packets_in += one.traffic.packets_in;
        sum.packets_out += one.traffic.packets_out;
        sum.active += one.active;
      }
    }
    for (const RealServerConfig& server : service->real_servers) {
      const auto sum = sums.find(server.endpoint);
      if (sum == sums.end()) continue;
      const std::string name = server_name(service->name, server.endpoint);
      auto known = before.extract(name);
      const auto place = known.empty() ? servers_.try_emplace(name).first
                                       : servers_.insert(std::move(known)).position;
      judge(name, place->second, sum->second,
            server.forwarding.method == ForwardingMethod::kMasquerade, now, news);
    }
  }
  // Who is not in the table has nothing counted: what was known of it is of another life of it.
  for (const auto& [name, server] : before) {
    if (server.suspect && is_configured(services, name)) {
      news.push_back({name, false, "it is not in the table"});
    }
  }
  return news;
}

void Suspicions::restore(const ServerSuspicion& before, Time now) {
  if (!before.suspect) return;
  Server& server = servers_[before.server];
  server.suspect = true;
  server.last_sign = now;
}

void Suspicions::judge(const std::string& name, Server& server, const Sum& sum, bool masquerade,
                       Time now, std::vector<ServerSuspicion>& news) {
  const std::optional<Sum> before = std::exchange(server.last, sum);
  // Counters that go back are those of a destination that was added anew.
  const bool known = before && before->connections <= sum.connections &&
                     before->packets_in <= sum.packets_in && before->packets_out <= sum.packets_out;
  const std::string sign = known ? sign_in(*before, sum, masquerade) : "";
  server.signs = sign.empty() ? 0 : server.signs + 1;
  if (!sign.empty()) {
    server.proofs = 0;
    server.last_sign = now;
  } else if (known && proves_life(*before, sum, masquerade)) {
    ++server.proofs;
  }
  if (!server.suspect && server.signs >= kReadings) {
    server.suspect = true;
    news.push_back({name, true, sign});
  } else if (server.suspect && server.proofs >= kReadings) {
    server.suspect = false;
    news.push_back({name, false, "it answers"});
  } else if (server.suspect && now - server.last_sign >= kForget) {
    server.suspect = false;
    news.push_back({name, false, "no further sign"});
  }
}

std::string Suspicions::sign_in(const Sum& before, const Sum& now, bool masquerade) {
  const std::uint64_t connections = now.connections - before.connections;
  const std::uint64_t in = now.packets_in - before.packets_in;
  const std::uint64_t out = now.packets_out - before.packets_out;
  if (masquerade && in >= kPacketsMin && out == 0) {
    return std::to_string(in) + " packets came in, none went back";
  }
  if (connections >= kConnectionsMin && now.active == 0 && in < kPacketsOfOne * connections) {
    return std::to_string(connections) + " connections were opened, none was established";
  }
  return {};
}

bool Suspicions::proves_life(const Sum& before, const Sum& now, bool masquerade) {
  const std::uint64_t connections = now.connections - before.connections;
  const std::uint64_t in = now.packets_in - before.packets_in;
  if (masquerade) return now.packets_out > before.packets_out;
  return now.active > before.active || (connections > 0 && in >= kPacketsOfOne * connections);
}

}  // namespace holdfast::balance
