// SPDX-License-Identifier: Apache-2.0
#include "vrrp-worker/core/admission.h"

#include <algorithm>
#include <array>
#include <string>
#include <vector>

namespace holdfast::vrrp {

namespace {

// RFC 2338 §5.3.6.1: filled with zeros.
std::array<std::uint8_t, 8> password_data(const std::string& password) {
  std::array<std::uint8_t, 8> data{};
  std::copy_n(password.begin(), std::min(password.size(), data.size()), data.begin());
  return data;
}

bool same_addresses(const Advert& advert, const InstanceConfig& config) {
  const auto& theirs = advert.addresses;
  const bool in_our_order =
      std::equal(config.addresses.begin(), config.addresses.end(), theirs.begin(), theirs.end(),
                 [](const IpPrefix& one, const IpAddress& other) { return one.address == other; });
  if (in_our_order) return true;
  std::vector<IpAddress> ours;
  for (const IpPrefix& prefix : config.addresses) ours.push_back(prefix.address);
  return std::is_permutation(ours.begin(), ours.end(), theirs.begin(), theirs.end());
}

const UnicastPeer* peer_of(const UnicastConfig& unicast, const IpAddress& source) {
  const auto it = std::find_if(unicast.peers.begin(), unicast.peers.end(),
                               [&](const UnicastPeer& peer) { return peer.address == source; });
  return it == unicast.peers.end() ? nullptr : &*it;
}

bool is_allowed(const IpAddress& source, const InstanceConfig& config) {
  const std::vector<IpPrefix>& allowed = config.allowed_sources;
  return allowed.empty() ||
         std::any_of(allowed.begin(), allowed.end(),
                     [&](const IpPrefix& network) { return network.contains(source); });
}

constexpr std::uint8_t kSimpleTextPassword = 1;

std::optional<Rejection> check_password(const Advert& advert, const std::string& password) {
  if (password.empty()) {
    if (advert.authentication_type != 0) return Rejection::kAuthentication;
    return std::nullopt;
  }
  if (advert.authentication_type != kSimpleTextPassword) return Rejection::kAuthentication;
  if (advert.authentication_data != password_data(password)) return Rejection::kPassword;
  return std::nullopt;
}

}  // namespace

bool came_by_its_way(const Datagram& datagram, const InstanceConfig& config) {
  if (!config.unicast) {
    return datagram.destination == config.group() && is_allowed(datagram.source, config);
  }
  return !datagram.destination.is_multicast() &&
         peer_of(*config.unicast, datagram.source) != nullptr;
}

void set_password(Advert& advert, const std::string& password) {
  if (password.empty()) return;
  advert.authentication_type = kSimpleTextPassword;
  advert.authentication_data = password_data(password);
}

TtlRange ttl_range(const InstanceConfig& config, const IpAddress& source) {
  if (!config.unicast) return {};
  const UnicastPeer* const peer = peer_of(*config.unicast, source);
  return peer == nullptr ? TtlRange{0, kVrrpTtl} : TtlRange{peer->min_ttl, peer->max_ttl};
}

std::optional<Rejection> refuse(const Advert& advert, const Datagram& datagram,
                                const InstanceConfig& config) {
  const bool v2 = config.version == VrrpVersion::k2;
  if (!came_by_its_way(datagram, config)) return Rejection::kPeer;
  if (advert.version != config.version) return Rejection::kVersion;
  // Before anything is said to the owner, which answers a stranger.
  if (v2) {
    if (const auto refused = check_password(advert, config.password)) return refused;
  }
  if (config.priority == kPriorityOwner) return Rejection::kOwner;
  // A backup adopts the active router's interval in VRRPv3: zero would make it take over at once.
  if (!v2 && advert.interval == Duration{0}) return Rejection::kInterval;
  // A list that differs is dropped unless the owner itself says so.
  if (advert.priority != kPriorityOwner && !same_addresses(advert, config)) {
    return Rejection::kAddressList;
  }
  // VRRPv2 routers must agree (RFC 3768 §7.1).
  if (v2 && advert.interval != config.advert_interval) return Rejection::kInterval;
  return std::nullopt;
}

}  // namespace holdfast::vrrp
