// SPDX-License-Identifier: Apache-2.0
#include "check-worker/core/check_core.h"

// Checks that are watched: what the supervisor sees is their state, once it has stood long enough.
namespace holdfast::check {
namespace {

Duration delay_of(const CheckTarget& target, bool up) {
  const auto* const process = std::get_if<ProcessCheck>(&target);
  if (process == nullptr) return Duration{0};
  return up ? process->fork_delay : process->terminate_delay;
}

}  // namespace

void CheckCore::observe(const Observation& seen) {
  const auto found = checks_.find(seen.check);
  if (found == checks_.end() || !is_watched(found->second.config->target)) return;
  found->second.seen = seen;
  if (begun_) consider(*found);
}

// The first sight counts at once, as the first result of a probe does.
void CheckCore::consider(Checks::value_type& entry) {
  Check& check = entry.second;
  const bool change = check.target.up() && *check.target.up() != check.seen->up;
  const Duration delay = change ? delay_of(check.config->target, check.seen->up) : Duration{0};
  if (delay > Duration{0}) {
    if (!check.settles) check.settles = now_ + delay;
    plan(entry);
  } else {
    settle(entry);
  }
}

void CheckCore::settle(Checks::value_type& entry) {
  auto& [name, check] = entry;
  check.settles.reset();
  plan(entry);
  const Observation& seen = *check.seen;
  const bool changed = check.target.result(seen.up, now_) == Outcome::kChanged;
  const bool news = changed || !check.said || check.said->value != seen.value;
  const Time since = news ? now_ : check.said->since;
  const CheckState state{
      name,      seen.up, static_cast<std::uint8_t>(seen.up ? 100 : 0), since, bounded(seen.reason),
      seen.value};
  if (check.said == state) return;
  say(entry, state);
  log(seen.up ? LogLevel::kInfo : LogLevel::kWarning,
      "check " + name + (seen.up ? " is up: " : " is down: ") + seen.reason);
}

}  // namespace holdfast::check
