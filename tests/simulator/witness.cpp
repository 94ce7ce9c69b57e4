// SPDX-License-Identifier: Apache-2.0
#include "tests/simulator/witness.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "common/core/overloaded.h"
#include "tests/simulator/host.h"
#include "tests/simulator/ip_packet.h"
#include "tests/simulator/vrrp_process.h"
#include "vrrp-worker/core/admission.h"

namespace holdfast::simulator {
namespace {

template <typename T>
const T* named(const std::vector<T>& from, std::string_view name) {
  const auto it =
      std::find_if(from.begin(), from.end(), [&](const T& one) { return one.name == name; });
  return it == from.end() ? nullptr : &*it;
}

bool contains_any(std::string_view text, std::initializer_list<std::string_view> words) {
  return std::any_of(words.begin(), words.end(), [&](std::string_view word) {
    return text.find(word) != std::string_view::npos;
  });
}

bool fits(VrrpState from, VrrpState to, std::string_view reason) {
  switch (to) {
    case VrrpState::kInitialize:
      return contains_any(reason, {"handed over"});
    case VrrpState::kFault:
      return contains_any(reason, {"interface", "check", "kernel refused", "sync group"});
    case VrrpState::kActive:
      return contains_any(reason, {"no advert", "let go", "preempted", "owner"});
    case VrrpState::kBackup:
      return from == VrrpState::kActive
                 ? contains_any(reason, {"has priority", "restarted", "sync group", "stopped for"})
                 : contains_any(reason, {"started"});
  }
  return false;
}

// A virtual router as it is known on its LAN.
WireName wire_name(const InstanceConfig& config) {
  return {config.family(), config.vrid};
}
WireName wire_name(const IpAddress& source, std::span<const std::uint8_t> payload) {
  return {source.family(), Vrid{payload[1]}};
}

// The address of which an ARP or a neighbour advertisement tells.
IpAddress announced_by(std::span<const std::uint8_t> frame) {
  constexpr std::size_t kEtherType = 12;
  constexpr std::size_t kSenderAddress = 28;
  constexpr std::size_t kTargetAddress = 62;
  const auto copy = [&](auto bytes, std::size_t at) {
    std::copy_n(frame.begin() + static_cast<std::ptrdiff_t>(at), bytes.size(), bytes.begin());
    return bytes;
  };
  const bool arp = frame[kEtherType] == 0x08 && frame[kEtherType + 1] == 0x06;
  return arp ? IpAddress::v4(copy(std::array<std::uint8_t, 4>{}, kSenderAddress))
             : IpAddress::v6(copy(std::array<std::uint8_t, 16>{}, kTargetAddress));
}

bool only_counts_and_logs(const vrrp::VrrpActions& actions) {
  return std::all_of(actions.begin(), actions.end(), [](const vrrp::VrrpAction& action) {
    const auto* report = std::get_if<vrrp::Report>(&action);
    return std::holds_alternative<LogLine>(action) ||
           (report != nullptr && (std::holds_alternative<AdvertCounters>(*report->message) ||
                                  std::holds_alternative<Peers>(*report->message)));
  });
}

}  // namespace

void Witness::fail(const Host& host, const char* invariant, const std::string& what) {
  world_.fail(invariant, "host " + std::to_string(host.number()) + ": " + what);
}

void Witness::new_life(int host) {
  std::erase_if(silence_, [&](const auto& entry) { return entry.first.first == host; });
  std::erase_if(took_leave_, [&](const auto& router) { return router.first == host; });
}

// ---- What is heard.

void Witness::heard(const Host& host, int lan, std::span<const std::uint8_t> packet,
                    const vrrp::VrrpActions& actions) {
  const auto datagram = parse_ip_packet(packet);
  const auto advert =
      datagram ? vrrp::decode_advert(*datagram)
               : tl::expected<vrrp::Advert, Rejection>(tl::unexpected(Rejection::kLength));
  if (!advert) {
    if (!only_counts_and_logs(actions)) fail(host, "S3", "acts upon a packet that is no advert");
    return;
  }
  bind(host, lan, *advert, *datagram);
}

void Witness::bind(const Host& host, int lan, const vrrp::Advert& advert,
                   const vrrp::Datagram& datagram) {
  const Worker& worker = *host.vrrp();
  for (const InstanceConfig& config : worker.config().instances) {
    if (config.interface != Kernel::interface_name(lan) || config.vrid != advert.vrid) continue;
    if (config.family() != datagram.source.family()) continue;
    const bool own = std::any_of(host.nics().begin(), host.nics().end(), [&](const Nic& nic) {
      return nic.lan == lan && nic.has(datagram.source);
    });
    if (own) continue;
    if (vrrp::refuse(advert, datagram, config)) {
      // Whoever sent it did not make itself known.
      std::erase_if(took_leave_, [&](const auto& one) { return one.second == config.name; });
      continue;
    }
    const RouterState* state = host.vrrp()->router(config.name);
    if (state == nullptr) continue;
    Silence& silence = silence_[{host.number(), config.name}];
    if (advert.priority == kPriorityRelease) {
      silence.released = true;
      continue;
    }
    silence.promised = true;
    const bool lower = advert.priority < state->priority;
    if (!lower) silence.lower_since.reset();
    if (lower && config.preempt) {
      if (!silence.lower_since) silence.lower_since = world_.now();
      if (world_.now() - *silence.lower_since >= config.preempt_delay) continue;
    }
    silence.since = world_.now();
    silence.released = false;
    silence.interval = advert.interval;
  }
}

// ---- What is said.

void Witness::reported(const Host& host, const Config& config, const RouterState* before,
                       const RouterState& after) {
  const VrrpState from = before == nullptr ? VrrpState::kInitialize : before->state;
  const InstanceConfig* instance = named(config.instances, after.router);
  if (instance == nullptr) return fail(host, "S7", "speaks of " + after.router);
  if (from == after.state) {
    const bool same =
        before == nullptr || (before->since == after.since && before->reason == after.reason);
    if (!same && from != VrrpState::kFault) {
      fail(host, "S3", after.router + " changes its story without a change of state");
    }
    return;
  }
  ++world_.figures.transitions;
  world_.note(host.number(), after.router + ": " + std::string(to_string(from)) + " -> " +
                                 std::string(to_string(after.state)) + ": " + after.reason);
  transitions_.push_back({world_.now(), host.number(), after.router, from, after.state});
  judge_reason(host, from, after);
  if (after.state == VrrpState::kActive) judge_take_over(host, *instance, after);
  const std::pair key{host.number(), after.router};
  const int lan = Kernel::lan_of(instance->interface);
  took_leave_.erase(key);
  if (from == VrrpState::kActive &&
      told_all_[{host.number(), lan, wire_name(*instance)}] == world_.now()) {
    took_leave_.insert(key);
  }
  // A backup counts from when it became one, or from the advert that made it one.
  Silence& silence = silence_[key];
  const bool just_heard = from == VrrpState::kActive && silence.since == world_.now();
  silence = {world_.now(), just_heard ? silence.interval : instance->advert_interval, just_heard};
}

void Witness::judge_reason(const Host& host, VrrpState from, const RouterState& after) {
  const std::string change = after.router + " " + std::string(to_string(from)) + " -> " +
                             std::string(to_string(after.state));
  if (!fits(from, after.state, after.reason)) {
    fail(host, "S3", change + " for the reason '" + after.reason + "'");
  }
  // Nobody was succeeded who was not stopped a moment ago.
  const Time lately = world_.now() - std::chrono::milliseconds{100};
  const VrrpProcess* vrrp = host.vrrp();
  if (after.reason.starts_with("stopped for") && !host.paused_since(lately) &&
      !(vrrp != nullptr && vrrp->paused_since(lately))) {
    fail(host, "S3", change + ", which was not stopped: " + after.reason);
  }
  if (after.since != host.clock()) fail(host, "S3", change + " since another time than now");
}

// Nobody takes over while somebody is heard who must be left alone.
void Witness::judge_take_over(const Host& host, const InstanceConfig& config,
                              const RouterState& after) {
  const Silence& silence = silence_[{host.number(), after.router}];
  if (after.priority == kPriorityOwner) return;
  const Duration quiet = world_.now() - silence.since;
  if (silence.released || quiet >= 3 * silence.interval) return;
  fail(host, "S3",
       config.name + " takes over though the last advert is only " + std::to_string(quiet.count()) +
           " us old and promised another within " + std::to_string(silence.interval.count()) +
           " us");
}

// Until it has heard another promise, a backup waits for as long as its own interval says.
void Witness::reconsider_silence(const Host& host, const InstanceConfig& before,
                                 const InstanceConfig& after) {
  Silence& silence = silence_[{host.number(), after.name}];
  if (before.advert_interval == after.advert_interval) return;
  if (silence.promised && after.version == VrrpVersion::k3) return;
  silence.since = world_.now();
  silence.interval = after.advert_interval;
}

// ---- What a reload touches.

// The sync groups of which a reload touches a member, and by it all.
std::set<std::string> Witness::changed_groups(const Config& before, const Config& after) {
  std::set<std::string> groups;
  for (const InstanceConfig& config : after.instances) {
    const InstanceConfig* old = named(before.instances, config.name);
    if (old != nullptr && *old == config) continue;
    groups.insert(config.sync_group);
    if (old != nullptr) groups.insert(old->sync_group);
  }
  for (const InstanceConfig& config : before.instances) {
    if (named(after.instances, config.name) == nullptr) groups.insert(config.sync_group);
  }
  groups.erase("");
  return groups;
}

void Witness::reconfigured(const Host& host, const Config& before, const Config& after,
                           const vrrp::VrrpActions& actions, bool deadline_moved) {
  if (before == after && (deadline_moved || !actions.empty())) {
    return fail(host, "S5", "a reload of the same configuration has an effect");
  }
  const std::set<std::string> regrouped = changed_groups(before, after);
  std::set<std::string> unchanged;
  std::set<IpPrefix> addresses;
  std::set<WireName> routers;
  for (const InstanceConfig& config : after.instances) {
    const InstanceConfig* old = named(before.instances, config.name);
    if (old != nullptr) reconsider_silence(host, *old, config);
    if (old == nullptr || *old != config || regrouped.contains(config.sync_group)) continue;
    unchanged.insert(config.name);
    for (const IpPrefix& prefix : config.held()) addresses.insert(prefix);
    routers.insert(wire_name(config));
  }
  for (const InstanceConfig& config : after.instances) {
    // A VRID or an address may be of a changed router too, on another interface.
    if (unchanged.contains(config.name)) continue;
    routers.erase(wire_name(config));
    for (const IpPrefix& prefix : config.held()) addresses.erase(prefix);
  }
  for (const InstanceConfig& config : before.instances) {
    if (!unchanged.contains(config.name)) routers.erase(wire_name(config));
  }
  for (const vrrp::VrrpAction& action : actions) {
    const bool touched = std::visit(
        Overloaded{
            [&](const vrrp::SendPacket& packet) {
              return routers.contains(wire_name(packet.source, packet.payload));
            },
            [&](const vrrp::AddAddress& add) {  // what was stolen may be put back at any time
              return addresses.contains(add.prefix) &&
                     !host.kernel().was_stolen(add.link, add.prefix);
            },
            [&](const vrrp::RemoveAddress& remove) { return addresses.contains(remove.prefix); },
            [&](const vrrp::Report& report) {
              return unchanged.contains(std::string(subject_of(*report.message)));
            },
            [](const auto&) { return false; },
        },
        action);
    if (touched) return fail(host, "S5", "a reload touches a router that it does not change");
  }
}

void Witness::reconfigured(const Host& host, const Config& before, const Config& after,
                           const check::CheckActions& actions, bool deadline_moved) {
  if (before == after && (deadline_moved || !actions.empty())) {
    return fail(host, "S5", "a reload of the same configuration has an effect on the checks");
  }
  const auto unchanged = [&](std::string_view name) {
    const CheckConfig* is = named(after.checks, name);
    const CheckConfig* was = named(before.checks, name);
    return is != nullptr && was != nullptr && *is == *was;
  };
  for (const check::CheckAction& action : actions) {
    const bool touched = std::visit(
        Overloaded{
            [&](const check::StartProbe& start) { return unchanged(start.check); },
            [&](const check::CancelProbe& cancel) { return unchanged(cancel.check); },
            [&](const check::Report& report) { return unchanged(subject_of(report.message)); },
            [](const LogLine&) { return false; },
        },
        action);
    if (touched) return fail(host, "S5", "a reload touches a check that it does not change");
  }
}

// ---- The rest.

void Witness::sent(int host, int lan, std::span<const std::uint8_t> packet, bool to_everybody) {
  const auto datagram = parse_ip_packet(packet);
  if (!to_everybody || !datagram) return;
  told_all_[{host, lan, wire_name(datagram->source, datagram->payload)}] = world_.now();
}

bool Witness::took_leave(int host, const std::string& router) const {
  return took_leave_.contains({host, router});
}

void Witness::announced(int host, int lan, std::span<const std::uint8_t> frame) {
  const IpAddress announced = announced_by(frame);
  world_.note(host, "announces " + announced.to_string());
  announced_[{host, lan, announced}] = world_.now();
}

std::optional<Time> Witness::last_announced(int host, int lan, const IpAddress& address) const {
  const auto it = announced_.find({host, lan, address});
  if (it == announced_.end()) return std::nullopt;
  return it->second;
}

void Witness::killed(const Host& host, const Worker& worker) {
  // Longer than a worker is ever waited for.
  constexpr Duration kMemory = std::chrono::seconds{20};
  const Time lately = world_.now() - kMemory;
  if (worker.paused_since(lately) || host.paused_since(lately)) return;
  // Before it was given a configuration it may be stopped like this.
  if (worker.generation().value == 0) return;
  fail(host, "S7",
       "the supervisor kills a " + std::string(to_string(worker.role())) +
           " that did nothing wrong: " + host.supervisor()->last_words());
}

void Witness::stopped(const Host& host, Role role) {
  if (role != Role::kVrrp) return;
  for (const auto& [index, link] : host.kernel().links()) {
    for (const vrrp::LinkAddress& address : link.addresses) {
      if (address.marked) {
        fail(host, "S2", "stopped in good order and left " + address.prefix.to_string());
      }
    }
  }
}

}  // namespace holdfast::simulator
