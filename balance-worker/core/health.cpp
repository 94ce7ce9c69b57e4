// SPDX-License-Identifier: Apache-2.0
#include "balance-worker/core/health.h"

#include <algorithm>
#include <optional>

namespace holdfast::balance {
namespace {

struct Result {
  const std::string* check = nullptr;
  const CheckState* state = nullptr;  // null: none yet
  bool up = false;
  std::uint8_t percent = 0;
};

Result result_of(const std::string& name, bool initially_up, const CheckLookup& check) {
  const CheckState* state = check(name);
  if (state == nullptr) return {&name, nullptr, initially_up, std::uint8_t(initially_up ? 100 : 0)};
  return {&name, state, state->up, state->up ? state->weight : std::uint8_t{0}};
}

std::string in_words(const Result& result) {
  const std::string what = "check " + *result.check;
  if (result.state == nullptr) {
    return what + (result.up ? " has no result yet: taken to be up" : " has no result yet");
  }
  if (!result.up) return what + " is down: " + result.state->reason;
  if (result.percent < 100) {
    return what + " says " + std::to_string(result.percent) + "%: " + result.state->reason;
  }
  return what + " is up";
}

// The one that decides: the first of those that say the least, or of any the most.
bool decides(const Result& one, const Result& best, bool least) {
  if (one.up != best.up) return one.up != least;
  return least ? one.percent < best.percent : one.percent > best.percent;
}

}  // namespace

Health health_of(const RealServerConfig& server, bool initially_up, const CheckLookup& check) {
  if (server.checks.empty()) return {true, true, 100, {}, "has no check"};
  const bool least = server.combine == CombineChecks::kAll;
  std::optional<Result> decisive;
  std::optional<Result> worst;
  Health health;
  health.known = true;
  unsigned sum = 0;
  for (const std::string& name : server.checks) {
    const Result one = result_of(name, initially_up, check);
    if (one.state == nullptr) health.known = false;
    if (one.state != nullptr) health.since = std::max(health.since, one.state->since);
    sum += one.percent;
    if (!decisive || decides(one, *decisive, least)) decisive = one;
    if (!worst || decides(one, *worst, true)) worst = one;
  }
  health.up = decisive->up;
  health.percent = decisive->percent;
  health.reason = in_words(*decisive);
  if (server.combine == CombineChecks::kSum && server.checks.size() > 1) {
    health.percent = static_cast<std::uint8_t>(sum / server.checks.size());
    if (health.up) {
      health.reason = "its " + std::to_string(server.checks.size()) + " checks say " +
                      std::to_string(health.percent) + "% together";
      if (worst->percent < 100) health.reason += "; " + in_words(*worst);
    }
  }
  return health;
}

}  // namespace holdfast::balance
