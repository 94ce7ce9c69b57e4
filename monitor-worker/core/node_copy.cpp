// SPDX-License-Identifier: Apache-2.0
#include "monitor-worker/core/node_copy.h"

#include <string_view>
#include <utility>
#include <variant>

#include "config/has_routing.h"
#include "config/names.h"

namespace holdfast::monitor {
namespace {

bool is_kept(const Message& message) {
  return std::holds_alternative<RouterState>(message) ||
         std::holds_alternative<AdvertCounters>(message) ||
         std::holds_alternative<Peers>(message) || std::holds_alternative<CheckCounters>(message) ||
         std::holds_alternative<CheckState>(message) ||
         std::holds_alternative<CheckLoad>(message) ||
         std::holds_alternative<ServiceState>(message) ||
         std::holds_alternative<ServerState>(message) ||
         std::holds_alternative<ServerCounters>(message) ||
         std::holds_alternative<ServerSuspicion>(message) ||
         std::holds_alternative<ServerOrder>(message) ||
         std::holds_alternative<ReceiverState>(message) ||
         std::holds_alternative<WitnessState>(message) ||
         std::holds_alternative<LeaseState>(message);
}

// There are few of these, and all are the supervisor's.
constexpr std::size_t kListMax = 16;

template <typename T>
void keep(std::vector<T>& list, const T& one, std::string T::*name) {
  for (T& known : list) {
    if (known.*name != one.*name) continue;
    known = one;
    return;
  }
  if (list.size() < kListMax) list.push_back(one);
}

}  // namespace

NodeCopy::NodeCopy() {
  for (const Role role : kRoles) workers_.push_back({role, false, {}, 0, 0, "", {}});
}

void NodeCopy::configure(Config config) {
  config_ = std::move(config);
  const Names names = names_in(config_);
  places_.clear();
  std::vector<Message> kept;
  for (Message& message : retained_) {
    if (!names.contains(subject_of(message))) continue;
    places_.emplace(Key{message.index(), subject_of(message)}, kept.size());
    kept.push_back(std::move(message));
  }
  retained_ = std::move(kept);
  history_.count_only([&](const std::string& one) { return names.contains(one); });
}

bool NodeCopy::hear(const Message& message) {
  if (const auto* const event = std::get_if<Happened>(&message)) return history_.hear(*event);
  if (const auto* const use = std::get_if<ProcessUse>(&message)) {
    keep(use_, *use, &ProcessUse::process);
  } else if (const auto* const scripts = std::get_if<ScriptCounters>(&message)) {
    keep(scripts_, *scripts, &ScriptCounters::kind);
  } else if (const auto* const worker = std::get_if<WorkerState>(&message)) {
    workers_[static_cast<std::size_t>(worker->role)] = *worker;
  } else if (const auto* const daemon = std::get_if<DaemonState>(&message)) {
    daemon_ = *daemon;
  } else if (is_kept(message)) {
    if (const auto* const router = std::get_if<RouterState>(&message)) {
      const auto* const before = find<RouterState>(router->router);
      if (before != nullptr) history_.hear(*before, *router);
    }
    const auto [place, added] =
        places_.emplace(Key{message.index(), subject_of(message)}, retained_.size());
    if (added) {
      retained_.push_back(message);
    } else {
      retained_[place->second] = message;
    }
  }
  return false;
}

bool NodeCopy::in_maintenance() const {
  return daemon_.generation.value > 0 && has_routing(config_) &&
         !workers_[static_cast<std::size_t>(Role::kVrrp)].wanted;
}

std::vector<std::string> NodeCopy::ills() const {
  std::vector<std::string> ills;
  for (const WorkerState& worker : workers_) {
    // Who says this is the monitor-worker, so that works.
    if (!worker.wanted || worker.role == Role::kMonitor) continue;
    if (worker.phase == WorkerPhase::kRunning) continue;
    ills.push_back("the " + std::string(to_string(worker.role)) + " is " +
                   std::string(to_string(worker.phase)));
  }
  return ills;
}

std::vector<std::string> NodeCopy::unreadiness() const {
  if (in_maintenance()) return {"maintenance: this node takes nothing over"};
  std::vector<std::string> found = ills();
  for (const InstanceConfig& instance : config_.instances) {
    const auto* const known = find<RouterState>(instance.name);
    const VrrpState state = known == nullptr ? VrrpState::kInitialize : known->state;
    if (state == VrrpState::kActive || state == VrrpState::kBackup) continue;
    found.push_back("instance " + instance.name + " is in " + std::string(to_string(state)));
  }
  return found;
}

}  // namespace holdfast::monitor
