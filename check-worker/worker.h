// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <queue>
#include <random>
#include <string>
#include <utility>
#include <variant>

#include "check-worker/core/check_core.h"
#include "check-worker/idle_sockets.h"
#include "check-worker/lookups.h"
#include "check-worker/probe.h"
#include "check-worker/runs.h"
#include "common/event_loop.h"
#include "common/worker.h"

namespace holdfast::check {

// The shell around the core: it turns what the supervisor says and what connections come to into
// events, and the core's actions into system calls. It decides nothing.
class CheckWorker {
 public:
  // Of its own probes at most so many have a socket at once.
  CheckWorker(EventLoop& loop, std::size_t sockets_max);

 private:
  struct Running {
    Running(std::uint64_t number, SharedTarget what) : attempt(number), target(std::move(what)) {}

    std::uint64_t attempt;
    SharedTarget target;  // that the inquiry points into
    std::optional<Probe> probe;
  };

  // What a probe comes to. A CheckEvent takes the room of a whole configuration.
  using Ended = std::variant<ProbeFinished, ProbeSilent, ProbeNotMade>;

  static Ended ended(const std::string& check, std::uint64_t attempt, const ProbeResult& result);

  Result<void> configure(OwnedFd document);
  Result<void> take_file(const OwnedFd& memfd);
  Result<void> take_system_file(const OwnedFd& memfd);
  void wake();
  void told(const Message& message);

  // Tells the core one event, and then what follows from its actions.
  void happen(const CheckEvent& event);
  void follow_up(Time now);
  void perform(CheckActions actions);
  void start(StartProbe action);
  void look_at(const std::string& check);
  void time_up(const std::string& check);

  EventLoop& loop_;
  Pings pings_;           // outlives the probes,
  MarkedSockets marked_;  // and so does this,
  IdleSockets idle_;      // and this
  CheckCore core_;
  std::map<std::string, Running> probes_;  // by check
  std::queue<Ended> ended_;                // probes whose end the core has not heard of
  std::mt19937_64 random_;
  TlsClient tls_;
  Lookups lookups_;
  Runs runs_;
  std::map<std::string, std::string> files_;  // told for the configuration to come
  Timer timer_;
  Worker supervisor_;
};

}  // namespace holdfast::check
