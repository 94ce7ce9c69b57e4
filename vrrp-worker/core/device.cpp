// SPDX-License-Identifier: Apache-2.0
#include "vrrp-worker/core/device.h"

#include <algorithm>
#include <charconv>
#include <string_view>

#include "common/core/overloaded.h"

namespace holdfast::vrrp {

namespace {

constexpr std::string_view kMark = "holdfast:";
constexpr std::string_view kArp = " arp=";

// "0,2"; nothing: it is something else.
std::optional<ArpSettings> arp_in(std::string_view text) {
  ArpSettings arp;
  const char* const end = text.data() + text.size();
  const auto ignore = std::from_chars(text.data(), end, arp.ignore);
  if (ignore.ec != std::errc{} || ignore.ptr == end || *ignore.ptr != ',') return std::nullopt;
  const auto announce = std::from_chars(ignore.ptr + 1, end, arp.announce);
  if (announce.ec != std::errc{} || announce.ptr != end) return std::nullopt;
  return arp;
}

}  // namespace

MacAddress virtual_mac(Family family, Vrid vrid) {
  const std::uint8_t of_family = family == Family::kIpv4 ? 1 : 2;
  return {0x00, 0x00, 0x5e, 0x00, of_family, vrid.value};
}

bool is_as(const Link& link, const DeviceSpec& wanted) {
  const bool macvlan = wanted.kind == VirtualDevice::Kind::kMacvlan;
  return link.name == wanted.name && link.kind == (macvlan ? "macvlan" : "ipvlan") &&
         link.base == wanted.base && link.master == wanted.vrf &&
         (!macvlan || link.mac == wanted.mac);
}

std::string to_alias(const DeviceMark& mark) {
  return std::string{kMark} + mark.instance + std::string{kArp} +
         std::to_string(mark.before.ignore) + "," + std::to_string(mark.before.announce);
}

std::optional<DeviceMark> mark_of(const Link& link) {
  if (link.kind != "macvlan" && link.kind != "ipvlan") return std::nullopt;
  std::string_view alias = link.alias;
  if (!alias.starts_with(kMark)) return std::nullopt;
  alias.remove_prefix(kMark.size());
  const std::size_t arp = alias.rfind(kArp);
  if (arp == std::string_view::npos) return std::nullopt;
  const std::optional<ArpSettings> before = arp_in(alias.substr(arp + kArp.size()));
  if (!before) return std::nullopt;
  return DeviceMark{std::string{alias.substr(0, arp)}, *before};
}

// arp_ignore 1: by default an interface answers for every address of the host. arp_announce 2: by
// default it asks for a neighbour in the name of the address that a packet comes from, which the
// neighbour notes with the MAC address of this interface.
ArpSettings shielded(const ArpSettings& before) {
  return {std::max(before.ignore, 1U), std::max(before.announce, 2U)};
}

std::vector<DeviceChange> plan_release(const std::map<int, Link>& links) {
  std::vector<DeviceChange> plan;
  std::map<int, ArpSettings> bases;
  for (const auto& [index, link] : links) {
    const std::optional<DeviceMark> mark = mark_of(link);
    if (!mark) continue;
    plan.emplace_back(RemoveDevice{index, link.name});
    if (links.contains(link.base)) bases.try_emplace(link.base, mark->before);
  }
  for (const auto& [base, before] : bases) plan.emplace_back(SetArp{base, before});
  return plan;
}

std::string to_string(const DeviceChange& change) {
  return std::visit(
      Overloaded{
          [](const MakeDevice& make) { return "make " + make.spec.name; },
          [](const RemoveDevice& remove) { return "remove " + remove.name; },
          [](const EnableDevice& enable) {
            return std::string{enable.up ? "enable " : "disable "} + enable.name;
          },
          [](const SetArp& set) { return "set ARP of interface " + std::to_string(set.link); },
      },
      change);
}

}  // namespace holdfast::vrrp
