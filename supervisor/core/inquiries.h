// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "common/core/messages.h"
#include "common/core/result.h"

namespace holdfast::supervisor {

using Ticket = std::uint64_t;  // of a client of the control socket who awaits an answer

// ---- Answers.

// What the check-worker has seen, by the checks' names: of all, or of none if it is not there.
struct ChecksGathered {
  std::vector<Ticket> tickets;
  std::map<std::string, CheckDetail> details;
  bool operator==(const ChecksGathered&) const = default;
};
struct CheckWasRun {
  Ticket ticket = 0;
  std::string check;
  std::vector<std::string> lines;
  ScriptVerdict verdict{};
  std::string reason;
  bool operator==(const CheckWasRun&) const = default;
};
struct Refused {
  Ticket ticket = 0;
  std::string why;
  bool operator==(const Refused&) const = default;
};

using InquiryAnswer = std::variant<ChecksGathered, CheckWasRun, Refused>;

// What root has asked of the check-worker, and what has come of that so far. The worker is asked
// page by page, each after the one before has come, so that it never answers more than its queue
// holds; who asks while a gathering is under way shares it. Bounded, whatever the worker answers:
// what nobody asked for, or more than a check-worker can have, is an error, its fault.
class Inquiries {
 public:
  static constexpr std::size_t kRunsMax = 8;             // under way
  static constexpr std::size_t kDetailsMax = 1'000'000;  // of a gathering

  // The question to send, if none is under way.
  std::optional<AskChecks> ask_checks(Ticket ticket);
  // The next question, or all.
  Result<std::variant<AskChecks, ChecksGathered>> told(CheckDetails page);

  bool can_run() const { return runs_.size() < kRunsMax; }
  RunCheck run(Ticket ticket, const std::string& check);  // if it can
  Result<std::optional<CheckWasRun>> told(const CheckRun& step);

  // The worker is gone: so everybody is answered.
  std::vector<InquiryAnswer> give_up();

 private:
  std::vector<Ticket> waiting_;  // for the details
  std::map<std::string, CheckDetail> details_;
  std::map<Ticket, CheckWasRun> runs_;
};

}  // namespace holdfast::supervisor
