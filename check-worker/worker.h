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
#include <vector>

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
    std::uint64_t attempt = 0;
    SharedTarget target;  // that the inquiry points into
    std::optional<Probe> probe;
  };

  using Probes = std::map<std::string, Running>;  // by check

  // What a probe comes to. A CheckEvent takes the room of a whole configuration.
  using Ended = std::variant<ProbeFinished, ProbeSilent, ProbeNotMade>;

  static Ended ended(const std::string& check, std::uint64_t attempt, ProbeResult result);

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
  Probes::iterator place_for(const std::string& check);
  void clear(Probes::iterator running);
  bool look_at(Probes::iterator running);
  void time_up(const std::string& check);

  EventLoop& loop_;
  Pings pings_;           // outlives the probes,
  MarkedSockets marked_;  // and so does this,
  IdleSockets idle_;      // and this
  CheckCore core_;
  Probes probes_;
  std::vector<Probes::node_type> spare_;  // places of probes that have ended, for those to come
  std::queue<Ended> ended_;               // probes whose end the core has not heard of
  std::mt19937_64 random_;
  TlsClient tls_;
  Lookups lookups_;
  Runs runs_;
  std::map<std::string, std::string> files_;  // told for the configuration to come
  Timer timer_;
  Worker supervisor_;
};

}  // namespace holdfast::check
