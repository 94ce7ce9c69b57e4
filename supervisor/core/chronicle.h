// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "common/core/history_event.h"
#include "common/core/messages.h"
#include "supervisor/core/supervisor_core.h"

namespace holdfast::supervisor {

// Tells what is worth the history of all that workers say: a change, over all lives of a worker.
// The first word on a check or virtual server is one only if it is bad, for there may be very many,
// and the start of the daemon is told anyway. The shell adds the time.
class Chronicle {
 public:
  // What is not configured is forgotten, and not heard of.
  void configure(const Config& config);

  std::optional<HistoryEvent> heard(const Message& message);
  // After each event: lives that have ended, and those that run after one has.
  std::vector<HistoryEvent> saw(const std::vector<WorkerInfo>& workers);

  // It was told by the supervisor before this one.
  void take_over(const std::vector<Message>& retained, const std::vector<WorkerInfo>& workers);

 private:
  struct Worker {
    std::uint32_t restarts = 0;
    bool runs = false;
    bool ended = false;  // since it ran last
  };

  std::optional<HistoryEvent> changed(const RouterState& router);

  using Subject = std::pair<EventOf, std::string>;

  std::set<Subject> configured_;  // of those that are heard of
  std::map<std::string, RouterState, std::less<>> routers_;
  std::map<Subject, bool> up_;  // checks and virtual servers
  std::array<Worker, kRoles.size()> workers_{};
};

}  // namespace holdfast::supervisor
