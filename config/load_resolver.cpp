// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "config/load_parts.h"
#include "config/scalars.h"
#include "config/shapes.h"

// What stands under `resolver`.
namespace holdfast {
namespace {

constexpr std::size_t kServersMax = 8;
constexpr std::uint16_t kPort = 53;

std::optional<Endpoint> name_server_of(std::string_view text) {
  std::optional<Endpoint> endpoint;
  if (const Result<IpAddress> address = IpAddress::parse(text)) {
    endpoint = Endpoint{*address, kPort};
  } else if (const Result<Endpoint> both = Endpoint::parse(text)) {
    endpoint = *both;
  }
  if (!endpoint || endpoint->address.is_unspecified() || endpoint->address.is_multicast()) {
    return std::nullopt;
  }
  return endpoint;
}

constexpr TextForm kNameServerText{"an IP address with or without a port, such as 192.0.2.53",
                                   kServerText.pattern,
                                   [](std::string_view text) { return !!name_server_of(text); }};

std::optional<Endpoint> read_name_server(const YamlNode& node, Faults& faults) {
  constexpr std::string_view kWhat = kNameServerText.what;
  const YamlText* const text = read_text(faults, "servers", node, kWhat);
  if (text == nullptr) return {};
  const std::optional<Endpoint> endpoint = name_server_of(*text);
  if (!endpoint) expected(faults, "servers", node, kWhat);
  return endpoint;
}

}  // namespace

const Shape& resolver_shape() {
  using std::chrono::hours;
  using std::chrono::milliseconds;
  using std::chrono::seconds;
  static const Shape shape{
      "resolver",
      "resolver",
      {{"servers", form::list(form::text(kNameServerText), 1, kServersMax), "",
        "Who is asked; otherwise those of /etc/resolv.conf."},
       {"timeout", form::time(milliseconds{10}, seconds{30}), "1s",
        "For one question to one server."},
       {"attempts", form::whole(1, 10), "2", "So often all servers are asked."},
       {"min_ttl", form::time(seconds{1}, hours{24}), "1s", "A shorter TTL counts as this."},
       {"max_ttl", form::time(seconds{1}, hours{24}), "5m", "A longer TTL counts as this."}},
      {}};
  return shape;
}

void read_resolver(const YamlNode& node, const Reading& into) {
  ResolverConfig& resolver = into.config.resolver;
  MapReader map(into.faults, node, resolver_shape());
  for (const YamlNode* const server : map.list("servers")) {
    if (const auto one = read_name_server(*server, into.faults)) resolver.servers.push_back(*one);
  }
  map.duration("timeout", resolver.timeout);
  map.integer("attempts", resolver.attempts);
  map.duration("min_ttl", resolver.ttl_min);
  resolver.ttl_max = std::max(resolver.ttl_max, resolver.ttl_min);
  const YamlNode* const max = map.duration("max_ttl", resolver.ttl_max);
  if (max != nullptr && resolver.ttl_max < resolver.ttl_min) {
    expected(into.faults, "max_ttl", *max, "at least min_ttl, " + duration_text(resolver.ttl_min));
  }
}

}  // namespace holdfast
