// SPDX-License-Identifier: Apache-2.0
#include "foresee/home.h"

#include <algorithm>
#include <array>
#include <optional>
#include <set>

namespace holdfast::foresee {
namespace {

const InstanceConfig* find(const NodePlan& node, const std::string& name) {
  const auto& all = node.config.instances;
  const auto it =
      std::find_if(all.begin(), all.end(), [&](const auto& one) { return one.name == name; });
  return it == all.end() ? nullptr : &*it;
}

std::set<IpAddress> peers_of(const InstanceConfig& instance) {
  std::set<IpAddress> all;
  if (!instance.unicast) return all;
  for (const UnicastPeer& peer : instance.unicast->peers) all.insert(peer.address);
  return all;
}

// Whom all others are told of and it is not: itself. Nothing: nobody, or more than one.
std::optional<IpAddress> known_to_others(const std::vector<NodePlan>& nodes, std::size_t self,
                                         const InstanceConfig& instance) {
  std::optional<std::set<IpAddress>> common;
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    const InstanceConfig* other = i == self ? nullptr : find(nodes[i], instance.name);
    if (other == nullptr) continue;
    const std::set<IpAddress> peers = peers_of(*other);
    if (!common) common = peers;
    std::erase_if(*common, [&](const IpAddress& one) { return !peers.contains(one); });
    if (other->source_address) common->erase(*other->source_address);
  }
  if (!common) return std::nullopt;
  for (const IpAddress& peer : peers_of(instance)) common->erase(peer);
  if (common->size() != 1) return std::nullopt;
  return *common->begin();
}

// 198.18.0.0/15 is for tests of networks (RFC 2544), fd00::/8 for whoever wants it.
IpAddress made_up(std::size_t number, const InstanceConfig& instance) {
  const auto high = static_cast<std::uint8_t>(number >> 8U);
  const auto low = static_cast<std::uint8_t>(number & 0xffU);
  if (instance.family() == Family::kIpv4) return IpAddress::v4({198, 18, high, low});
  std::array<std::uint8_t, 16> bytes{};
  const bool on_link = !instance.unicast || instance.unicast->peers.front().address.is_link_local();
  bytes[0] = on_link ? 0xfe : 0xfd;
  bytes[1] = on_link ? 0x80 : 0;
  bytes[14] = high;
  bytes[15] = low;
  return IpAddress::v6(bytes);
}

}  // namespace

std::vector<Home> homes_of(const std::vector<NodePlan>& nodes) {
  std::vector<Home> homes(nodes.size());
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    for (const InstanceConfig& instance : nodes[i].config.instances) {
      std::optional<IpAddress> address = instance.source_address;
      if (!address && instance.unicast) address = known_to_others(nodes, i, instance);
      homes[i][instance.name] = address.value_or(made_up(i + 1, instance));
    }
  }
  return homes;
}

}  // namespace holdfast::foresee
