// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "check-worker/core/check_core.h"
#include "common/core/words.h"

// What follows from a change between up and down: a weight that comes back step by step, and a
// hold.
namespace holdfast::check {

void CheckCore::change(Checks::value_type& entry, const std::string& reason,
                       const std::string& note) {
  auto& [name, check] = entry;
  const bool up = *check.target.up();
  const bool first = !check.said;
  std::string why = reason;
  check.slow.reset();
  check.weighs_more.reset();
  if (!first) hold_if_it_flaps(entry, why);
  if (up && !first && check.config->slow_start > Duration{0}) {
    check.slow = SlowStart(now_, check.config->slow_start);
    check.weighs_more = check.slow->next(now_);
    why += "; " + slow_words(check);
  }
  plan(entry);
  CheckState state{name, up, weight_of(check), now_, bounded(why)};
  if (check.held_until) {
    state.held_until = check.held_until;
    state.holds = check.flaps.holds();
  }
  say(entry, state);
  log(up ? LogLevel::kInfo : LogLevel::kWarning,
      "check " + name + (up ? " is up: " : " is down: ") + why + " (" + note + ")");
}

void CheckCore::hold_if_it_flaps(Checks::value_type& entry, std::string& reason) {
  Check& check = entry.second;
  const std::optional<HoldDownConfig>& config = check.config->hold_down;
  if (!config) return;
  check.held_until = check.flaps.changed(*config, *check.target.up(), now_);
  if (!check.held_until) return;
  check.target.hold();
  reason += "; held down for " + in_words(*check.held_until - now_) + " after " +
            std::to_string(check.flaps.changes()) + " changes within " + in_words(config->within);
}

void CheckCore::release(Checks::value_type& entry) {
  auto& [name, check] = entry;
  check.held_until.reset();
  plan(entry);
  if (check.target.release(now_) == Outcome::kChanged) {
    const auto& last = check.history.last_good();
    change(entry, last ? last->reason : "", "no longer held down");
    return;
  }
  CheckState state = *check.said;
  state.held_until.reset();
  state.holds = 0;
  const auto& last = check.history.last_bad();
  if (last) state.reason = last->reason;
  say(entry, state);
  log(LogLevel::kInfo,
      "check " + name + " is no longer held down, and still down: " + state.reason);
}

// Tells a weight that has changed, of what is up and stays so.
void CheckCore::weigh(Checks::value_type& entry, const std::string& reason, LogLevel level) {
  auto& [name, check] = entry;
  if (check.slow) {
    check.weighs_more = check.slow->next(now_);
    plan(entry);
  }
  const std::uint8_t weight = weight_of(check);
  if (check.slow && !check.weighs_more) check.slow.reset();
  if (check.target.up() != true || !check.said || check.said->weight == weight) return;
  CheckState state = *check.said;
  state.weight = weight;
  state.reason = bounded(reason);
  say(entry, state);
  log(level, "check " + name + " has the weight " + std::to_string(state.weight) + "%: " + reason);
}

std::string CheckCore::slow_words(const Check& check) const {
  const Time whole = check.slow->whole();
  if (whole <= now_) return "slow start is over";
  return "slow start, its whole weight in " + in_words(whole - now_);
}

std::uint8_t CheckCore::weight_of(const Check& check) const {
  if (check.target.up() != true) return 0;
  return check.slow ? check.slow->weight(check.weight, now_) : check.weight;
}

}  // namespace holdfast::check
