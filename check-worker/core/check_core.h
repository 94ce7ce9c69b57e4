// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "check-worker/core/target.h"
#include "common/core/ip.h"
#include "common/core/log_line.h"
#include "common/core/messages.h"
#include "common/core/time.h"
#include "config/config.h"

namespace holdfast::check {

// ---- What happens to a check-worker.

struct ProbeFinished {
  std::string check;
  std::uint64_t attempt = 0;  // of the StartProbe; an older one is ignored
  bool good = false;
  std::string reason;  // "connected in 0.4 ms", "connection refused"
};
struct Begin {  // everything retained was told
};
struct Wake {};  // deadline() has come

using CheckEvent = std::variant<Config, CheckState, Begin, ProbeFinished, Wake>;

// ---- What it does, in order.

struct StartProbe {
  std::string check;
  std::uint64_t attempt = 0;
  Endpoint tcp;
  bool operator==(const StartProbe&) const = default;
};
struct CancelProbe {  // timed out, or no longer wanted: no ProbeFinished follows
  std::string check;
  bool operator==(const CancelProbe&) const = default;
};
struct Report {  // to the supervisor: CheckState
  Message message;
  bool operator==(const Report&) const = default;
};

using CheckAction = std::variant<StartProbe, CancelProbe, Report, LogLine>;
using CheckActions = std::vector<CheckAction>;

// All checks of a node: configuration and results in; probes and reports out. Retained states are
// told before Begin; they stand until there is new evidence. Before Begin nothing is done.
class CheckCore {
 public:
  CheckActions handle(const CheckEvent& event, Time now);
  std::optional<Time> deadline() const;  // when handle(Wake{}, now) must be called next
};

}  // namespace holdfast::check
