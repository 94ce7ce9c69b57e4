// SPDX-License-Identifier: Apache-2.0
#include "vrrp-worker/core/tracking.h"

#include <algorithm>

#include "vrrp-worker/core/route.h"

namespace holdfast::vrrp {

namespace {

// Unicast may lead beyond the link.
bool stays_on_link(const InstanceConfig& config) {
  return !config.unicast || config.unicast->peers.front().address.is_link_local();
}

// The source of our adverts: the interface's own address, for IPv6 its link-local one (RFC 9568
// §5.1.2.1). The virtual ones do not count, unless this router owns them, which makes them the
// interface's own (RFC 9568 §5.1.1.1). Those of other instances do not count either: without a
// mark, they would look like the interface's own.
std::optional<IpAddress> primary_address(const InstanceConfig& config, const Link& link,
                                         const Surroundings& around) {
  const auto listed = [&](const LinkAddress& have) {
    return std::any_of(config.addresses.begin(), config.addresses.end(),
                       [&](const IpPrefix& ours) { return ours.address == have.prefix.address; });
  };
  const auto is_virtual = [&](const LinkAddress& have) {
    const bool fixed = around.is_static && around.is_static(link.name, have.prefix.address);
    return (have.marked && !fixed) || listed(have) ||
           (around.is_virtual && around.is_virtual(link.name, have.prefix.address));
  };
  const auto fits = [&](const IpAddress& address) {
    if (config.source_address) return address == *config.source_address;
    if (address.family() != config.family()) return false;
    return address.is_v4() || address.is_link_local() == stays_on_link(config);
  };
  const bool owner = config.priority == kPriorityOwner;
  std::optional<IpAddress> owned;
  for (const LinkAddress& have : link.addresses) {
    if (!fits(have.prefix.address)) continue;
    if (!is_virtual(have)) return have.prefix.address;
    if (!owned && owner && !have.marked && listed(have)) owned = have.prefix.address;
  }
  return owned;
}

std::string lacks(const InstanceConfig& config) {
  const std::string interface = "interface " + config.interface + " has no ";
  if (config.source_address) return interface + "address " + config.source_address->to_string();
  if (config.family() == Family::kIpv4) return interface + "IPv4 address";
  return interface + (stays_on_link(config) ? "IPv6 link-local address" : "global IPv6 address");
}

constexpr int kMoveMax = 253;  // from one end of 1..254 to the other

struct Words {
  std::string up = " is up";
  std::string down = " is down";
};

class Evaluation {
 public:
  explicit Evaluation(int priority) : priority_(priority) {}

  void consider(bool up, std::optional<int> weight, bool reverse, const std::string& what,
                const Words& words = {}) {
    const std::string is = what + (up ? words.up : words.down);
    if (!weight) {
      if (up == reverse) fault(is);
    } else if (*weight != 0 && up == (*weight > 0)) {
      const int by = reverse ? -*weight : *weight;
      move(by, is + (by > 0 ? ": +" : ": ") + std::to_string(by));
    }
  }

  // A file's number, as keepalived's track_file: times the weight; without one, it must be 0, or
  // anything else if reversed.
  void consider_value(std::int32_t value, std::optional<int> weight, bool reverse,
                      const std::string& what) {
    if (!weight) {
      if ((value != 0) == !reverse) {
        fault(what + " holds " + std::to_string(value) + (reverse ? "" : ", not 0"));
      }
      return;
    }
    const int factor = reverse ? -*weight : *weight;
    const std::int64_t product = std::int64_t{value} * factor;
    const std::string words = what + ": " + std::to_string(value) + " x " + std::to_string(factor) +
                              " = " + std::to_string(product);
    if (product < -kMoveMax) {
      fault(words + ", below -" + std::to_string(kMoveMax));
    } else if (product != 0) {
      move(static_cast<int>(std::min<std::int64_t>(product, kMoveMax)), words);
    }
  }

  void fault(std::string reason) {
    if (!fault_) fault_ = std::move(reason);
  }

  Standing standing(Priority configured) && {
    Standing standing;
    standing.fault = std::move(fault_);
    standing.moved_by = std::move(moved_by_);
    standing.priority = configured == kPriorityOwner
                            ? configured
                            : Priority{static_cast<std::uint8_t>(std::clamp(priority_, 1, 254))};
    return standing;
  }

 private:
  void move(int by, const std::string& words) {
    priority_ += by;
    if (!moved_by_.empty()) moved_by_ += ", ";
    moved_by_ += words;
  }

  int priority_;
  std::optional<std::string> fault_;
  std::string moved_by_;
};

}  // namespace

Standing evaluate(const InstanceConfig& config, const Surroundings& around) {
  Evaluation evaluation{config.priority.value};
  const auto is_up = [&around](const std::string& interface, const Link* link) {
    const bool up = link != nullptr && link->up;
    return around.counts_as_up ? around.counts_as_up(interface, up) : up;
  };
  const Link* own = around.link(config.interface);
  std::optional<IpAddress> primary;
  if (own == nullptr) {
    evaluation.fault("there is no interface " + config.interface);
  } else if (!is_up(config.interface, own)) {
    evaluation.fault("interface " + config.interface + " is down");
  } else {
    primary = primary_address(config, *own, around);
    if (!primary) evaluation.fault(lacks(config));
  }
  for (const VirtualAddress& address : config.held()) {
    if (address.track && !address.device.empty() && around.link(address.device) == nullptr) {
      evaluation.fault("there is no interface " + address.device);
    }
  }
  for (const TrackInterface& track : config.track_interfaces) {
    const bool up = is_up(track.interface, around.link(track.interface));
    evaluation.consider(up, track.weight, track.reverse, "interface " + track.interface);
  }
  for (const TrackCheck& track : config.track_checks) {
    const CheckState* state = around.check(track.check);
    if (state == nullptr) continue;  // No result yet moves nothing.
    const std::string what = "check " + track.check;
    if (state->up && state->value) {
      evaluation.consider_value(*state->value, track.weight, track.reverse, what);
    } else if (!state->value || !track.weight) {
      evaluation.consider(state->up, track.weight, track.reverse, what);
    }
  }
  for (const TrackService& track : config.track_services) {
    const ServiceState* state = around.service ? around.service(track.service) : nullptr;
    if (state == nullptr) continue;  // Not known yet: moves nothing.
    evaluation.consider(state->quorum, track.weight, track.reverse,
                        "virtual server " + track.service, {" has its quorum", " has no quorum"});
  }
  for (const TrackAddress& track : config.track_addresses) {
    const bool here = around.has_address && around.has_address(track.interface, track.address);
    const std::string where = track.interface.empty() ? " here" : " on " + track.interface;
    evaluation.consider(here, track.weight, track.reverse, "address " + track.address.to_string(),
                        {" is" + where, " is not" + where});
  }
  for (const TrackRoute& track : config.track_routes) {
    const bool here = around.has_route && around.has_route(track);
    std::string what = to_string(RouteKey{track.table, track.to});
    if (track.via) what += " via " + track.via->to_string();
    if (!track.interface.empty()) what += " dev " + track.interface;
    evaluation.consider(here, track.weight, track.reverse, what, {" is here", " is not here"});
  }
  Standing standing = std::move(evaluation).standing(config.priority);
  standing.primary_address = primary.value_or(IpAddress{});
  return standing;
}

}  // namespace holdfast::vrrp
