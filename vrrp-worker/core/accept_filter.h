// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <compare>
#include <string>

#include "common/core/ip.h"

namespace holdfast::vrrp {

// An address that is held but accepts nothing, except what finds neighbours (RFC 9568 §6.1,
// Accept_Mode).
struct Drop {
  int link = 0;  // where an IPv6 link-local address is; 0: any other, on every interface
  IpAddress address;
  auto operator<=>(const Drop&) const = default;
};

Drop drop_at(int link, const IpAddress& address);
bool is_of_one_link(const IpAddress& address);  // and may mean another host on another link
std::string to_string(const Drop& drop);

}  // namespace holdfast::vrrp
