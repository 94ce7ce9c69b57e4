// SPDX-License-Identifier: Apache-2.0
#include "vrrp-worker/phases.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <variant>

#include "common/core/overloaded.h"

namespace holdfast::vrrp {

namespace {

constexpr std::size_t kPhases = static_cast<std::size_t>(Phase::kWords) + 1;

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

Share shared(const VrrpActions& actions) {
  const bool any_device = std::any_of(actions.begin(), actions.end(), [](const VrrpAction& action) {
    return std::holds_alternative<ChangeDevice>(action);
  });
  Share share;
  for (const VrrpAction& action : actions) {
    const auto* const advert = any_device ? nullptr : std::get_if<SendPacket>(&action);
    if (advert != nullptr) {
      share.at_once.push_back(advert);
    } else {
      share.then.push_back(&action);
    }
  }
  return share;
}

std::vector<const VrrpAction*> in_phases(std::span<const VrrpAction* const> actions) {
  std::array<std::vector<const VrrpAction*>, kPhases> phases;  // of a run that undoes nothing
  std::vector<const VrrpAction*> ordered;
  ordered.reserve(actions.size());
  const auto end_run = [&] {
    for (auto& phase : phases) {
      ordered.insert(ordered.end(), phase.begin(), phase.end());
      phase.clear();
    }
  };
  bool removed = false;
  for (const VrrpAction* const action : actions) {
    const Phase phase = phase_of(*action);
    if (removed && phase < Phase::kRuleRemovals) {
      end_run();
      removed = false;
    }
    removed |= phase >= Phase::kRuleRemovals && phase <= Phase::kFilterRemovals;
    phases.at(static_cast<std::size_t>(phase)).push_back(action);
  }
  end_run();
  return ordered;
}

}  // namespace holdfast::vrrp
