// SPDX-License-Identifier: Apache-2.0
#include "vrrp-worker/core/peer_filter.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace holdfast::vrrp {
namespace {

// The address with all bits of the host alike.
IpAddress at_end(const IpPrefix& network, bool ones) {
  const auto fill = [&](auto bytes) {
    std::copy_n(network.address.bytes().begin(), bytes.size(), bytes.begin());
    for (std::size_t bit = network.length; bit < bytes.size() * 8; ++bit) {
      const auto mask = static_cast<std::uint8_t>(0x80U >> bit % 8);
      std::uint8_t& byte = bytes.at(bit / 8);
      byte = static_cast<std::uint8_t>(ones ? byte | mask : byte & ~mask);
    }
    return bytes;
  };
  return network.address.is_v4() ? IpAddress::v4(fill(std::array<std::uint8_t, 4>{}))
                                 : IpAddress::v6(fill(std::array<std::uint8_t, 16>{}));
}

std::vector<IpPrefix> networks_of(const InstanceConfig& config) {
  std::vector<IpPrefix> networks = config.allowed_sources;
  if (!config.unicast) return networks;
  for (const UnicastPeer& peer : config.unicast->peers) {
    networks.push_back({peer.address, static_cast<std::uint8_t>(peer.address.bytes().size() * 8)});
  }
  return networks;
}

}  // namespace

std::string to_string(const AdvertGuard& guard) {
  return std::string{"adverts of IPv"} + (guard.family == Family::kIpv4 ? "4" : "6") +
         " virtual router " + std::to_string(guard.vrid.value) + " on interface " +
         std::to_string(guard.link);
}

std::string to_string(const AdvertSource& source) {
  return to_string(source.of) + " from " + source.first.to_string() +
         (source.first == source.last ? "" : " to " + source.last.to_string());
}

AdvertGuard guard_of(int link, const InstanceConfig& config) {
  return {link, config.family(), config.vrid};
}

// Of two networks one is within the other, or they have nothing in common.
std::set<AdvertSource> sources_of(int link, const InstanceConfig& config) {
  const std::vector<IpPrefix> networks = networks_of(config);
  std::set<AdvertSource> sources;
  for (const IpPrefix& one : networks) {
    const bool within = std::any_of(networks.begin(), networks.end(), [&](const IpPrefix& other) {
      return other.length < one.length && other.contains(one.address);
    });
    if (!within) sources.insert({guard_of(link, config), at_end(one, false), at_end(one, true)});
  }
  return sources;
}

}  // namespace holdfast::vrrp
