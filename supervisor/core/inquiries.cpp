// SPDX-License-Identifier: Apache-2.0
#include "supervisor/core/inquiries.h"

#include <utility>

namespace holdfast::supervisor {

std::optional<AskChecks> Inquiries::ask_checks(Ticket ticket) {
  waiting_.push_back(ticket);
  if (waiting_.size() > 1) return std::nullopt;
  return AskChecks{};
}

Result<std::variant<AskChecks, ChecksGathered>> Inquiries::told(CheckDetails page) {
  if (waiting_.empty()) return fail("CheckDetails that nobody has asked for");
  if (page.more && page.checks.empty()) return fail("CheckDetails of nothing, and more");
  for (CheckDetail& detail : page.checks) {
    if (detail.check.empty() || (!details_.empty() && detail.check <= details_.rbegin()->first)) {
      return fail("CheckDetails out of order");
    }
    std::string name = detail.check;
    details_.emplace_hint(details_.end(), std::move(name), std::move(detail));
  }
  if (details_.size() > kDetailsMax) return fail("CheckDetails without an end");
  if (page.more) return AskChecks{details_.rbegin()->first};
  return ChecksGathered{std::exchange(waiting_, {}), std::exchange(details_, {})};
}

RunCheck Inquiries::run(Ticket ticket, const std::string& check) {
  HF_CHECK(can_run());
  runs_.emplace(ticket, CheckWasRun{ticket, check, {}, {}, {}});
  return {check, ticket};
}

Result<std::optional<CheckWasRun>> Inquiries::told(const CheckRun& step) {
  const auto found = runs_.find(step.ticket);
  if (found == runs_.end()) return fail("CheckRun that nobody has asked for");
  CheckWasRun& run = found->second;
  if (step.verdict) {
    run.verdict = *step.verdict;
    run.reason = step.line;
    return std::optional(std::move(runs_.extract(found).mapped()));
  }
  if (run.lines.size() >= CheckRun::kLinesMax) return fail("CheckRun without an end");
  run.lines.push_back(step.line);
  return std::nullopt;
}

std::vector<InquiryAnswer> Inquiries::give_up() {
  std::vector<InquiryAnswer> answers;
  details_.clear();
  if (!waiting_.empty()) answers.emplace_back(ChecksGathered{std::exchange(waiting_, {}), {}});
  for (const auto& [ticket, run] : std::exchange(runs_, {})) {
    answers.emplace_back(Refused{ticket, "the worker has ended meanwhile"});
  }
  return answers;
}

}  // namespace holdfast::supervisor
