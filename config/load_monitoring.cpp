// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <chrono>

#include "config/load_parts.h"
#include "config/scalars.h"

// What stands under `monitoring`.
namespace holdfast {
namespace {

constexpr std::size_t kListenMax = 16;
constexpr std::size_t kAllowMax = 64;

void read_listen(const YamlNode& node, Faults& faults, std::vector<Endpoint>& listen) {
  constexpr std::string_view kWhat = "an IP address and a port, such as 127.0.0.1:9112";
  const std::string* const text = read_text(faults, "listen", node, kWhat);
  if (text == nullptr) return;
  const Result<Endpoint> endpoint = Endpoint::parse(*text);
  if (!endpoint || endpoint->port == 0 || endpoint->address.is_multicast() ||
      endpoint->address.is_link_local()) {
    expected(faults, "listen", node, kWhat);
  } else if (std::find(listen.begin(), listen.end(), *endpoint) != listen.end()) {
    faults.add(node, "listen: " + quote(*text) + " stands here twice");
  } else {
    listen.push_back(*endpoint);
  }
}

void read_allow(const YamlNode& node, Faults& faults, std::vector<IpPrefix>& allow) {
  constexpr std::string_view kWhat = "an IP address or a network, such as 192.0.2.0/24";
  const std::string* const text = read_text(faults, "allow", node, kWhat);
  if (text == nullptr) return;
  const Result<IpPrefix> prefix = IpPrefix::parse(*text);
  if (prefix) {
    allow.push_back(*prefix);
  } else {
    expected(faults, "allow", node, kWhat);
  }
}

}  // namespace

void read_monitoring(const YamlNode& node, const Reading& into) {
  MonitoringConfig& monitoring = into.config.monitoring;
  MapReader map(into.faults, node, "monitoring", {"listen", "allow", "connections", "timeout"});
  map.require({"listen"});
  for (const YamlNode* const one : map.list("listen", 1, kListenMax)) {
    read_listen(*one, into.faults, monitoring.listen);
  }
  for (const YamlNode* const one : map.list("allow", 1, kAllowMax)) {
    read_allow(*one, into.faults, monitoring.allow);
  }
  map.integer("connections", 1, 256, monitoring.connections);
  map.duration("timeout", std::chrono::milliseconds{100}, std::chrono::minutes{1},
               monitoring.timeout);
}

}  // namespace holdfast
