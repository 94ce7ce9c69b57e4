// SPDX-License-Identifier: Apache-2.0
#include "balance-worker/core/reconciler.h"

#include <iterator>
#include <utility>

#include "common/core/overloaded.h"

namespace holdfast::balance {

void Reconciler::service(const ServiceKey& key, const Service* actual,
                         const ServiceOptions& options, const Destinations& destinations) {
  static const Destinations kNone;
  if (actual == nullptr) {
    additions_.emplace_back(AddService{key, options});
  } else if (actual->options != options) {
    edits_.emplace_back(EditService{key, options});
  }
  const Destinations& have = actual == nullptr ? kNone : actual->destinations;
  auto old = have.begin();
  for (const auto& [endpoint, desired] : destinations) {
    while (old != have.end() && old->first < endpoint) {
      removals_.emplace_back(RemoveDestination{key, old->first});
      ++old;
    }
    const bool known = old != have.end() && old->first == endpoint;
    destination(key, endpoint, known ? &old->second : nullptr, desired);
    if (known) ++old;
  }
  for (; old != have.end(); ++old) removals_.emplace_back(RemoveDestination{key, old->first});
}

void Reconciler::destination(const ServiceKey& key, const Endpoint& endpoint,
                             const DestinationOptions* actual, const DestinationOptions& desired) {
  if (actual == nullptr) {
    additions_.emplace_back(AddDestination{key, endpoint, desired});
  } else if (*actual != desired) {
    edits_.emplace_back(EditDestination{key, endpoint, desired});
  }
}

void Reconciler::marks(const Marks& actual, const Marks& desired) {
  const auto service = [](const auto& one) {
    return ServiceKey{one.first.family, one.second, {}, {}};
  };
  for (const auto& one : desired) {
    const auto have = actual.find(one.first);
    if (have != actual.end() && have->second == one.second) continue;
    marks_.emplace_back(AddMark{service(one), one.first});
  }
  for (const auto& one : actual) {
    if (!desired.contains(one.first)) unmarks_.emplace_back(RemoveMark{service(one), one.first});
  }
}

void Reconciler::sync(const SyncDaemons& actual, const SyncDaemons& desired,
                      const std::set<SyncRole>& ours) {
  for (const auto& [role, daemon] : actual) {
    const auto wanted = desired.find(role);
    const bool same = wanted != desired.end() && wanted->second == daemon;
    if (same || (wanted == desired.end() && !ours.contains(role))) continue;
    first_.emplace_back(StopSync{role});
  }
  for (const auto& [role, daemon] : desired) {
    const auto have = actual.find(role);
    if (have != actual.end() && have->second == daemon) continue;
    first_.emplace_back(StartSync{role, daemon});
  }
}

void Reconciler::timeouts(const Timeouts& actual, const Timeouts& desired) {
  const auto differs = [](std::uint32_t have, std::uint32_t want) {
    return want != 0 && have != want;
  };
  if (differs(actual.tcp, desired.tcp) || differs(actual.tcp_fin, desired.tcp_fin) ||
      differs(actual.udp, desired.udp)) {
    first_.emplace_back(SetTimeouts{desired});
  }
}

IpvsCommands Reconciler::take() {
  IpvsCommands all = std::exchange(first_, {});
  for (IpvsCommands* part : {&additions_, &marks_, &edits_, &unmarks_, &removals_}) {
    if (all.empty()) {  // ten thousand, at the beginning: they need not be moved
      std::swap(all, *part);
      continue;
    }
    all.insert(all.end(), std::make_move_iterator(part->begin()),
               std::make_move_iterator(part->end()));
    part->clear();
  }
  if (std::exchange(sweeps_, false)) all.emplace_back(Sweep{});
  return all;
}

IpvsCommands commands_to(const IpvsTable& actual, const IpvsTable& desired,
                         const std::set<ServiceKey>& owned, const std::set<SyncRole>& owned_sync) {
  Reconciler reconciler;
  reconciler.timeouts(actual.timeouts, desired.timeouts);
  reconciler.sync(actual.sync, desired.sync, owned_sync);
  if (actual.damaged) reconciler.sweep();
  reconciler.marks(actual.marks, desired.marks);
  for (const auto& [key, service] : desired.services) {
    const auto have = actual.services.find(key);
    reconciler.service(key, have == actual.services.end() ? nullptr : &have->second,
                       service.options, service.destinations);
  }
  for (const auto& [key, service] : actual.services) {
    if (owned.contains(key) && !desired.services.contains(key)) reconciler.unwanted(key);
  }
  return reconciler.take();
}

std::optional<ServiceKey> service_of(const IpvsCommand& command) {
  return std::visit(
      [](const auto& one) -> std::optional<ServiceKey> {
        if constexpr (requires { one.key; }) return one.key;
        if constexpr (requires { one.service; }) return one.service;
        return std::nullopt;
      },
      command);
}

void apply(const IpvsCommand& command, IpvsTable& table) {
  std::visit(Overloaded{
                 [&](const AddService& one) { table.services[one.key].options = one.options; },
                 [&](const EditService& one) { table.services[one.key].options = one.options; },
                 [&](const RemoveService& one) { table.services.erase(one.key); },
                 [&](const AddDestination& one) {
                   table.services[one.service].destinations[one.destination] = one.options;
                 },
                 [&](const EditDestination& one) {
                   table.services[one.service].destinations[one.destination] = one.options;
                 },
                 [&](const RemoveDestination& one) {
                   table.services[one.service].destinations.erase(one.destination);
                 },
                 [&](const AddMark& one) { table.marks[one.address] = one.service.mark; },
                 [&](const RemoveMark& one) { table.marks.erase(one.address); },
                 [&](const Sweep&) { table.damaged = false; },
                 [&](const StartSync& one) { table.sync[one.role] = one.daemon; },
                 [&](const StopSync& one) { table.sync.erase(one.role); },
                 [&](const SetTimeouts& one) {
                   if (one.timeouts.tcp != 0) table.timeouts.tcp = one.timeouts.tcp;
                   if (one.timeouts.tcp_fin != 0) table.timeouts.tcp_fin = one.timeouts.tcp_fin;
                   if (one.timeouts.udp != 0) table.timeouts.udp = one.timeouts.udp;
                 },
             },
             command);
}

}  // namespace holdfast::balance
