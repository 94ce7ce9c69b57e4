// SPDX-License-Identifier: Apache-2.0
#include "ctl/present.h"

#include <ifaddrs.h>
#include <net/if.h>

#include <algorithm>
#include <chrono>
#include <optional>
#include <utility>

#include "config/outside.h"
#include "ctl/document.h"
#include "ctl/fleet_keys.h"
#include "ctl/networks.h"

namespace holdfast::ctl {
namespace {

using foresee::Kind;
using foresee::NodePlan;
using foresee::Subject;

constexpr const char* kMaster = "the master";

// Keys that all have, whatever they are: that they are the same, nobody can see from here.
std::vector<Secret> keys_for(const Config& config) {
  FleetNode node;
  node.loaded.config = config;
  return secrets_of(node);
}

VrrpState state_in(const Json& router) {
  const std::string text = text_of(router.at("state"));
  for (const VrrpState one : {VrrpState::kActive, VrrpState::kBackup, VrrpState::kFault}) {
    if (text == to_string(one)) return one;
  }
  return VrrpState::kInitialize;
}

RouterState resumed(const std::string& instance, VrrpState state, Priority priority) {
  RouterState one;
  one.router = instance;
  one.state = state;
  one.priority = priority;
  return one;
}

class Reader {
 public:
  Reader(const Json& status, const Config& running, const Surface& surface)
      : status_(status), surface_(surface) {
    present_.own = {text_of(status.at("node")), running, keys_for(running)};
  }

  Present read(const std::vector<Fellow>& fellows) {
    standing();
    for (const Fellow& one : fellows) {
      present_.others.push_back({one.name, one.config, keys_for(one.config)});
    }
    for (const Json& router : status_.at("vrrp")) instance(router);
    for (NodePlan& one : heard_) present_.others.push_back(std::move(one));
    return std::move(present_);
  }

 private:
  void standing() {
    std::map<Subject, bool>& up = present_.own.up;
    for (const Json& check : status_.at("checks")) {
      const Json& is = check.at("up");
      if (!is.is_null()) up[{Kind::kCheck, text_of(check.at("name"))}] = is.get<bool>();
    }
    for (const Json& service : status_.at("virtual_servers")) {
      const Json& quorum = service.at("quorum");
      if (!quorum.is_null()) up[{Kind::kService, text_of(service.at("name"))}] = quorum.get<bool>();
    }
    const auto is_up = [this](const std::string& interface) {
      const auto known = surface_.up.find(interface);
      return known != surface_.up.end() && known->second;
    };
    for (const InstanceConfig& one : present_.own.config.instances) {
      up[{Kind::kLink, one.interface}] = is_up(one.interface);
      for (const TrackInterface& track : one.track_interfaces) {
        up[{Kind::kLink, track.interface}] = is_up(track.interface);
      }
      for (const TrackAddress& track : one.track_addresses) {
        up[foresee::subject_of(track)] =
            std::any_of(surface_.addresses.begin(), surface_.addresses.end(), [&](const auto& at) {
              return at.second == track.address &&
                     (track.interface.empty() || track.interface == at.first);
            });
      }
    }
  }

  void instance(const Json& router) {
    const std::string name = text_of(router.at("name"));
    const auto& all = present_.own.config.instances;
    const auto config =
        std::find_if(all.begin(), all.end(), [&](const auto& one) { return one.name == name; });
    if (config == all.end()) return;  // A reload came between the two answers.
    const VrrpState state = state_in(router);
    present_.own.resumed.push_back(
        resumed(name, state, Priority{router.at("priority").get<std::uint8_t>()}));
    std::vector<NodePlan*> members;
    for (NodePlan& other : present_.others) {
      const auto& others = other.config.instances;
      const auto has = [&](const auto& one) { return one.name == name; };
      if (std::any_of(others.begin(), others.end(), has)) members.push_back(&other);
    }
    if (members.empty()) {
      strangers(*config, router, state);
    } else {
      seat(name, members, state);
    }
  }

