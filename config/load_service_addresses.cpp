// SPDX-License-Identifier: Apache-2.0
#include "config/load_service_addresses.h"

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "common/core/next_address.h"
#include "config/scalars.h"
#include "config/shapes.h"

namespace holdfast {
namespace {

constexpr std::size_t kAddressesMax = 4096;  // of one virtual server
constexpr std::int64_t kMarkMax = 0xffffffffLL;

constexpr std::array kFamilies{Choice<Family>{"ipv4", Family::kIpv4},
                               Choice<Family>{"ipv6", Family::kIpv6}};

// The last number of an address counts up to that after the dash: 192.0.2.10-19:80,
// [2001:db8::10-1f]:80.
std::optional<std::pair<Endpoint, unsigned>> parse_range(std::string_view text) {
  std::uint16_t port = 0;
  std::string host(text);
  const std::size_t colon = text.rfind(':');
  const bool bracketed = text.starts_with('[');
  const bool has_port =
      bracketed ? text.find("]:") != std::string_view::npos : text.find(':') == colon;
  if (has_port && colon != std::string_view::npos) {
    const auto number = parse_integer(text.substr(colon + 1));
    if (!number || *number < 1 || *number > 65535) return std::nullopt;
    port = static_cast<std::uint16_t>(*number);
    host = text.substr(0, colon);
  }
  if (bracketed) {
    if (!host.ends_with(']')) return std::nullopt;
    host = host.substr(1, host.size() - 2);
  }
  const std::size_t dash = host.find('-');
  const Result<IpAddress> first = IpAddress::parse(host.substr(0, dash));
  if (!first || first->is_unspecified() || first->is_multicast()) return std::nullopt;
  if (first->is_v4() && bracketed) return std::nullopt;
  if (!first->is_v4() && has_port && !bracketed) return std::nullopt;
  if (dash == std::string::npos) return std::pair{Endpoint{*first, port}, 0U};
  const std::string start = host.substr(0, dash);
  const std::size_t separator = start.find_last_of(first->is_v4() ? '.' : ':');
  const Result<IpAddress> last =
      IpAddress::parse(start.substr(0, separator + 1) + host.substr(dash + 1));
  if (!last || *last < *first) return std::nullopt;
  const auto low = [](const IpAddress& address) {
    const auto bytes = address.bytes();
    return static_cast<unsigned>(bytes[bytes.size() - 2]) << 8U | bytes.back();
  };
  const unsigned more = low(*last) - low(*first);
  if (more >= kAddressesMax) return std::nullopt;
  return std::pair{Endpoint{*first, port}, more};
}

std::optional<std::uint32_t> mark_of(std::string_view text) {
  const auto number = parse_integer(text);
  if (!number || *number < 1 || *number > kMarkMax) return std::nullopt;
  return static_cast<std::uint32_t>(*number);
}

constexpr TextForm kAddressText{
    "an IP address and a port, such as 192.0.2.10:80, or a range, such as 192.0.2.10-19:80",
    "^[\\[\\]0-9A-Fa-f:.-]+$", [](std::string_view text) { return !!parse_range(text); }};
constexpr TextForm kMarkText{"a firewall mark from 1 to 4294967295", "^[1-9][0-9]{0,9}$",
                             [](std::string_view text) { return !!mark_of(text); }};

}  // namespace

Keys service_address_keys() {
  return {
      {"address", form::text(kAddressText), "",
       "Where clients send to; a range counts the last number up."},
      {"addresses", form::list(form::text(kAddressText), 1, kAddressesMax), "",
       "Many of them, of one family."},
      {"mark", form::text(kMarkText), "", "Packets with this firewall mark."},
      {"marks", form::list(form::text(kMarkText), 1, kAddressesMax), "", "Many of them."},
      {"family", form::words(kFamilies), "", "Of a mark; ipv4."},
  };
}

void ServiceAddressReader::read(MapReader& map, const YamlNode& node) {
  int kinds = 0;
  for (const std::string_view key : {"address", "addresses", "mark", "marks"}) {
    if (map.has(key)) ++kinds;
  }
  if (map.is_map() && kinds != 1) {
    faults_.add(node, "a virtual server needs either 'address', 'addresses', 'mark' or 'marks'");
  }
  Family family = Family::kIpv4;
  const YamlNode* given = map.choice("family", kFamilies, family);
  const bool marked = map.has("mark") || map.has("marks");
  if (given != nullptr && !marked) {
    faults_.add(*given, "family: the address says it, expected none");
  }
  if (const YamlNode* address = map.find("address")) read_address(*address);
  for (const YamlNode* one : map.list("addresses")) read_address(*one);
  if (const YamlNode* mark = map.find("mark")) read_mark(*mark, family);
  for (const YamlNode* one : map.list("marks")) read_mark(*one, family);
}

void ServiceAddressReader::read_address(const YamlNode& node) {
  constexpr std::string_view kWhat = kAddressText.what;
  const YamlText* text = read_text(faults_, "address", node, kWhat);
  if (text == nullptr) return;
  const auto range = parse_range(*text);
  if (!range) {
    expected(faults_, "address", node, kWhat);
    return;
  }
  Endpoint endpoint = range->first;
  for (unsigned i = 0; i <= range->second; ++i) {
    add({endpoint.address.family(), 0, endpoint}, node);
    endpoint.address = next_address(endpoint.address);
  }
}

void ServiceAddressReader::read_mark(const YamlNode& node, Family family) {
  const auto mark = mark_of(node.text);
  if (node.kind != YamlNode::Kind::kScalar || !mark) {
    expected(faults_, "mark", node, kMarkText.what);
    return;
  }
  add({family, *mark, {}}, node);
}

void ServiceAddressReader::add(const ServiceAddress& address, const YamlNode& node) {
  const auto protocol = address.mark == 0 ? service_.protocol : TransportProtocol::kTcp;
  const ServiceId id{address.family, address.mark, protocol, address.endpoint};
  const auto [entry, fresh] = services_.try_emplace(id, &node);
  if (!fresh) {
    const std::string what = address.mark == 0 ? quote(address.endpoint.to_string())
                                               : "mark " + std::to_string(address.mark);
    faults_.add(node, "address: " + what + " is served already, at " + place_text(*entry->second));
    return;
  }
  service_.addresses.push_back(address);
  places_.push_back(&node);
}

void ServiceAddressReader::check() {
  for (std::size_t i = 0; i < service_.addresses.size(); ++i) {
    const ServiceAddress& address = service_.addresses[i];
    if (address.family != service_.family()) {
      faults_.add(*places_[i], "addresses: expected all of one family, as the first");
    }
    if (address.mark == 0 && address.endpoint.port == 0 && !service_.persistence &&
        !service_.one_service) {
      faults_.add(*places_[i],
                  "address: all ports at once need 'persistence', expected that, or a port");
    }
  }
  if (service_.persistence && !service_.persistence->engine.empty() &&
      service_.protocol != TransportProtocol::kUdp && !places_.empty() &&
      service_.addresses[0].mark == 0) {
    faults_.add(*places_[0], "persistence: the engine sip is for udp only");
  }
}

}  // namespace holdfast
