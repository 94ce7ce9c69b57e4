// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <queue>
#include <set>
#include <string>

#include "balance-worker/backend.h"
#include "balance-worker/core/balance_core.h"
#include "balance-worker/core/suspicion.h"
#include "common/event_loop.h"
#include "common/worker.h"

namespace holdfast::balance {

// The shell around the core: it turns what the supervisor says and what the kernel answers into
// events, and the core's actions into system calls. It decides nothing.
class BalanceWorker {
 public:
  explicit BalanceWorker(EventLoop& loop);

 private:
  struct OfServer {
    bool operator()(const ServerCounters& a, const ServerCounters& b) const {
      return a.server < b.server;
    }
  };

  Result<void> configure(OwnedFd document);
  void stop();

  // Tells the core one event, and then what follows from its actions.
  void happen(const BalanceEvent& event);
  void follow(BalanceActions actions);
  void perform(BalanceActions actions);  // of which nothing is left when the next are there
  void read_table(BalanceBackend which);
  void execute(const Execute& action);
  void count();

  EventLoop& loop_;
  BalanceCore core_;
  std::unique_ptr<Backend> backend_;  // null until the kernel has it
  BalanceBackend which_{};            // that was asked for
  std::queue<BalanceEvent> answers_;  // of the kernel, that the core has not heard of
  Suspicions suspicions_;
  std::set<ServerCounters, OfServer> counted_;  // what was said last
  Timer timer_;
  Timer counting_;
  Worker supervisor_;
};

}  // namespace holdfast::balance
