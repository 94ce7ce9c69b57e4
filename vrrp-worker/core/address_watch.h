// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <set>
#include <vector>

#include "common/core/ip.h"
#include "vrrp-worker/core/link.h"

namespace holdfast::vrrp {

// On which interfaces the kernel has the addresses that somebody tracks.
class AddressWatch {
 public:
  // Watches these and no others; those that are new are on no interface yet.
  void watch(const std::set<IpAddress>& addresses) {
    std::erase_if(holders_, [&](const auto& entry) { return !addresses.contains(entry.first); });
    for (const IpAddress& address : addresses) holders_.try_emplace(address);
  }
  // The interface, as it is now: those of the addresses that came to it or went.
  std::vector<IpAddress> look(const Link& link) {
    std::vector<IpAddress> changed;
    for (auto& [address, links] : holders_) {
      const bool has = holds(link, address);
      if (has == links.contains(link.index)) continue;
      has ? static_cast<void>(links.insert(link.index))
          : static_cast<void>(links.erase(link.index));
      changed.push_back(address);
    }
    return changed;
  }
  std::vector<IpAddress> gone(int index) {
    Link link;
    link.index = index;
    return look(link);
  }

  bool anywhere(const IpAddress& address) const {
    const auto it = holders_.find(address);
    return it != holders_.end() && !it->second.empty();
  }
  bool on(int index, const IpAddress& address) const {
    const auto it = holders_.find(address);
    return it != holders_.end() && it->second.contains(index);
  }

 private:
  static bool holds(const Link& link, const IpAddress& address) {
    for (const LinkAddress& have : link.addresses) {
      if (have.prefix.address == address) return true;
    }
    return false;
  }

  std::map<IpAddress, std::set<int>> holders_;  // by address: the indexes of its interfaces
};

}  // namespace holdfast::vrrp
