// SPDX-License-Identifier: Apache-2.0
#include "supervisor/core/chronicle.h"

#include <string_view>

#include "common/core/overloaded.h"

namespace holdfast::supervisor {
namespace {

constexpr std::string_view kStoppedCleanly = "stopped";

using UpOf = std::map<std::pair<EventOf, std::string>, bool>;

std::optional<HistoryEvent> turned(UpOf& known, EventOf of, const std::string& subject, bool up,
                                   const std::string& reason) {
  const auto [place, first] = known.emplace(std::pair(of, subject), up);
  if (first ? up : place->second == up) return std::nullopt;
  place->second = up;
  HistoryEvent event;
  event.of = of;
  event.subject = subject;
  event.from = first ? "" : up ? "down" : "up";
  event.to = up ? "up" : "down";
  event.reason = reason;
  return event;
}

}  // namespace

void Chronicle::configure(const Config& config) {
  configured_.clear();
  for (const auto& one : config.instances) configured_.emplace(EventOf::kRouter, one.name);
  for (const auto& one : config.checks) configured_.emplace(EventOf::kCheck, one.name);
  for (const auto& one : config.virtual_servers) configured_.emplace(EventOf::kService, one.name);
  std::erase_if(routers_, [this](const auto& one) {
    return !configured_.contains({EventOf::kRouter, one.first});
  });
  std::erase_if(up_, [this](const auto& one) { return !configured_.contains(one.first); });
}

std::optional<HistoryEvent> Chronicle::heard(const Message& message) {
  using Event = std::optional<HistoryEvent>;
  const auto told = [this](EventOf of, const std::string& subject, bool up,
                           const std::string& reason) {
    return configured_.contains({of, subject}) ? turned(up_, of, subject, up, reason) : Event();
  };
  return std::visit(
      Overloaded{
          [this](const RouterState& one) {
            return configured_.contains({EventOf::kRouter, one.router}) ? changed(one) : Event();
          },
          [&](const CheckState& one) {
            return told(EventOf::kCheck, one.check, one.up, one.reason);
          },
          [&](const ServiceState& one) {
            return told(EventOf::kService, one.service, one.quorum, one.reason);
          },
          [](const auto&) { return Event(); },
      },
      message);
}

std::optional<HistoryEvent> Chronicle::changed(const RouterState& router) {
  const auto [place, first] = routers_.emplace(router.router, router);
  const RouterState before = std::exchange(place->second, router);
  HistoryEvent event;
  event.of = EventOf::kRouter;
  event.subject = router.router;
  event.from = first ? "" : std::string(to_string(before.state));
  event.to = std::string(to_string(router.state));
  event.priority = router.priority;
  event.reason = router.reason;
  event.moved_by = router.moved_by;
  if (first) {
    return router.state == VrrpState::kInitialize ? std::nullopt : std::optional(event);
  }
  if (router.state != before.state) return event;
  if (router.state == VrrpState::kActive && router.conflicts > before.conflicts) {
    event.reason = "another that called itself master gave way";
    return event;
  }
  if (router.priority == before.priority) return std::nullopt;
  event.of = EventOf::kPriority;
  event.from = std::to_string(before.priority.value);
  event.to = std::to_string(router.priority.value);
  event.reason = router.moved_by;
  if (router.moved_by.empty()) {
    event.reason = before.moved_by.empty() ? "as configured"
                                           : "as configured again: nothing moves it any more";
  }
  return event;
}

std::vector<HistoryEvent> Chronicle::saw(const std::vector<WorkerInfo>& workers) {
  std::vector<HistoryEvent> events;
  for (const WorkerInfo& one : workers) {
    Worker& known = workers_[static_cast<std::size_t>(one.role)];
    const bool down = one.phase == WorkerPhase::kDown;
    const bool fresh_end = (known.runs && down) || one.restarts > known.restarts;
    // What was asked for is told by who asked.
    if (fresh_end && !known.ended && one.last_end != kStoppedCleanly) {
      HistoryEvent event;
      event.of = EventOf::kWorker;
      event.subject = std::string(to_string(one.role));
      event.from = known.runs ? "running" : "";
      event.to = "ended";
      event.reason = one.last_end;
      events.push_back(event);
      known.ended = true;
    }
    known.restarts = one.restarts;
    known.runs = one.phase == WorkerPhase::kRunning;
    if (!known.runs || !known.ended) continue;
    HistoryEvent event;
    event.of = EventOf::kWorker;
    event.subject = std::string(to_string(one.role));
    event.from = "ended";
    event.to = "running";
    events.push_back(event);
    known.ended = false;
  }
  return events;
}

void Chronicle::take_over(const std::vector<Message>& retained,
                          const std::vector<WorkerInfo>& workers) {
  for (const Message& message : retained) {
    if (const auto* router = std::get_if<RouterState>(&message)) {
      routers_.insert_or_assign(router->router, *router);
    } else if (const auto* check = std::get_if<CheckState>(&message)) {
      up_.insert_or_assign({EventOf::kCheck, check->check}, check->up);
    } else if (const auto* service = std::get_if<ServiceState>(&message)) {
      up_.insert_or_assign({EventOf::kService, service->service}, service->quorum);
    }
  }
  for (const WorkerInfo& one : workers) {
    workers_[static_cast<std::size_t>(one.role)] = {one.restarts,
                                                    one.phase == WorkerPhase::kRunning, false};
  }
}

}  // namespace holdfast::supervisor
