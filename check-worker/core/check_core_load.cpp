// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <limits>

#include "check-worker/core/check_core.h"

// Whether checks begin when they are due.
namespace holdfast::check {
namespace {

constexpr Duration kPace = std::chrono::seconds{5};

std::uint32_t cut(std::uint64_t number) {
  return static_cast<std::uint32_t>(
      std::min<std::uint64_t>(number, std::numeric_limits<std::uint32_t>::max()));
}

}  // namespace

// As it begins, by the agenda: what waits for a descriptor says so itself. Its probe before may
// have taken until after the slot, and what cannot begin is not late.
void CheckCore::measure(const Check& check, Time due) {
  const LoadWatch::Outcome outcome = load_.begun(now_ - due, check.terms.interval, now_);
  if (outcome == LoadWatch::Outcome::kNothing) return;
  tell_load(outcome == LoadWatch::Outcome::kTurned);
}

void CheckCore::tell_load(bool turned) {
  const bool asked_for = load_.late() || counts_;
  const bool again = !load_told_ || now_ - *load_told_ >= kPace;
  if (!turned && !(asked_for && again)) return;
  load_told_ = now_;
  const CheckLoad load = this->load();
  actions_.emplace_back(Report{load});
  if (!turned) return;
  if (load.late) {
    log(LogLevel::kWarning, in_words(load));
  } else {
    log(LogLevel::kInfo, in_words(load) + " again");
  }
}

CheckLoad CheckCore::load() const {
  constexpr std::uint64_t kMinute = Duration{std::chrono::minutes{1}}.count();
  constexpr std::uint64_t kParts = 1000;
  CheckLoad load;
  load.late = load_.late();
  load.since = load_.since();
  load.by = cut(static_cast<std::uint64_t>(load_.late_by().count()));
  load.begun = cut(load_.per_minute());
  load.lateness = load_.lateness();
  std::uint64_t due = 0;
  for (const auto& [name, check] : checks_) {
    if (is_watched(check.config->target) || check.suspended) continue;
    ++load.checks;
    due += kMinute * kParts / static_cast<std::uint64_t>(check.config->interval.count());
  }
  load.due = cut(due / kParts);
  return load;
}

// With the last check that is asked, nobody would ever be in time again.
void CheckCore::see_if_idle() {
  if (!begun_ || !load_.late() || load().checks > 0) return;
  if (load_.idle(now_)) tell_load(true);
}

}  // namespace holdfast::check
