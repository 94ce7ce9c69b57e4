// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "config/load_parts.h"
#include "config/scalars.h"

// What stands under `resolver`.
namespace holdfast {
namespace {

constexpr std::size_t kServersMax = 8;
constexpr std::uint16_t kPort = 53;

std::optional<Endpoint> read_name_server(const YamlNode& node, Faults& faults) {
  constexpr std::string_view kWhat = "an IP address with or without a port, such as 192.0.2.53";
  const std::string* const text = read_text(faults, "servers", node, kWhat);
  if (text == nullptr) return {};
  std::optional<Endpoint> endpoint;
  if (const Result<IpAddress> address = IpAddress::parse(*text)) {
    endpoint = Endpoint{*address, kPort};
  } else if (const Result<Endpoint> both = Endpoint::parse(*text)) {
    endpoint = *both;
  }
  if (endpoint && !endpoint->address.is_unspecified() && !endpoint->address.is_multicast()) {
    return endpoint;
  }
  expected(faults, "servers", node, kWhat);
  return {};
}

}  // namespace

void read_resolver(const YamlNode& node, const Reading& into) {
  using std::chrono::hours;
  using std::chrono::milliseconds;
  using std::chrono::seconds;
  ResolverConfig& resolver = into.config.resolver;
  MapReader map(into.faults, node, "resolver",
                {"servers", "timeout", "attempts", "min_ttl", "max_ttl"});
  for (const YamlNode* const server : map.list("servers", 1, kServersMax)) {
    if (const auto one = read_name_server(*server, into.faults)) resolver.servers.push_back(*one);
  }
  map.duration("timeout", milliseconds{10}, seconds{30}, resolver.timeout);
  map.integer("attempts", 1, 10, resolver.attempts);
  map.duration("min_ttl", seconds{1}, hours{24}, resolver.ttl_min);
  resolver.ttl_max = std::max(resolver.ttl_max, resolver.ttl_min);
  const YamlNode* const max = map.duration("max_ttl", seconds{1}, hours{24}, resolver.ttl_max);
  if (max != nullptr && resolver.ttl_max < resolver.ttl_min) {
    expected(into.faults, "max_ttl", *max, "at least min_ttl, " + duration_text(resolver.ttl_min));
  }
}

}  // namespace holdfast
