// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "vrrp-worker/core/filter_table.h"

// The sets of our table of nf_tables, and its entries as their elements.
namespace holdfast::vrrp {

enum class FilterSet : std::uint8_t {
  kIpv4,
  kIpv6,
  kIpv6LinkLocal,
  kGuards4,
  kGuards6,
  kSources4,
  kSources6
};
inline constexpr FilterSet kFilterSets[] = {
    FilterSet::kIpv4,    FilterSet::kIpv6,     FilterSet::kIpv6LinkLocal, FilterSet::kGuards4,
    FilterSet::kGuards6, FilterSet::kSources4, FilterSet::kSources6};

struct SetShape {
  const char* name;
  std::uint32_t type;                      // as nft(8) calls it
  std::uint32_t size;                      // bytes of a key
  std::vector<std::uint32_t> intervals{};  // sizes of its fields, each of which may be a range
};
SetShape shape_of(FilterSet set);
FilterSet set_of(const FilterEntry& entry);

std::vector<std::uint8_t> key_of(const FilterEntry& entry);
std::vector<std::uint8_t> end_of_key(const FilterEntry& entry);  // of a range; else empty
// Keys that are as long as the shape says; of what is no range, both are the same.
FilterEntry entry_in(FilterSet set, std::span<const std::uint8_t> key,
                     std::span<const std::uint8_t> last);

}  // namespace holdfast::vrrp
