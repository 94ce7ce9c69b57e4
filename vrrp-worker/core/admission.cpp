// SPDX-License-Identifier: Apache-2.0
#include "vrrp-worker/core/admission.h"

#include <algorithm>
#include <vector>

namespace holdfast::vrrp {

namespace {

bool same_addresses(const Advert& advert, const InstanceConfig& config) {
  std::vector<IpAddress> ours;
  for (const IpPrefix& prefix : config.addresses) ours.push_back(prefix.address);
  return std::is_permutation(ours.begin(), ours.end(), advert.addresses.begin(),
                             advert.addresses.end());
}

}  // namespace

std::optional<Rejection> refuse(const Advert& advert, const InstanceConfig& config) {
  const bool v2 = config.version == VrrpVersion::k2;
  if (advert.version != config.version) return Rejection::kVersion;
  if (config.priority == kPriorityOwner) return Rejection::kOwner;
  if (advert.authentication_type != 0) return Rejection::kAuthentication;
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
