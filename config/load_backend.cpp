// SPDX-License-Identifier: Apache-2.0
#include "config/load_backend.h"

#include <algorithm>
#include <array>

namespace holdfast {
namespace {

// Those that nf_tables can stand for, which keeps no account of connections.
constexpr std::array<std::string_view, 7> kSchedulers{"rr", "wrr", "random", "sh",
                                                      "mh", "dh",  "fo"};
constexpr std::string_view kOnlyNftables = "random";

bool can(std::string_view scheduler) {
  return std::find(kSchedulers.begin(), kSchedulers.end(), scheduler) != kSchedulers.end();
}

}  // namespace

bool may_lack_ipvs(const Config& config) {
  return config.load_balancing.backend != BalanceBackend::kIpvs;
}

bool may_have_ipvs(const Config& config) {
  return config.load_balancing.backend != BalanceBackend::kNftables;
}

void refuse_without_ipvs(const MapReader& map, std::string_view key, const Reading& into) {
  const YamlNode* node = may_lack_ipvs(into.config) ? map.find(key) : nullptr;
  if (node == nullptr) return;
  into.faults.add(*node,
                  std::string(key) + ": only IPVS has this, expected none, or backend: ipvs");
}

void check_scheduler(const MapReader& map, const Reading& into, std::string& scheduler) {
  const YamlNode* node = map.find("scheduler");
  if (node == nullptr) {
    if (may_lack_ipvs(into.config)) scheduler = "wrr";
    return;
  }
  if (may_lack_ipvs(into.config) && !can(scheduler)) {
    expected(into.faults, "scheduler", *node,
             "rr, wrr, random, sh, mh, dh or fo: nftables counts no open connections; or backend: "
             "ipvs");
  }
  if (may_have_ipvs(into.config) && scheduler == kOnlyNftables) {
    expected(into.faults, "scheduler", *node, "one that IPVS has, or backend: nftables");
  }
}

void check_options(const MapReader& map, const Reading& into, const VirtualServerConfig& service) {
  if (service.one_packet) refuse_without_ipvs(map, "one_packet", into);
  if (service.persistence && !service.persistence->engine.empty()) {
    refuse_without_ipvs(map, "persistence", into);
  }
  if (service.source_nat && may_have_ipvs(into.config)) {
    into.faults.add(*map.find("source_nat"),
                    "source_nat: only nftables has this, expected none, or backend: nftables");
  }
}

void check_forwarding(const YamlNode& node, const Reading& into,
                      const ForwardingConfig& forwarding) {
  if (!may_lack_ipvs(into.config) || forwarding.method == ForwardingMethod::kMasquerade) return;
  into.faults.add(node, "forwarding: nftables only masquerades, expected that, or backend: ipvs");
}

void check_server(const YamlNode& node, const Reading& into, const VirtualServerConfig& service,
                  const RealServerConfig& server) {
  if (!may_lack_ipvs(into.config) || service.real_servers.empty()) return;
  const std::uint16_t first = service.real_servers[0].endpoint.port;
  if ((first == 0) == (server.endpoint.port == 0)) return;
  into.faults.add(node, std::string("address: expected ") + (first == 0 ? "no port" : "a port") +
                            ", as of the first server: nftables changes the ports of all or none");
}

}  // namespace holdfast
