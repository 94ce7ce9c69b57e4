// SPDX-License-Identifier: Apache-2.0
#include "vrrp-worker/core/accept_filter.h"

namespace holdfast::vrrp {

// IPv4 finds 169.254/16 by its routes, whatever the interface.
bool is_of_one_link(const IpAddress& address) {
  return !address.is_v4() && address.is_link_local();
}

Drop drop_at(int link, const IpAddress& address) {
  return {is_of_one_link(address) ? link : 0, address};
}

std::string to_string(const Drop& drop) {
  return drop.address.to_string() +
         (drop.link == 0 ? "" : " on interface " + std::to_string(drop.link));
}

}  // namespace holdfast::vrrp
