// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "common/core/ip.h"

namespace holdfast::vrrp {

struct LinkAddress {
  IpPrefix prefix;
  bool marked = false;  // carries our mark: a vrrp-worker of ours put it there
  auto operator<=>(const LinkAddress&) const = default;
};

// A network interface as the kernel has it now.
struct Link {
  int index = 0;
  std::string name;
  bool up = false;  // administratively up and with a carrier
  MacAddress mac{};
  std::vector<LinkAddress> addresses;
  bool operator==(const Link&) const = default;
};

}  // namespace holdfast::vrrp
