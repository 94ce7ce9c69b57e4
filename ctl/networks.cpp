// SPDX-License-Identifier: Apache-2.0
#include "ctl/networks.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <algorithm>
#include <bit>
#include <cstdint>
#include <cstring>
#include <optional>
#include <set>
#include <span>

#include "config/faults.h"
#include "config/scalars.h"

namespace holdfast::ctl {
namespace {

std::optional<IpAddress> address_in(const sockaddr* address) {
  if (address == nullptr) return std::nullopt;
  if (address->sa_family == AF_INET) {
    sockaddr_in v4{};
    std::memcpy(&v4, address, sizeof(v4));
    std::array<std::uint8_t, 4> bytes{};
    std::memcpy(bytes.data(), &v4.sin_addr, bytes.size());
    return IpAddress::v4(bytes);
  }
  if (address->sa_family == AF_INET6) {
    sockaddr_in6 v6{};
    std::memcpy(&v6, address, sizeof(v6));
    std::array<std::uint8_t, 16> bytes{};
    std::memcpy(bytes.data(), &v6.sin6_addr, bytes.size());
    return IpAddress::v6(bytes);
  }
  return std::nullopt;
}

std::uint8_t length_of(const IpAddress& mask) {
  int bits = 0;
  for (const std::uint8_t byte : mask.bytes()) bits += std::popcount(byte);
  return static_cast<std::uint8_t>(bits);
}

}  // namespace

std::optional<IpPrefix> prefix_of(const ifaddrs& entry) {
  const auto address = address_in(entry.ifa_addr);
  const auto mask = address_in(entry.ifa_netmask);
  if (!address || !mask) return std::nullopt;
  return IpPrefix{*address, length_of(*mask)};
}

std::map<std::string, std::vector<IpPrefix>> local_networks() {
  std::map<std::string, std::vector<IpPrefix>> networks;
  ifaddrs* all = nullptr;
  if (::getifaddrs(&all) != 0) return networks;
  for (const ifaddrs* one = all; one != nullptr; one = one->ifa_next) {
    std::vector<IpPrefix>& of_interface = networks[one->ifa_name];
    if (const auto prefix = prefix_of(*one)) of_interface.push_back(*prefix);
  }
  ::freeifaddrs(all);
  return networks;
}

std::vector<Diagnostic> outside_networks(
    const std::vector<InFile<PlacedAddress>>& addresses,
    const std::map<std::string, std::vector<IpPrefix>>& networks, const std::string& file) {
  // Those that this node holds at the moment say nothing.
  std::set<IpAddress> own;
  for (const PlacedAddress& one : addresses) own.insert(one.address);
  Faults warnings(file);
  for (const InFile<PlacedAddress>& one : addresses) {
    const auto found = networks.find(one.interface);
    if (found == networks.end() || one.address.is_link_local()) continue;
    std::string known;
    bool inside = false;
    for (const IpPrefix& network : found->second) {
      if (network.address.family() != one.address.family() || own.contains(network.address) ||
          network.address.is_link_local()) {
        continue;
      }
      inside = inside || network.contains(one.address);
      known += (known.empty() ? "" : ", ") + network.to_string();
    }
    if (inside || known.empty()) continue;
    warnings.add(one, quote(one.address.to_string()) + " is in no network of " +
                          quote(one.interface) + ", which has " + known);
  }
  std::vector<Diagnostic> all = warnings.take();
  for (Diagnostic& one : all) one.warning = "address-outside-networks";
  return all;
}

}  // namespace holdfast::ctl
