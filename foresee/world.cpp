// SPDX-License-Identifier: Apache-2.0
#include "foresee/world.h"

#include <algorithm>
#include <numeric>
#include <span>

#include "foresee/home.h"

namespace holdfast::foresee {
namespace {

constexpr std::size_t kStepsMax = 3'000'000;  // of one settle(): some seconds of work
constexpr int kRestless = 50;                 // so often as long as it takes: it never ends

std::vector<Node> nodes_of(const std::vector<NodePlan>& plans, vrrp::KeyedHash hash) {
  const std::vector<Home> homes = homes_of(plans);
  std::vector<Node> nodes;
  for (std::size_t i = 0; i < plans.size(); ++i) nodes.emplace_back(plans[i], homes[i], hash);
  return nodes;
}

}  // namespace

World::World(const std::vector<NodePlan>& plans, vrrp::KeyedHash hash)
    : nodes_(nodes_of(plans, hash)), now_(std::chrono::hours{1}), changed_(now_) {
  for (const Node& node : nodes_) {
    for (const InstanceConfig& one : node.config().instances) {
      instances_.insert(one.name);
      holdings_[one.name].since = now_;
    }
  }
  lay_wires();
}

// Sets that are joined by what they have in common, each named by its smallest member.
void World::lay_wires() {
  std::vector<std::pair<std::size_t, int>> ends;
  std::vector<std::size_t> set_of;
  std::map<std::string, std::size_t> known;  // by what an end has in common with others
  const auto root = [&](std::size_t one) {
    while (set_of[one] != one) one = set_of[one];
    return one;
  };
  for (std::size_t n = 0; n < nodes_.size(); ++n) {
    for (const auto& [index, link] : nodes_[n].links()) {
      const std::size_t end = ends.size();
      ends.emplace_back(n, index);
      set_of.push_back(end);
      const auto join = [&](const std::string& name) {
        const auto [it, fresh] = known.try_emplace(name, end);
        if (!fresh) set_of[root(end)] = root(it->second);
      };
      join("interface " + link.name);
      for (const InstanceConfig& one : nodes_[n].config().instances) {
        if (one.interface == link.name) join("instance " + one.name);
      }
    }
  }
  wires_.resize(nodes_.size());
  for (std::size_t i = 0; i < ends.size(); ++i) wires_[ends[i].first][ends[i].second] = root(i);
}

void World::start() {
  for (std::size_t n = 0; n < nodes_.size(); ++n) set_alive(n, true);
}

void World::set_alive(std::size_t node, bool alive) {
  changed_ = now_;
  if (alive) {
    perform(node, nodes_[node].boot(now_));
  } else {
    nodes_[node].die();
  }
  look(node);
}

void World::set(std::size_t node, const Subject& subject, bool up) {
  changed_ = now_;
  perform(node, nodes_[node].set(subject, up, now_));
  look(node);
}

// Longer than any timer of any router, and than one that waits for another.
Duration World::patience() const {
  Duration longest = std::chrono::seconds{2};
  for (const Node& node : nodes_) {
    for (const InstanceConfig& one : node.config().instances) {
      Duration delay{0};
      for (const TrackInterface& track : one.track_interfaces) {
        delay = std::max({delay, track.up_delay, track.down_delay});
      }
      longest = std::max(longest, one.preempt_delay + delay +
                                      2 * (one.down_timer_adverts + 2) * one.advert_interval +
                                      std::chrono::seconds{2});
    }
  }
  return longest;
}

bool World::settle() {
  const Duration patience = this->patience();
  const Time give_up = now_ + kRestless * patience;
  for (std::size_t steps = 0; steps < kStepsMax && now_ < give_up; ++steps) {
    if (!step(changed_ + patience)) return true;
  }
  return false;
}

// The next thing that happens, if it does until then. False: nothing does, and it is then.
bool World::step(Time until) {
  std::optional<std::size_t> next;
  Time when = until;
  for (std::size_t n = 0; n < nodes_.size(); ++n) {
    const auto deadline = nodes_[n].deadline();
    if (deadline && *deadline < when) {
      when = *deadline;
      next = n;
    }
  }
  if (!packets_.empty() && packets_.top().arrives <= when) {
    const Packet packet = packets_.top();
    packets_.pop();
    now_ = std::max(now_, packet.arrives);
    Node& node = nodes_[packet.to];
    const auto link = node.links().find(packet.link);
    if (!node.alive() || link == node.links().end() || !link->second.up) return true;
    const vrrp::Datagram datagram{packet.source, packet.destination, packet.ttl, packet.payload};
    perform(packet.to, node.receive(packet.link, datagram, now_));
    return true;
  }
  now_ = std::max(now_, when);
  if (!next) return false;
  perform(*next, nodes_[*next].wake(now_));
  return true;
}

void World::perform(std::size_t node, const vrrp::VrrpActions& actions) {
  bool moved = false;
  for (const vrrp::VrrpAction& action : actions) {
    if (const auto* packet = std::get_if<vrrp::SendPacket>(&action)) send(node, *packet);
    if (const auto* report = std::get_if<vrrp::Report>(&action)) {
      if (std::holds_alternative<RouterState>(*report->message)) changed_ = now_;
    }
    moved = moved || std::holds_alternative<vrrp::AddAddress>(action) ||
            std::holds_alternative<vrrp::RemoveAddress>(action);
  }
  if (moved) look(node);
}

void World::send(std::size_t from, const vrrp::SendPacket& packet) {
  const auto link = nodes_[from].links().find(packet.link);
  if (link == nodes_[from].links().end() || !link->second.up) return;
  const std::size_t wire = wires_[from].at(packet.link);
  bool heard = false;
  for (std::size_t n = 0; n < nodes_.size(); ++n) {
    if (n == from || !nodes_[n].alive()) continue;
    if (!packet.destination.is_multicast()) {
      const auto at = nodes_[n].link_with(packet.destination);
      if (at) deliver(n, *at, packet);
      heard = heard || at;
      continue;
    }
    for (const auto& [index, other] : wires_[n]) {
      if (other != wire || !nodes_[n].hears(index, packet.destination)) continue;
      deliver(n, index, packet);
      heard = true;
    }
  }
  note_advert(from, packet, heard);
}

void World::deliver(std::size_t to, int link, const vrrp::SendPacket& packet) {
  packets_.push({now_ + kOnTheWay, ++sent_, to, link, packet.source, packet.destination, packet.ttl,
                 packet.payload});
}

void World::note_advert(std::size_t from, const vrrp::SendPacket& packet, bool heard) {
  constexpr std::size_t kVridAt = 1;  // RFC 9568 §5.2
  constexpr std::size_t kPriorityAt = 2;
  const std::span<const std::uint8_t> payload = packet.payload;
  if (payload.size() <= kPriorityAt) return;
  const std::string& interface = nodes_[from].links().at(packet.link).name;
  for (const InstanceConfig& one : nodes_[from].config().instances) {
    if (one.interface != interface || one.vrid.value != payload[kVridAt] ||
        one.family() != packet.source.family()) {
      continue;
    }
    Holding& holding = holdings_[one.name];
    if (payload[kPriorityAt] == kPriorityRelease.value) {
      holding.released = holding.released || heard;
    } else {
      holding.advert = now_;
    }
  }
}

void World::account(Holding& holding, Time now) {
  const Duration passed = now - holding.since;
  if (holding.holders.empty()) holding.unheld += passed;
  if (holding.holders.size() > 1) holding.shared += passed;
  holding.since = now;
}

void World::look(std::size_t node) {
  for (const InstanceConfig& one : nodes_[node].config().instances) {
    Holding& holding = holdings_[one.name];
    const bool holds = nodes_[node].holds(one);
    if (holds == holding.holders.contains(node)) continue;
    account(holding, now_);
    if (holds) {
      holding.holders.insert(node);
    } else {
      holding.holders.erase(node);
    }
    changed_ = now_;
  }
}

void World::watch() {
  for (auto& [name, holding] : holdings_) {
    holding.since = now_;
    holding.unheld = holding.shared = Duration{0};
    holding.released = false;
    const bool held = !holding.holders.empty() && holding.advert;
    holding.silence = held ? now_ - *holding.advert : Duration{0};
  }
}

World::Watched World::watched(const std::string& instance) const {
  Holding holding = holdings_.at(instance);
  account(holding, now_);
  const bool waited = holding.unheld > Duration{0} && !holding.released;
  return {holding.holders, holding.unheld + (waited ? holding.silence : Duration{0}),
          holding.shared, holding.released};
}

}  // namespace holdfast::foresee
