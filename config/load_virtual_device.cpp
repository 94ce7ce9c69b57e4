// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <string>
#include <utility>

#include "config/load_parts.h"
#include "config/reader.h"
#include "config/shapes.h"
#include "config/validate.h"

// `virtual_mac` and `ipvlan` of an instance. Its addresses are read already.
namespace holdfast {
namespace {

using Kind = VirtualDevice::Kind;

constexpr std::array kAdvertsFrom{Choice<bool>{"virtual", false}, Choice<bool>{"base", true}};

// Null: there is none, or the key says false.
const YamlNode* read_device(MapReader& instance_map, std::string_view key, Kind kind,
                            Faults& faults, InstanceConfig& instance, InstancePlaces& at) {
  const YamlNode* node = instance_map.find(key);
  if (node == nullptr) return nullptr;
  const bool macvlan = kind == Kind::kMacvlan;
  VirtualDevice device;
  device.kind = kind;
  // The same after every reload, whatever else there is.
  device.name = (instance.family() == Family::kIpv4 ? "vrrp." : "vrrp6.") +
                std::to_string(instance.vrid.value);
  device.adverts_from_base = !macvlan || instance.unicast.has_value();
  if (node->kind == YamlNode::Kind::kMap) {
    MapReader map(faults, *node, macvlan ? virtual_mac_shape() : ipvlan_shape());
    map.text("name", device.name);
    if (macvlan) {
      at.adverts_from = map.choice("adverts_from", kAdvertsFrom, device.adverts_from_base);
    }
  } else {
    bool wanted = false;
    instance_map.boolean(
        key, wanted,
        macvlan ? "true, false or {name: vrrp.51}" : "true, false or {name: ipvlan51}");
    if (!wanted) return nullptr;
  }
  instance.virtual_device = std::move(device);
  return node;
}

}  // namespace

const Shape& virtual_mac_shape() {
  static const Shape shape{
      "virtual_mac",
      "virtual_mac",
      {{"name", form::text(kInterfaceText), "",
        "What the device is called; vrrp.VRID, of IPv6 vrrp6.VRID."},
       {"adverts_from", form::words(kAdvertsFrom), "",
        "Which MAC address adverts come from; virtual, and base with unicast peers."}},
      {}};
  return shape;
}

const Shape& ipvlan_shape() {
  static const Shape shape{"ipvlan",
                           "ipvlan",
                           {{"name", form::text(kInterfaceText), "",
                             "What the device is called; vrrp.VRID, of IPv6 vrrp6.VRID."}},
                           {}};
  return shape;
}

void read_virtual_device(MapReader& map, Faults& faults, InstanceConfig& instance,
                         InstancePlaces& at) {
  at.virtual_device = read_device(map, "virtual_mac", Kind::kMacvlan, faults, instance, at);
  const YamlNode* ipvlan = read_device(map, "ipvlan", Kind::kIpvlan, faults, instance, at);
  if (ipvlan == nullptr) return;
  if (at.virtual_device != nullptr) {
    faults.add(*ipvlan, "ipvlan: there is a virtual_mac already, expected one of both");
  }
  at.virtual_device = ipvlan;
}

}  // namespace holdfast
