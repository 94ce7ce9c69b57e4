// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "common/core/ids.h"
#include "common/core/messages.h"
#include "config/config.h"
#include "vrrp-worker/core/link.h"

namespace holdfast::vrrp {

// What an instance looks at around it. Null: no such interface, or no result of the check yet.
struct Surroundings {
  std::function<const Link*(const std::string& name)> link;
  std::function<const CheckState*(const std::string& name)> check;
  // Whether an instance of this node makes an address of an interface a virtual one; none: none.
  std::function<bool(const std::string& interface, const IpAddress& address)> is_virtual{};
  // What delays make of an interface that is up or not; none: no delays.
  std::function<bool(const std::string& interface, bool up)> counts_as_up{};
  // Whether this node has an address, on the interface or, if that is empty, on any; none: no.
  std::function<bool(const std::string& interface, const IpAddress& address)> has_address{};
  // Whether it is static: it carries our mark and is the interface's own all the same.
  std::function<bool(const std::string& interface, const IpAddress& address)> is_static{};
  // Whether this node has such a route; none: no.
  std::function<bool(const TrackRoute& track)> has_route{};
  // A virtual server; null: nothing is known yet.
  std::function<const ServiceState*(const std::string& name)> service{};
};

struct Standing {
  Priority priority;                 // effective, 1..254; 255 only if configured
  std::optional<std::string> fault;  // why the instance cannot be a router now
  IpAddress primary_address;         // of its interface, if there is no fault
  std::string moved_by;              // what moves the priority: "check nginx is down: -20"; or ""
  bool operator==(const Standing&) const = default;
};

// Where an instance stands: keepalived's rules for track_interface and track_script. Without a
// weight, down is a fault. A negative weight is added while down, a positive one while up.
// Reversed, up is a fault, and a weight counts the other way.
Standing evaluate(const InstanceConfig& config, const Surroundings& around);

}  // namespace holdfast::vrrp
