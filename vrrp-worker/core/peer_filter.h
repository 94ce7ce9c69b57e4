// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <compare>
#include <set>
#include <string>

#include "common/core/ids.h"
#include "common/core/ip.h"
#include "config/config.h"

namespace holdfast::vrrp {

// The adverts of a virtual router, as they come in by its interface: they are dropped unless they
// come from one of its sources. Those of another VRID may be another program's.
struct AdvertGuard {
  int link = 0;
  Family family{};
  Vrid vrid;
  auto operator<=>(const AdvertGuard&) const = default;
};
struct AdvertSource {
  AdvertGuard of;
  IpAddress first;  // of its family
  IpAddress last;
  auto operator<=>(const AdvertSource&) const = default;
};

std::string to_string(const AdvertGuard& guard);
std::string to_string(const AdvertSource& source);

// Of an instance with `firewall: peers`, whose interface that is. No two overlap: the kernel does
// not take such.
AdvertGuard guard_of(int link, const InstanceConfig& config);
std::set<AdvertSource> sources_of(int link, const InstanceConfig& config);

}  // namespace holdfast::vrrp
