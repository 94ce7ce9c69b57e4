// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <chrono>

#include "config/load_parts.h"
#include "config/scalars.h"
#include "config/shapes.h"

// What stands under `monitoring`.
namespace holdfast {
namespace {

constexpr std::size_t kListenMax = 16;
constexpr std::size_t kAllowMax = 64;

std::optional<Endpoint> endpoint_of(std::string_view text) {
  const Result<Endpoint> endpoint = Endpoint::parse(text);
  if (!endpoint || endpoint->port == 0 || endpoint->address.is_multicast() ||
      endpoint->address.is_link_local()) {
    return std::nullopt;
  }
  return *endpoint;
}

constexpr TextForm kEndpointText{"an IP address and a port, such as 127.0.0.1:9112",
                                 "^(\\[[0-9A-Fa-f:.]+\\]|[0-9.]+):[0-9]{1,5}$",
                                 [](std::string_view text) { return !!endpoint_of(text); }};
constexpr TextForm kAllowedText{"an IP address or a network, such as 192.0.2.0/24",
                                kNetworkText.pattern,
                                [](std::string_view text) { return !!IpPrefix::parse(text); }};

void read_listen(const YamlNode& node, Faults& faults, std::vector<Endpoint>& listen) {
  constexpr std::string_view kWhat = kEndpointText.what;
  const YamlText* const text = read_text(faults, "listen", node, kWhat);
  if (text == nullptr) return;
  const std::optional<Endpoint> endpoint = endpoint_of(*text);
  if (!endpoint) {
    expected(faults, "listen", node, kWhat);
  } else if (std::find(listen.begin(), listen.end(), *endpoint) != listen.end()) {
    faults.add(node, "listen: " + quote(*text) + " stands here twice");
  } else {
    listen.push_back(*endpoint);
  }
}

void read_allow(const YamlNode& node, Faults& faults, std::vector<IpPrefix>& allow) {
  constexpr std::string_view kWhat = kAllowedText.what;
  const YamlText* const text = read_text(faults, "allow", node, kWhat);
  if (text == nullptr) return;
  const Result<IpPrefix> prefix = IpPrefix::parse(*text);
  if (prefix) {
    allow.push_back(*prefix);
  } else {
    expected(faults, "allow", node, kWhat);
  }
}

}  // namespace

const Shape& monitoring_shape() {
  static const Shape shape{
      "monitoring",
      "monitoring",
      {{"listen", form::list(form::text(kEndpointText), 1, kListenMax), kRequired,
        "Addresses and ports where status and metrics are asked for."},
       {"allow", form::list(form::text(kAllowedText), 1, kAllowMax), "",
        "Who may ask; otherwise everybody who can reach it."},
       {"connections", form::whole(1, 256), "64", "At most so many at a time."},
       {"timeout", form::time(std::chrono::milliseconds{100}, std::chrono::minutes{1}), "10s",
        "The longest that a question may take."}},
      {}};
  return shape;
}

void read_monitoring(const YamlNode& node, const Reading& into) {
  MonitoringConfig& monitoring = into.config.monitoring;
  MapReader map(into.faults, node, monitoring_shape());
  for (const YamlNode* const one : map.list("listen")) {
    read_listen(*one, into.faults, monitoring.listen);
  }
  for (const YamlNode* const one : map.list("allow")) {
    read_allow(*one, into.faults, monitoring.allow);
  }
  map.integer("connections", monitoring.connections);
  map.duration("timeout", monitoring.timeout);
}

}  // namespace holdfast