  // Which of them is the master, if this node is not: the one of the highest priority.
  static void seat(const std::string& name, const std::vector<NodePlan*>& members, VrrpState own) {
    const auto priority_of = [&](const NodePlan* node) {
      for (const InstanceConfig& one : node->config.instances) {
        if (one.name == name) return one.priority;
      }
      return kPriorityRelease;
    };
    const NodePlan* const best = *std::max_element(
        members.begin(), members.end(),
        [&](const auto* a, const auto* b) { return priority_of(a) < priority_of(b); });
    for (NodePlan* const node : members) {
      const bool active = own != VrrpState::kActive && node == best;
      node->resumed.push_back(
          resumed(name, active ? VrrpState::kActive : VrrpState::kBackup, priority_of(node)));
    }
  }

  void strangers(const InstanceConfig& config, const Json& router, VrrpState own) {
    bool speaks = own == VrrpState::kActive;  // else somebody is to be heard
    const bool known = router.contains("peers");
    for (const Json& peer : known ? router.at("peers") : Json::array()) {
      if (peer.at("priority").is_null()) continue;  // A configured peer that was never heard.
      const bool master = own != VrrpState::kActive && peer.at("state") == "MASTER";
      const auto priority = peer.at("priority").get<std::uint8_t>();
      speaks = speaks || master;
      if (priority == 0) continue;  // Its last word: what it has now is not known.
      add(text_of(peer.at("address")), config, Priority{priority}, master);
    }
    if (speaks || own != VrrpState::kBackup) return;
    const int over = std::min(present_.own.resumed.back().priority.value + 1, 254);
    add(kMaster, config, Priority{static_cast<std::uint8_t>(over)}, true);
  }

  // Another router of this instance, of which no more is known than what it says.
  void add(const std::string& node, InstanceConfig config, Priority priority, bool master) {
    config.priority = priority;
    config.sync_group.clear();
    config.track_interfaces.clear();
    config.track_checks.clear();
    config.track_services.clear();
    config.track_addresses.clear();
    config.track_routes.clear();
    config.source_address.reset();
    without_peers(config);
    if (const auto address = IpAddress::parse(node)) config.source_address = *address;
    auto known = std::find_if(heard_.begin(), heard_.end(),
                              [&](const NodePlan& one) { return one.name == node; });
    if (known == heard_.end()) known = heard_.insert(heard_.end(), NodePlan{node, {}});
    const VrrpState state = master ? VrrpState::kActive : VrrpState::kBackup;
    known->resumed.push_back(resumed(config.name, state, priority));
    known->config.instances.push_back(std::move(config));
    known->secrets = keys_for(known->config);
    for (InstanceConfig& own : present_.own.config.instances) {
      if (own.name == known->resumed.back().router) without_peers(own);
    }
  }

  // Who is a peer of whom is not known: all hear one another.
  static void without_peers(InstanceConfig& config) {
    config.unicast.reset();
    config.multicast_group.reset();
  }

  const Json& status_;
  const Surface& surface_;
  Present present_;
  std::vector<NodePlan> heard_;
};

}  // namespace

Surface local_surface() {
  Surface surface;
  ifaddrs* all = nullptr;
  if (::getifaddrs(&all) != 0) return surface;
  for (const ifaddrs* one = all; one != nullptr; one = one->ifa_next) {
    constexpr unsigned kUp = IFF_UP | IFF_RUNNING;
    surface.up[one->ifa_name] = (one->ifa_flags & kUp) == kUp;
    if (const auto prefix = prefix_of(*one)) {
      surface.addresses.emplace(one->ifa_name, prefix->address);
    }
  }
  ::freeifaddrs(all);
  return surface;
}

std::vector<Fellow> fellows_in(const std::string& document, const std::string& file,
                               const std::string& node) {
  const Outside outside = real_outside(false);
  std::vector<Fellow> all;
  for (const std::string& name : load_config(document, file, node, &outside).nodes) {
    if (name == node) continue;
    Loaded loaded = load_config(document, file, name, &outside);
    if (loaded.ok()) all.push_back({name, std::move(loaded.config)});
  }
  return all;
}

Result<Present> present_of(const std::string& status, const Config& running,
                           const std::vector<Fellow>& fellows, const Surface& surface) {
  return shown<Present>(status, [&](const Json& json) -> Result<Present> {
    if (!json.at("maintenance").is_null()) {
      return fail("this node is in maintenance: it has handed everything over and takes nothing");
    }
    return Reader(json, running, surface).read(fellows);
  });
}

}  // namespace holdfast::ctl
