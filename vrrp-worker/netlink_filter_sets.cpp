// SPDX-License-Identifier: Apache-2.0
#include "vrrp-worker/netlink_filter_sets.h"

#include <arpa/inet.h>

#include <array>
#include <cstring>

#include "common/core/overloaded.h"
#include "common/netlink_bytes.h"

namespace holdfast::vrrp {
namespace {

using Bytes = std::span<const std::uint8_t>;

// What nft(8) calls the types of keys; they say how it shows them.
constexpr std::uint32_t kIpv4Type = 7;
constexpr std::uint32_t kIpv6Type = 8;
constexpr std::uint32_t kInterfaceType = 20;
constexpr std::uint32_t kVridType = 19;     // a mark: there is none for a number of 8 bits
constexpr std::uint32_t kConcatenated = 6;  // bits of each type

// Within a key, each field is filled up to a register.
constexpr std::uint32_t kFieldSize = 4;
constexpr std::uint32_t kPlaceSize = 2 * kFieldSize;  // an interface and a VRID

SetShape guards(const char* name) {
  return {name, kInterfaceType << kConcatenated | kVridType, kPlaceSize};
}
SetShape sources(const char* name, std::uint32_t type, std::uint32_t size) {
  const std::uint32_t place = kInterfaceType << kConcatenated | kVridType;
  return {name, place << kConcatenated | type, kPlaceSize + size, {kFieldSize, kFieldSize, size}};
}

void append(std::vector<std::uint8_t>& key, int link) {
  key.resize(key.size() + sizeof link);
  std::memcpy(key.data() + key.size() - sizeof link, &link, sizeof link);
}
void append(std::vector<std::uint8_t>& key, const IpAddress& address) {
  key.insert(key.end(), address.bytes().begin(), address.bytes().end());
}
std::vector<std::uint8_t> bytes_of(const AdvertGuard& guard) {
  std::vector<std::uint8_t> key;
  append(key, guard.link);
  key.push_back(guard.vrid.value);
  key.resize(kPlaceSize);
  return key;
}
// The fields of a guard from the order of the host to that of the network, or back.
std::array<std::uint8_t, kPlaceSize> reordered(Bytes key) {
  std::array<std::uint32_t, 2> fields{};
  std::array<std::uint8_t, kPlaceSize> bytes{};
  static_assert(sizeof fields == sizeof bytes);
  std::memcpy(fields.data(), key.data(), sizeof fields);
  for (std::uint32_t& field : fields) field = htonl(field);
  std::memcpy(bytes.data(), fields.data(), sizeof fields);
  return bytes;
}
std::vector<std::uint8_t> bytes_of(const AdvertSource& source) {
  const auto place = reordered(bytes_of(source.of));
  std::vector<std::uint8_t> key(place.begin(), place.end());
  append(key, source.first);
  return key;
}
std::vector<std::uint8_t> bytes_of(const Drop& drop) {
  std::vector<std::uint8_t> key;
  if (is_of_one_link(drop.address)) append(key, drop.link);
  append(key, drop.address);
  return key;
}

IpAddress host_in(Bytes bytes) {
  return address_in(bytes).value_or(IpAddress{});
}

AdvertGuard guard_in(FilterSet set, Bytes key) {
  const bool v4 = set == FilterSet::kGuards4 || set == FilterSet::kSources4;
  AdvertGuard guard{0, v4 ? Family::kIpv4 : Family::kIpv6, Vrid{key[kFieldSize]}};
  std::memcpy(&guard.link, key.data(), sizeof guard.link);
  return guard;
}

}  // namespace

SetShape shape_of(FilterSet set) {
  switch (set) {
    case FilterSet::kIpv4:
      return {"ipv4", kIpv4Type, 4};
    case FilterSet::kIpv6:
      return {"ipv6", kIpv6Type, 16};
    case FilterSet::kIpv6LinkLocal:
      return {"ipv6_link_local", kInterfaceType << kConcatenated | kIpv6Type, 20};
    case FilterSet::kGuards4:
      return guards("vrrp4");
    case FilterSet::kGuards6:
      return guards("vrrp6");
    case FilterSet::kSources4:
      return sources("vrrp4_sources", kIpv4Type, 4);
    case FilterSet::kSources6:
      return sources("vrrp6_sources", kIpv6Type, 16);
  }
  return {};
}

FilterSet set_of(const FilterEntry& entry) {
  return std::visit(
      Overloaded{
          [](const Drop& drop) {
            if (drop.address.is_v4()) return FilterSet::kIpv4;
            return is_of_one_link(drop.address) ? FilterSet::kIpv6LinkLocal : FilterSet::kIpv6;
          },
          [](const AdvertSource& source) {
            return source.first.is_v4() ? FilterSet::kSources4 : FilterSet::kSources6;
          },
          [](const AdvertGuard& guard) {
            return guard.family == Family::kIpv4 ? FilterSet::kGuards4 : FilterSet::kGuards6;
          },
      },
      entry);
}

// ---- Keys of elements.

std::vector<std::uint8_t> key_of(const FilterEntry& entry) {
  return std::visit([](const auto& one) { return bytes_of(one); }, entry);
}

std::vector<std::uint8_t> end_of_key(const FilterEntry& entry) {
  const auto* const source = std::get_if<AdvertSource>(&entry);
  if (source == nullptr) return {};
  return bytes_of(AdvertSource{source->of, source->last, source->last});
}

FilterEntry entry_in(FilterSet set, Bytes key, Bytes last) {
  switch (set) {
    case FilterSet::kIpv4:
    case FilterSet::kIpv6:
      return Drop{0, host_in(key)};
    case FilterSet::kIpv6LinkLocal: {
      Drop drop{0, host_in(key.subspan(sizeof drop.link))};
      std::memcpy(&drop.link, key.data(), sizeof drop.link);
      return drop;
    }
    case FilterSet::kGuards4:
    case FilterSet::kGuards6:
      return guard_in(set, key);
    case FilterSet::kSources4:
    case FilterSet::kSources6:
      return AdvertSource{guard_in(set, reordered(key)), host_in(key.subspan(kPlaceSize)),
                          host_in(last.subspan(kPlaceSize))};
  }
  return Drop{};
}

}  // namespace holdfast::vrrp
