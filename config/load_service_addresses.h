// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <tuple>
#include <vector>

#include "config/config.h"
#include "config/faults.h"
#include "config/reader.h"
#include "config/shape.h"

// What comes to a virtual server: addresses, or marks.
namespace holdfast {

// What the kernel tells services apart by, and where each was given first.
using ServiceId = std::tuple<Family, std::uint32_t, TransportProtocol, Endpoint>;
using ServicePlaces = std::map<ServiceId, const YamlNode*>;

Keys service_address_keys();

class ServiceAddressReader {
 public:
  // Adds to the addresses of `service`, whose protocol is known.
  ServiceAddressReader(Faults& faults, ServicePlaces& services, VirtualServerConfig& service)
      : faults_(faults), services_(services), service_(service) {}

  void read(MapReader& map, const YamlNode& node);
  void check();  // once all is read that says how it is spread

 private:
  void read_address(const YamlNode& node);
  void read_mark(const YamlNode& node, Family family);
  void add(const ServiceAddress& address, const YamlNode& node);

  Faults& faults_;
  ServicePlaces& services_;
  VirtualServerConfig& service_;
  std::vector<const YamlNode*> places_;  // of its addresses
};

}  // namespace holdfast
