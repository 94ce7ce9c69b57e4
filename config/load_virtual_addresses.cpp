// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "config/load_addresses.h"
#include "config/reader.h"
#include "config/scalars.h"
#include "config/shapes.h"

// Addresses with all that `ip address` can say of them.
namespace holdfast {
namespace {

using namespace std::string_view_literals;

constexpr std::array kScopes{Choice<std::uint8_t>{"global", 0}, Choice<std::uint8_t>{"site", 200},
                             Choice<std::uint8_t>{"link", 253}, Choice<std::uint8_t>{"host", 254},
                             Choice<std::uint8_t>{"nowhere", 255}};

// Nothing: it is no address that can be one.
std::optional<IpAddress> broadcast_of(std::string_view text) {
  const Result<IpAddress> given = IpAddress::parse(text);
  if (!given || !given->is_v4() || given->is_unspecified()) return std::nullopt;
  return *given;
}

bool is_label(std::string_view text) {
  const std::size_t colon = text.find(':');
  const bool printable = text.find_first_of(" \t/\"\\"sv) == std::string_view::npos;
  return colon != 0 && colon != std::string_view::npos && colon + 1 < text.size() &&
         text.size() <= 15 && printable;
}

constexpr TextForm kBroadcastText{
    "an IPv4 address, or + for the last one of the network", "^([0-9.]+|\\+)$",
    [](std::string_view text) { return text == "+" || broadcast_of(text); }};
constexpr TextForm kLabelText{"DEVICE:TEXT of at most 15 characters, such as eth0:vip",
                              "^[^:]+:[\\s\\S]{1,13}$", is_label};

// All host bits set.
IpAddress last_of(const IpPrefix& prefix) {
  std::array<std::uint8_t, 4> bytes{};
  int network = prefix.length;
  for (std::size_t i = 0; i < bytes.size(); ++i, network -= 8) {
    const unsigned host_bits = 0xFFU >> std::clamp(network, 0, 8);
    bytes.at(i) = static_cast<std::uint8_t>(prefix.address.bytes()[i] | host_bits);
  }
  return IpAddress::v4(bytes);
}

// "+" is the last address of the network, as in `ip address add ... brd +`.
void read_broadcast(Faults& faults, MapReader& map, VirtualAddress& address) {
  const YamlNode* node = map.find("broadcast");
  if (node == nullptr) return;
  constexpr std::string_view kWhat = kBroadcastText.what;
  const YamlText* text = read_text(faults, "broadcast", *node, kWhat);
  if (text == nullptr) return;
  const std::optional<IpAddress> given = broadcast_of(*text);
  if (*text == "+" && address.length < 31) {
    address.traits.broadcast = last_of(address);
  } else if (given) {
    address.traits.broadcast = *given;
  } else {
    expected(faults, "broadcast", *node, kWhat);
  }
}

void read_peer(Faults& faults, MapReader& map, VirtualAddress& address) {
  const YamlNode* node = map.find("peer");
  const auto peer = node == nullptr ? std::nullopt : read_host(faults, "peer", *node);
  if (!peer) return;
  if (peer->family() != address.address.family() || *peer == address.address) {
    expected(faults, "peer", *node, "another address of the same family");
  } else {
    address.traits.peer = *peer;
  }
}

void read_label(Faults& faults, MapReader& map, VirtualAddress& address) {
  const YamlNode* node = map.find("label");
  if (node == nullptr) return;
  constexpr std::string_view kWhat = kLabelText.what;
  const YamlText* text = read_text(faults, "label", *node, kWhat);
  if (text == nullptr) return;
  if (!is_label(*text)) {
    expected(faults, "label", *node, kWhat);
  } else {
    address.traits.label = *text;
  }
}

}  // namespace

Forms form::scope() {
  return words(kScopes) | whole(0, 255);
}

const Shape& address_shape() {
  static const Shape shape{
      "address",
      "an address",
      {{"address", form::text(kHostPrefixText), kRequired, "With the length of its network."},
       {"device", form::text(kInterfaceText), "", "Where it is put, if not on the interface."},
       {"label", form::text(kLabelText), "", "Of IPv4: what old programs call it."},
       {"scope", form::scope(), "global", "Of IPv4: how far it is known."},
       {"broadcast", form::text(kBroadcastText), "",
        "Of IPv4: its broadcast address; + is the last one of the network."},
       {"peer", form::text(kHostText), "", "The other end of a line of two."},
       {"no_track", form::boolean(), "false", "true: nothing happens when somebody removes it."}},
      {}};
  return shape;
}

const YamlNode* read_scope(MapReader& map, std::uint8_t& scope) {
  const YamlNode* node = map.find("scope");
  if (node == nullptr) return nullptr;
  const std::optional<std::int64_t> number = parse_integer(node->text);
  if (node->kind == YamlNode::Kind::kScalar && number && !node->quoted) {
    return map.integer("scope", scope);
  }
  return map.choice("scope", kScopes, scope);
}

std::optional<VirtualAddress> read_virtual_address(Faults& faults, std::string_view key,
                                                   const YamlNode& node) {
  if (node.kind != YamlNode::Kind::kMap) {
    const std::optional<IpPrefix> prefix = read_host_prefix(faults, key, node);
    return prefix ? std::optional<VirtualAddress>{*prefix} : std::nullopt;
  }
  MapReader map(faults, node, address_shape());
  const YamlNode* place = map.find("address");
  const auto prefix = place == nullptr ? std::nullopt : read_host_prefix(faults, "address", *place);
  if (!prefix) return {};
  VirtualAddress address{*prefix};
  map.text("device", address.device);
  if (!prefix->address.is_v4()) {
    for (const std::string_view only_ipv4 : {"label", "scope", "broadcast"}) {
      if (const YamlNode* given = map.find(only_ipv4)) {
        faults.add(*given, std::string(only_ipv4) + ": IPv6 addresses have none");
      }
    }
  } else {
    read_label(faults, map, address);
    read_scope(map, address.traits.scope);
    read_broadcast(faults, map, address);
  }
  read_peer(faults, map, address);
  bool no_track = false;
  map.boolean("no_track", no_track);
  address.track = !no_track;
  return address;
}

void check_label(Faults& faults, const YamlNode& node, const VirtualAddress& address,
                 const std::string& device) {
  const std::string& label = address.traits.label;
  if (device.empty() || label.empty() || label.starts_with(device + ":")) return;
  faults.add(node,
             "label: found " + quote(label) + ", expected it to begin with " + quote(device + ":"));
}

}  // namespace holdfast
