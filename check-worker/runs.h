// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>

#include "check-worker/core/shared_target.h"
#include "check-worker/core/transcript.h"
#include "check-worker/probe.h"
#include "common/core/messages.h"
#include "common/event_loop.h"

namespace holdfast::check {

// Attempts that an operator asks for: beside the check's own, which they do not disturb, and
// without any weight. Each is told, line by line, when it has ended.
class Runs {
 public:
  using Tell = std::function<void(const CheckRun&)>;

  Runs(EventLoop& loop, TlsClient& tls, ProbeSupplies supplies, Tell tell)
      : loop_(loop), tls_(tls), supplies_(std::move(supplies)), tell_(std::move(tell)) {}

  // `config` is null if there is no such check here. `target` has an address. `random`: as Tools
  // have it.
  void start(const RunCheck& wanted, const CheckConfig* config, const Result<SharedTarget>& target,
             std::uint64_t random);

 private:
  struct Run {
    Run(SharedTarget what, Time now) : target(std::move(what)), transcript(now) {}

    SharedTarget target;  // that the inquiry points into
    Transcript transcript;
    std::optional<Probe> probe;
    std::unique_ptr<Timer> deadline;
  };

  void look_at(std::uint64_t ticket);
  void time_up(std::uint64_t ticket, Duration timeout);
  void end(std::uint64_t ticket, ScriptVerdict verdict, const std::string& reason);

  EventLoop& loop_;
  TlsClient& tls_;
  ProbeSupplies supplies_;  // of a probe, but for its check and transcript
  Tell tell_;
  std::map<std::uint64_t, Run> runs_;  // by ticket
};

}  // namespace holdfast::check
