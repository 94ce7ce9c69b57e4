// SPDX-License-Identifier: Apache-2.0
#include "foresee/node.h"

#include <algorithm>
#include <utility>

#include "common/core/overloaded.h"

namespace holdfast::foresee {
namespace {

// Where a tracked address is that may be on any interface.
constexpr const char* kElsewhere = "elsewhere";
// What all clocks of a fleet show when time begins here, so that signed adverts are fresh.
constexpr auto kRealTimeAhead = std::chrono::hours{1};

Subject subject_of(const TrackInterface& track) {
  return {Kind::kLink, track.interface};
}
Subject subject_of(const TrackCheck& track) {
  return {Kind::kCheck, track.check};
}
Subject subject_of(const TrackService& track) {
  return {Kind::kService, track.service};
}
Subject subject_of(const TrackRoute& track) {
  std::string name = track.to.to_string();
  if (track.table != kMainTable) name += " table " + std::to_string(track.table);
  if (track.via) name += " via " + track.via->to_string();
  if (!track.interface.empty()) name += " on " + track.interface;
  return {Kind::kRoute, name};
}

// Each thing that an instance tracks, of whatever kind.
void each_track(const InstanceConfig& instance, const auto& visit) {
  for (const auto& track : instance.track_interfaces) visit(track);
  for (const auto& track : instance.track_checks) visit(track);
  for (const auto& track : instance.track_services) visit(track);
  for (const auto& track : instance.track_addresses) visit(track);
  for (const auto& track : instance.track_routes) visit(track);
}

// Without what has no say in an election, and with the address that is its home here.
InstanceConfig bared(InstanceConfig instance, const Home& home) {
  instance.virtual_device.reset();
  instance.virtual_routes.clear();
  instance.virtual_rules.clear();
  instance.accept = true;
  instance.allowed_sources.clear();  // Homes may be made up.
  instance.source_address = home.at(instance.name);
  return instance;
}

}  // namespace

Subject subject_of(const TrackAddress& track) {
  const std::string on = track.interface.empty() ? "" : " on " + track.interface;
  return {Kind::kAddress, track.address.to_string() + on};
}

std::string to_string(const Subject& subject) {
  switch (subject.kind) {
    case Kind::kNode:
      return "the node";
    case Kind::kLink:
      return "interface " + subject.name;
    case Kind::kCheck:
      return "check " + subject.name;
    case Kind::kService:
      return "virtual server " + subject.name;
    case Kind::kAddress:
      return "address " + subject.name;
    case Kind::kRoute:
      return "route " + subject.name;
  }
  return "";
}

Node::Node(NodePlan plan, const Home& home, vrrp::KeyedHash hash)
    : plan_(std::move(plan)), hash_(hash) {
  Config& config = plan_.config;
  config.fixed = {};
  config.start_delay = Duration{0};
  for (InstanceConfig& one : config.instances) one = bared(std::move(one), home);
  for (const Subject& subject : tracked()) {
    const auto told = plan_.up.find(subject);
    up_[subject] = told == plan_.up.end() ? best_of(subject) : told->second;
  }
  make_links(home);
}

const InstanceConfig* Node::instance(const std::string& name) const {
  const auto& all = plan_.config.instances;
  const auto it =
      std::find_if(all.begin(), all.end(), [&](const auto& one) { return one.name == name; });
  return it == all.end() ? nullptr : &*it;
}

std::vector<Subject> Node::tracked_by(const InstanceConfig& instance) {
  std::vector<Subject> all{{Kind::kLink, instance.interface}};
  each_track(instance, [&all](const auto& track) {
    const Subject subject = subject_of(track);
    if (std::find(all.begin(), all.end(), subject) == all.end()) all.push_back(subject);
  });
  return all;
}

std::vector<Subject> Node::tracked() const {
  std::vector<Subject> all;
  for (const InstanceConfig& instance : plan_.config.instances) {
    for (Subject& subject : tracked_by(instance)) all.push_back(std::move(subject));
  }
  std::sort(all.begin(), all.end());
  all.erase(std::unique(all.begin(), all.end()), all.end());
  return all;
}

bool Node::best_of(const Subject& subject) const {
  bool tracked = false;
  for (const InstanceConfig& instance : plan_.config.instances) {
    if (subject == Subject{Kind::kLink, instance.interface}) return true;
    bool wanted = false;
    each_track(instance, [&](const auto& track) {
      if (subject_of(track) != subject) return;
      tracked = true;
      wanted = wanted || !track.reverse;
    });
    if (wanted) return true;
  }
  return !tracked;
}

vrrp::Link& Node::link_named(const std::string& name) {
  for (auto& [index, link] : links_) {
    if (link.name == name) return link;
  }
  const int index = static_cast<int>(links_.size()) + 2;  // 1 is the loopback
  vrrp::Link link;
  link.index = index;
  link.name = name;
  link.up = true;
  link.enabled = true;
  link.mac = {2, 0, 0, 0, 0, static_cast<std::uint8_t>(index)};
  return links_[index] = link;
}

void Node::make_links(const Home& home) {
  constexpr std::uint8_t kLength = 24;
  constexpr std::uint8_t kLength6 = 64;
  for (const InstanceConfig& instance : plan_.config.instances) {
    const IpAddress& address = home.at(instance.name);
    link_named(instance.interface)
        .insert({{address, address.is_v4() ? kLength : kLength6}, false, {}});
    for (const VirtualAddress& one : instance.held()) link_named(instance.device_of(one));
    for (const TrackRoute& track : instance.track_routes) {
      if (!track.interface.empty()) link_named(track.interface);
    }
  }
  for (auto& [subject, up] : up_) {
    if (subject.kind == Kind::kLink) link_named(subject.name).up = up;
  }
  put_addresses();
}

void Node::put_addresses() {
  constexpr std::uint8_t kHost = 32;
  constexpr std::uint8_t kHost6 = 128;
  for (const InstanceConfig& instance : plan_.config.instances) {
    for (const TrackAddress& track : instance.track_addresses) {
      vrrp::Link& link = link_named(track.interface.empty() ? kElsewhere : track.interface);
      const IpPrefix prefix{track.address, track.address.is_v4() ? kHost : kHost6};
      if (up_.at(subject_of(track))) {
        link.insert({prefix, false, {}});
      } else {
        link.erase(prefix);
      }
    }
  }
}

vrrp::RoutesSeen Node::routes() const {
  vrrp::RoutesSeen seen;
  for (const InstanceConfig& instance : plan_.config.instances) {
    for (const TrackRoute& track : instance.track_routes) {
      if (!up_.at(subject_of(track))) continue;
      vrrp::Hop hop;
      hop.via = track.via;
      for (const auto& [index, link] : links_) {
        if (link.name == track.interface) hop.link = index;
      }
      vrrp::Route route;
      route.key = {track.table, track.to, 0};
      route.hops.push_back(hop);
      seen.routes.push_back(route);
    }
  }
  return seen;
}

// What the core is told of it; nothing: its links say it.
std::optional<vrrp::VrrpEvent> Node::event_of(const Subject& subject, Time now) const {
  const bool up = up_.at(subject);
  if (subject.kind == Kind::kService) {
    ServiceState state;
    state.service = subject.name;
    state.quorum = up;
    state.since = now;
    return state;
  }
  if (subject.kind == Kind::kCheck) {
    constexpr std::uint8_t kFull = 100;
    CheckState state;
    state.check = subject.name;
    state.up = up;
    state.weight = up ? kFull : std::uint8_t{0};
    state.since = now;
    // A file holds 0 while all is well.
    for (const CheckConfig& check : plan_.config.checks) {
      const bool file = std::holds_alternative<FileCheck>(check.target);
      if (check.name == subject.name && file && up) state.value = 0;
    }
    return state;
  }
  if (subject.kind == Kind::kRoute) return routes();
  return std::nullopt;
}

vrrp::VrrpActions Node::boot(Time now) {
  core_.emplace(hash_);
  states_.clear();
  vrrp::VrrpActions all;
  const auto add = [&](const vrrp::VrrpEvent& event) {
    for (auto& action : tell(event, now)) all.push_back(std::move(action));
  };
  add(vrrp::RealTimeAhead{kRealTimeAhead});
  for (const auto& [index, link] : std::map(links_)) add(vrrp::LinkChanged{link});
  for (const Secret& secret : plan_.secrets) add(secret);
  add(routes());
  add(plan_.config);
  for (const auto& [subject, up] : up_) {
    const auto event = event_of(subject, now);
    if (event && subject.kind != Kind::kRoute) add(*event);
  }
  const bool resumes = !plan_.resumed.empty();
  for (const RouterState& former : std::exchange(plan_.resumed, {})) {
    states_.insert_or_assign(former.router, former);
    add(former);
  }
  add(vrrp::Begin{resumes ? std::optional{now} : std::nullopt});
  listening_ = core_->listening();
  return all;
}

void Node::die() {
  core_.reset();
  deadline_.reset();
  states_.clear();
  for (auto& [index, link] : links_) {
    std::erase_if(link.addresses, [](const vrrp::LinkAddress& one) { return one.marked; });
  }
}

vrrp::VrrpActions Node::set(const Subject& subject, bool up, Time now) {
  up_.at(subject) = up;
  if (subject.kind == Kind::kLink) link_named(subject.name).up = up;
  if (subject.kind == Kind::kAddress) put_addresses();
  if (!alive()) return {};
  if (const auto event = event_of(subject, now)) return tell(*event, now);
  vrrp::VrrpActions all;
  for (const auto& [index, link] : std::map(links_)) {
    const bool it = subject.kind == Kind::kLink ? link.name == subject.name : true;
    if (!it) continue;
    for (auto& action : tell(vrrp::LinkChanged{link}, now)) all.push_back(std::move(action));
  }
  listening_ = core_->listening();
  return all;
}

vrrp::VrrpActions Node::receive(int link, const vrrp::Datagram& datagram, Time now) {
  return tell(vrrp::PacketReceived{link, datagram}, now);
}

vrrp::VrrpActions Node::wake(Time now) {
  return tell(vrrp::Wake{}, now);
}

vrrp::VrrpActions Node::tell(const vrrp::VrrpEvent& event, Time now) {
  vrrp::VrrpActions actions = core_->handle(event, now);
  deadline_ = core_->deadline();
  note(actions);
  return actions;
}

void Node::note(const vrrp::VrrpActions& actions) {
  for (const vrrp::VrrpAction& action : actions) {
    if (const auto* add = std::get_if<vrrp::AddAddress>(&action)) {
      links_.at(add->link).insert({add->prefix, true, add->traits});
    } else if (const auto* remove = std::get_if<vrrp::RemoveAddress>(&action)) {
      links_.at(remove->link).erase(remove->prefix);
    } else if (const auto* report = std::get_if<vrrp::Report>(&action)) {
      const auto* state = std::get_if<RouterState>(report->message.get());
      if (state != nullptr) states_.insert_or_assign(state->router, *state);
    }
  }
}

bool Node::hears(int link, const IpAddress& group) const {
  const auto it = listening_.find({link, group.family()});
  return alive() && it != listening_.end() && it->second.groups.contains(group);
}

std::optional<int> Node::link_with(const IpAddress& address) const {
  for (const auto& [index, link] : links_) {
    const auto here = [&](const vrrp::LinkAddress& one) { return one.prefix.address == address; };
    if (link.up && std::any_of(link.addresses.begin(), link.addresses.end(), here)) return index;
  }
  return std::nullopt;
}

const RouterState* Node::state(const std::string& instance) const {
  const auto it = states_.find(instance);
  return it == states_.end() ? nullptr : &it->second;
}

bool Node::holds(const InstanceConfig& instance) const {
  if (!alive()) return false;
  const auto held = [&](const VirtualAddress& address) {
    return std::any_of(links_.begin(), links_.end(), [&](const auto& entry) {
      const vrrp::Link& link = entry.second;
      const vrrp::LinkAddress* const found = link.find(address.prefix());
      return link.up && link.name == instance.device_of(address) && found != nullptr &&
             found->marked;
    });
  };
  return std::all_of(instance.addresses.begin(), instance.addresses.end(), held);
}

}  // namespace holdfast::foresee
