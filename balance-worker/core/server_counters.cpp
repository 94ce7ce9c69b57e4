// SPDX-License-Identifier: Apache-2.0
#include "balance-worker/core/server_counters.h"

#include <algorithm>
#include <chrono>
#include <limits>
#include <map>
#include <utility>

#include "balance-worker/core/kernel_terms.h"

namespace holdfast::balance {
namespace {

void add(ServerCounters& sum, const DestinationCounters& one) {
  sum.active += one.active;
  sum.inactive += one.inactive;
  sum.connections += one.traffic.connections;
  sum.bytes_in += one.traffic.bytes_in;
  sum.bytes_out += one.traffic.bytes_out;
  sum.connection_rate += static_cast<std::uint32_t>(std::min<std::uint64_t>(
      one.traffic.connection_rate, std::numeric_limits<std::uint32_t>::max()));
}

}  // namespace

std::vector<ServerCounters> counters_of(const VirtualServers& services, const Counters& counters,
                                        const MarksByName& marks) {
  std::vector<ServerCounters> all;
  for (const VirtualServerConfig* const service : services) {
    std::map<Endpoint, ServerCounters> sums;
    for (const ServiceKey& key : keys_of(*service, marks)) {
      const auto found = counters.find(key);
      if (found == counters.end()) continue;
      for (const auto& [endpoint, one] : found->second.destinations) add(sums[endpoint], one);
    }
    for (const RealServerConfig& server : service->real_servers) {
      const auto found = sums.find(server.endpoint);
      if (found == sums.end()) continue;
      found->second.server = server_name(service->name, server.endpoint);
      all.push_back(std::move(found->second));
    }
  }
  return all;
}

Duration counting_interval(const VirtualServers& services) {
  std::size_t servers = 0;
  for (const VirtualServerConfig* const one : services) servers += one->real_servers.size();
  // The kernel's own estimate is as old as two seconds.
  return std::chrono::seconds{2} + std::chrono::milliseconds{servers};
}

}  // namespace holdfast::balance
