// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "vrrp-worker/core/filter_table.h"
#include "vrrp-worker/core/vrrp_core.h"
#include "vrrp-worker/netlink_filter_sets.h"

struct nlmsghdr;

// The messages of nf_tables that a vrrp-worker sends and reads, all of one table:
//
//   table inet holdfast {
//     set ipv4 { type ipv4_addr; }
//     set ipv6 { type ipv6_addr; }
//     set ipv6_link_local { type iface_index . ipv6_addr; }
//     set vrrp4 { type iface_index . mark; }                    # and vrrp6: VRIDs, shown as marks
//     set vrrp4_sources { type iface_index . mark . ipv4_addr; flags interval; }    # and vrrp6_...
//     chain input {
//       type filter hook input priority filter; policy accept;
//       icmpv6 type 135-136 accept
//       ip daddr @ipv4 drop
//       ip6 daddr @ipv6 drop
//       iif . ip6 daddr @ipv6_link_local drop
//       sdif . ip6 daddr @ipv6_link_local drop
//       meta l4proto 112-112 iif . VRID @vrrp4 iif . VRID . ip saddr != @vrrp4_sources counter drop
//       ...                                                     # and of IPv6, and by sdif
//     }
//   }
//
// RFC 9568 §6.4.3 wants neighbour discovery to go on; ARP never comes here. Within a VRF `iif` is
// that of the VRF and `sdif` that of the interface.
namespace holdfast::vrrp {

inline constexpr const char* kFilterTable = "holdfast";

using FilterCommand = std::variant<MakeFilter, ChangeFilter, RemoveFilter>;

// ---- To the kernel.

// All of it or nothing (a batch of nf_tables); what was done is acknowledged once, with the last
// sequence number, which is returned.
std::uint32_t append_transaction(std::vector<std::uint8_t>& packet,
                                 std::span<const FilterCommand> commands, std::uint32_t sequence);

std::vector<std::uint8_t> entries_request(FilterSet set, std::uint32_t sequence);

// ---- From the kernel.

// One datagram: what there is of it, of our table only.
struct FilterNews {
  bool table = false;              // it is there
  bool interrupted = false;        // things changed while the kernel told: something may be missing
  std::vector<std::string> rules;  // their comments, in their order
  FilterEntries entries;
  std::vector<std::uint32_t> authors;  // the ports of the sockets by which anything was changed
};
FilterNews filter_news_in(std::span<const std::uint8_t> datagram);

// What the rules of a whole table say.
std::vector<std::string> comments_of_filter();

}  // namespace holdfast::vrrp
