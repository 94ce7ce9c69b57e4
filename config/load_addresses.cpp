// SPDX-License-Identifier: Apache-2.0
#include "config/load_addresses.h"

#include <cstdint>
#include <string>

#include "config/reader.h"
#include "config/scalars.h"
#include "config/shapes.h"

namespace holdfast {
namespace {

// Why no host has this address, or nothing.
std::string_view unusable(const IpAddress& address) {
  if (address.is_unspecified()) return ", which is no address";
  if (address.is_multicast()) return ", a multicast address";
  const IpAddress ipv6_loopback = IpAddress::v6({0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1});
  if (address == ipv6_loopback || (address.is_v4() && address.bytes()[0] == 127)) {
    return ", a loopback address";
  }
  if (address == IpAddress::v4({255, 255, 255, 255})) return ", the broadcast address";
  return {};
}

std::string_view unusable(const IpPrefix& prefix) {
  if (const std::string_view why = unusable(prefix.address); !why.empty()) return why;
  if (!prefix.address.is_v4() || prefix.length >= 31) return {};
  std::uint32_t address = 0;
  for (const std::uint8_t byte : prefix.address.bytes()) address = address << 8U | byte;
  const std::uint32_t host_bits = 0xffffffffU >> prefix.length;
  if ((address & host_bits) == 0) return ", the address of the network itself";
  if ((address & host_bits) == host_bits) return ", the broadcast address of the network";
  return {};
}

void refuse_unusable(Faults& faults, std::string_view key, const YamlNode& node,
                     std::string_view why) {
  faults.add(node, std::string(key) + ": found " + quote(node.text).append(why) +
                       ", expected the address of a host");
}

bool has_host_bits(const IpPrefix& prefix) {
  unsigned bit = 0;
  for (const std::uint8_t byte : prefix.address.bytes()) {
    for (unsigned mask = 0x80; mask != 0; mask >>= 1U, ++bit) {
      if (bit >= prefix.length && (byte & mask) != 0) return true;
    }
  }
  return false;
}

}  // namespace

bool is_host(std::string_view text) {
  return is_taken(text, [](auto& faults, const auto& node) { read_host(faults, "", node); });
}

bool is_multicast(std::string_view text) {
  return is_taken(text, [](auto& faults, const auto& node) { read_multicast(faults, "", node); });
}

bool is_host_prefix(std::string_view text) {
  return is_taken(text, [](auto& faults, const auto& node) { read_host_prefix(faults, "", node); });
}

bool is_network(std::string_view text) {
  return is_taken(text, [](auto& faults, const auto& node) { read_network(faults, "", node); });
}

std::optional<IpPrefix> read_host_prefix(Faults& faults, std::string_view key,
                                         const YamlNode& node) {
  constexpr std::string_view kWhat = kHostPrefixText.what;
  const YamlText* text = read_text(faults, key, node, kWhat);
  if (text == nullptr) return {};
  const Result<IpPrefix> prefix = IpPrefix::parse(*text);
  if (!prefix || prefix->length == 0) {
    expected(faults, key, node, kWhat);
  } else if (const std::string_view why = unusable(*prefix); !why.empty()) {
    refuse_unusable(faults, key, node, why);
  } else {
    return *prefix;
  }
  return {};
}

std::optional<IpAddress> read_host(Faults& faults, std::string_view key, const YamlNode& node) {
  constexpr std::string_view kWhat = kHostText.what;
  const YamlText* text = read_text(faults, key, node, kWhat);
  if (text == nullptr) return {};
  const Result<IpAddress> address = IpAddress::parse(*text);
  if (!address) {
    expected(faults, key, node, kWhat);
  } else if (const std::string_view why = unusable(*address); !why.empty()) {
    refuse_unusable(faults, key, node, why);
  } else {
    return *address;
  }
  return {};
}

std::optional<IpPrefix> read_network(Faults& faults, std::string_view key, const YamlNode& node) {
  constexpr std::string_view kWhat = kNetworkText.what;
  const YamlText* text = read_text(faults, key, node, kWhat);
  if (text == nullptr) return {};
  const Result<IpPrefix> network = IpPrefix::parse(*text);
  if (network && !has_host_bits(*network)) return *network;
  expected(faults, key, node, kWhat, network ? ": bits are set beyond its length" : "");
  return {};
}

std::optional<IpAddress> read_multicast(Faults& faults, std::string_view key,
                                        const YamlNode& node) {
  constexpr std::string_view kWhat = kMulticastText.what;
  const YamlText* text = read_text(faults, key, node, kWhat);
  if (text == nullptr) return {};
  const Result<IpAddress> address = IpAddress::parse(*text);
  if (address && address->is_multicast()) return *address;
  expected(faults, key, node, kWhat);
  return {};
}

}  // namespace holdfast
