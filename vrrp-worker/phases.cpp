// SPDX-License-Identifier: Apache-2.0
#include "vrrp-worker/phases.h"

#include <algorithm>

#include "common/core/overloaded.h"

namespace holdfast::vrrp {

namespace {

// A device goes, or goes down, after its addresses.
Phase phase_of(const DeviceChange& change) {
  const auto* const enable = std::get_if<EnableDevice>(&change);
  const bool down = enable != nullptr && !enable->up;
  return down || std::holds_alternative<RemoveDevice>(change) ? Phase::kRemovals : Phase::kDevices;
}

}  // namespace

Phase phase_of(const VrrpAction& action) {
  return std::visit(
      Overloaded{
          [](const SendPacket&) { return Phase::kAdverts; },
          [](const AddAddress&) { return Phase::kAdditions; },
          [](const ChangeRoute& route) {
            return route.change == Change::kAdd ? Phase::kRouteAdditions : Phase::kRouteRemovals;
          },
          [](const ChangeRule& rule) {
            return rule.change == Change::kAdd ? Phase::kRuleAdditions : Phase::kRuleRemovals;
          },
          [](const ChangeDevice& device) { return phase_of(device.change); },
          [](const MakeFilter&) { return Phase::kFilterAdditions; },
          [](const ChangeFilter& filter) {
            // Only what was shut is opened late. Who may send adverts changes in one transaction.
            const bool opens =
                filter.change == Change::kRemove && std::holds_alternative<Drop>(filter.entry);
            return opens ? Phase::kFilterRemovals : Phase::kFilterAdditions;
          },
          [](const RemoveFilter&) { return Phase::kFilterRemovals; },
          [](const SendFrame&) { return Phase::kAnnouncements; },
          [](const RemoveAddress&) { return Phase::kRemovals; },
          [](const Report&) { return Phase::kWords; },
          [](const LogLine&) { return Phase::kWords; },
      },
      action);
}

std::vector<const VrrpAction*> in_phases(const VrrpActions& actions) {
  std::vector<const VrrpAction*> ordered;
  ordered.reserve(actions.size());
  for (const VrrpAction& action : actions) ordered.push_back(&action);
  const auto earlier = [](const VrrpAction* a, const VrrpAction* b) {
    return phase_of(*a) < phase_of(*b);
  };
  auto run = ordered.begin();
  bool removed = false;
  for (auto it = ordered.begin(); it != ordered.end(); ++it) {
    const Phase phase = phase_of(**it);
    const bool removes = phase >= Phase::kRuleRemovals && phase <= Phase::kFilterRemovals;
    if (removed && phase < Phase::kRuleRemovals) {
      std::stable_sort(run, it, earlier);
      run = it;
      removed = false;
    }
    removed |= removes;
  }
  std::stable_sort(run, ordered.end(), earlier);
  return ordered;
}

}  // namespace holdfast::vrrp
