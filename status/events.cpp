// SPDX-License-Identifier: Apache-2.0
#include "status/events.h"

#include <array>
#include <chrono>
#include <cstdio>
#include <ctime>
#include <nlohmann/json.hpp>
#include <string_view>

namespace holdfast {
namespace {

using Json = nlohmann::ordered_json;

std::string_view to_string(EventOf of) {
  switch (of) {
    case EventOf::kRouter:
      return "instance";
    case EventOf::kPriority:
      return "priority";
    case EventOf::kCheck:
      return "check";
    case EventOf::kService:
      return "virtual_server";
    case EventOf::kServer:
      return "server";
    case EventOf::kWorker:
      return "worker";
    case EventOf::kDaemon:
      return "holdfastd";
    case EventOf::kMaintenance:
      return "maintenance";
  }
  return "";
}

// With milliseconds: the order of causes is a matter of those.
std::string iso8601(RealTime when) {
  using std::chrono::floor;
  const auto since = when.time_since_epoch();
  const auto seconds = floor<std::chrono::seconds>(since);
  const auto rest = floor<std::chrono::milliseconds>(since - seconds);
  const std::time_t time = seconds.count();
  std::tm utc{};
  std::array<char, 40> text{};
  if (::gmtime_r(&time, &utc) == nullptr) return "";
  const std::size_t size = std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%S", &utc);
  static_cast<void>(std::snprintf(text.data() + size, text.size() - size, ".%03dZ",
                                  static_cast<int>(rest.count())));
  return text.data();
}

Json json_of(const HistoryEvent& event) {
  const auto known = [](const std::string& text) {
    return text.empty() ? Json(nullptr) : Json(text);
  };
  const bool router = event.of == EventOf::kRouter || event.of == EventOf::kPriority;
  return {{"at", iso8601(event.at)},
          {"at_seconds", static_cast<double>(event.at.time_since_epoch().count()) / 1e6},
          {"kind", to_string(event.of)},
          {"subject", known(event.subject)},
          {"from", known(event.from)},
          {"to", event.to},
          {"priority", router ? Json(event.priority.value) : Json(nullptr)},
          {"reason", event.reason},
          {"priority_reason", event.moved_by}};
}

}  // namespace

std::string events_document(const std::string& node, const std::vector<HistoryEvent>& events) {
  Json all = Json::array();
  for (const HistoryEvent& event : events) all.push_back(json_of(event));
  const Json document{{"api", 1}, {"node", node}, {"events", all}};
  return document.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

std::string event_message(std::uint64_t id, const HistoryEvent& event) {
  Json json = json_of(event);
  json["id"] = id;
  return "id: " + std::to_string(id) + "\nevent: " + std::string(to_string(event.of)) +
         "\ndata: " + json.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n\n";
}

std::string history_document(const std::string& node, const std::deque<Happened>& events) {
  Json transitions = Json::array();
  Json all = Json::array();
  for (const Happened& one : events) {
    const HistoryEvent& event = one.event;
    all.push_back(json_of(event));
    all.back()["id"] = one.id;
    if (event.of != EventOf::kRouter || event.from == event.to) continue;
    transitions.push_back({{"instance", event.subject},
                           {"from", event.from.empty() ? "INIT" : event.from},
                           {"to", event.to},
                           {"priority", event.priority.value},
                           {"at", iso8601(event.at)},
                           {"reason", event.reason}});
  }
  const Json document{{"api", 1}, {"node", node}, {"transitions", transitions}, {"events", all}};
  return document.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace holdfast
