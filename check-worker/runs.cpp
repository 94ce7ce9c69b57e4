// SPDX-License-Identifier: Apache-2.0
#include "check-worker/runs.h"

#include <algorithm>
#include <utility>

#include "check-worker/core/inquiry.h"
#include "check-worker/http2.h"
#include "common/clock.h"
#include "common/core/words.h"
#include "common/hmac_sha256.h"
#include "common/pattern.h"

namespace holdfast::check {
namespace {

// An operator waits, and the supervisor keeps his place only so long.
constexpr Duration kTimeoutMax = std::chrono::seconds{30};

ScriptVerdict verdict_of(Verdict verdict) {
  switch (verdict) {
    case Verdict::kGood:
      return ScriptVerdict::kGood;
    case Verdict::kBad:
      return ScriptVerdict::kBad;
    case Verdict::kNotMade:
      return ScriptVerdict::kNotMade;
  }
  return ScriptVerdict::kNotMade;
}

}  // namespace

void Runs::start(const RunCheck& wanted, const CheckConfig* config,
                 const Result<SharedTarget>& target, std::uint64_t random) {
  const std::uint64_t ticket = wanted.ticket;
  if (config == nullptr || !endpoint_of(config->target)) {
    tell_({ticket, "the check-worker has no such check to ask", ScriptVerdict::kNotMade});
    return;
  }
  if (!target) {
    tell_({ticket, bounded(target.error().message), ScriptVerdict::kNotMade});
    return;
  }
  const Time now = monotonic_now();
  Run& run = runs_.try_emplace(ticket, *target, now).first->second;
  const Duration timeout = std::min(config->timeout, kTimeoutMax);
  run.deadline =
      std::make_unique<Timer>(loop_, [this, ticket, timeout] { time_up(ticket, timeout); });
  run.deadline->set(now + timeout);
  ProbeSupplies supplies = supplies_;
  supplies.check = wanted.check;
  supplies.transcript = &run.transcript;
  run.probe.emplace(
      loop_, tls_, inquiry_of(*run.target, {matches, sha256, http2_exchange, random}),
      config->connect, [this, ticket] { look_at(ticket); }, std::move(supplies));
  look_at(ticket);
}

void Runs::look_at(std::uint64_t ticket) {
  const auto found = runs_.find(ticket);
  if (found == runs_.end()) return;
  const std::optional<ProbeResult> result = found->second.probe->result();
  if (result) end(ticket, verdict_of(result->verdict), result->reason);
}

void Runs::time_up(std::uint64_t ticket, Duration timeout) {
  look_at(ticket);
  const auto found = runs_.find(ticket);
  if (found == runs_.end()) return;
  const ProbeResult silence = found->second.probe->silence();
  const bool made = silence.verdict != Verdict::kNotMade;
  end(ticket, verdict_of(silence.verdict),
      silence.reason + (made ? " within " + in_words(timeout) : ""));
}

void Runs::end(std::uint64_t ticket, ScriptVerdict verdict, const std::string& reason) {
  const auto run = runs_.extract(ticket);
  for (const std::string& line : run.mapped().transcript.lines()) tell_({ticket, line, {}});
  tell_({ticket, bounded(reason), verdict});
}

}  // namespace holdfast::check
