// SPDX-License-Identifier: Apache-2.0
#include "vrrp-worker/core/transition_line.h"

#include <chrono>
#include <string>

namespace holdfast::vrrp {
namespace {

// The causes in which another router has a part.
bool is_by_a_peer(Cause cause) {
  switch (cause) {
    case Cause::kNoAdvert:
    case Cause::kReleased:
    case Cause::kPreempt:
    case Cause::kOutranked:
    case Cause::kAway:
      return true;
    case Cause::kStart:
    case Cause::kHandOver:
    case Cause::kFault:
    case Cause::kGroup:
      break;
  }
  return false;
}

}  // namespace

LogLine transition_line(const Instance& instance, const StateChanged& change) {
  const std::string& name = instance.config.name;
  const std::string from{to_string(change.from)};
  const std::string to{to_string(change.to)};
  const std::string priority = std::to_string(instance.standing.priority.value);
  const Router& router = instance.router;
  LogLine line{LogLevel::kInfo,
               name + ": " + from + " -> " + to + ", priority " + priority + ": " + change.reason,
               {{"instance", name},
                {"from", from},
                {"to", to},
                {"priority", priority},
                {"reason", change.reason},
                {"cause", std::string{to_string(router.cause())}}}};
  const auto peer = is_by_a_peer(router.cause()) ? router.last_heard() : std::nullopt;
  if (peer) line.fields.push_back({"peer", peer->to_string()});
  if (const auto unheld = router.unheld()) {
    const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(*unheld);
    line.fields.push_back({"unheld_ms", std::to_string(ms.count())});
  }
  return line;
}

}  // namespace holdfast::vrrp
