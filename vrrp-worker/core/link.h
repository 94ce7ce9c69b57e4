// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "common/core/ip.h"
#include "config/config.h"

namespace holdfast::vrrp {

struct LinkAddress {
  IpPrefix prefix;
  bool marked = false;  // carries our mark: a vrrp-worker of ours put it there
  AddressTraits traits{};
  auto operator<=>(const LinkAddress&) const = default;
  // Ours, but not as it should be: of a former configuration.
  bool is_unlike(const VirtualAddress& wanted) const { return marked && traits != wanted.traits; }
};

// `one < other`; of IPv4 by numbers: a search among hundreds compares often, and by bytes each were
// a call.
inline bool is_before(const IpPrefix& one, const IpPrefix& other) {
  const auto number = [](const IpAddress& address) {
    const auto bytes = address.bytes();
    return unsigned{bytes[0]} << 24U | unsigned{bytes[1]} << 16U | unsigned{bytes[2]} << 8U |
           unsigned{bytes[3]};
  };
  if (!one.address.is_v4() || !other.address.is_v4()) return one < other;
  return std::pair(number(one.address), one.length) <
         std::pair(number(other.address), other.length);
}

// Where `prefix` is in an ordered list, or belongs.
auto place_of(auto& addresses, const IpPrefix& prefix) {
  return std::lower_bound(addresses.begin(), addresses.end(), prefix,
                          [](const LinkAddress& have, const IpPrefix& wanted) {
                            return is_before(have.prefix, wanted);
                          });
}

// How an interface handles ARP: net.ipv4.conf.INTERFACE.arp_ignore and .arp_announce.
struct ArpSettings {
  std::uint32_t ignore = 0;
  std::uint32_t announce = 0;
  bool operator==(const ArpSettings&) const = default;
};

// A network interface as the kernel has it now.
struct Link {
  int index = 0;
  std::string name;
  bool up = false;  // administratively up and with a carrier
  MacAddress mac{};
  std::vector<LinkAddress> addresses{};  // each prefix once; ordered in a LinkTable
  bool enabled = false;                  // administratively up
  std::string kind{};                    // of a virtual one: "macvlan", "vrf"; else ""
  std::string alias{};                   // a text that somebody wrote on it
  int base = 0;                          // the index of the interface beneath it; 0: none
  int master = 0;                        // of the bridge, bond or VRF that it is in; 0: none
  ArpSettings arp{};                     // as of the last event of this interface
  bool operator==(const Link&) const = default;

  const LinkAddress* find(const IpPrefix& prefix) const {  // null: it is not there
    const auto it = place_of(addresses, prefix);
    return it != addresses.end() && it->prefix == prefix ? &*it : nullptr;
  }
  // The same, and tried first at `place`, which becomes the one behind it: what is asked for
  // hundreds of addresses goes through them in their order, nearly always.
  const LinkAddress* find(const IpPrefix& prefix, std::size_t& place) const {
    const LinkAddress* const there = place < addresses.size() ? &addresses[place] : nullptr;
    const LinkAddress* const found =
        there != nullptr && there->prefix == prefix ? there : find(prefix);
    if (found != nullptr) place = static_cast<std::size_t>(found - addresses.data()) + 1;
    return found;
  }
  void insert(const LinkAddress& address) {  // or replaces the one of its prefix
    const auto it = place_of(addresses, address.prefix);
    if (it != addresses.end() && it->prefix == address.prefix) {
      *it = address;
    } else {
      addresses.insert(it, address);
    }
  }
  void erase(const IpPrefix& prefix) {
    const auto it = place_of(addresses, prefix);
    if (it != addresses.end() && it->prefix == prefix) addresses.erase(it);
  }
  void erase(std::vector<IpPrefix> prefixes) {  // hundreds, each of which would move all behind it
    const auto before = [](const IpPrefix& a, const IpPrefix& b) { return is_before(a, b); };
    std::sort(prefixes.begin(), prefixes.end(), before);
    std::erase_if(addresses, [&](const LinkAddress& have) {
      return std::binary_search(prefixes.begin(), prefixes.end(), have.prefix, before);
    });
  }
};

}  // namespace holdfast::vrrp
