// SPDX-License-Identifier: Apache-2.0
#include <optional>
#include <string>

#include "status/json.h"
#include "status/target_text.h"

// The checks of a node.
namespace holdfast {
namespace {

Json json_of(const NodeStatus& node, const CheckConfig& check, const CheckState* state,
             bool stale) {
  Json one{
      {"name", check.name},
      {"target", target_text(check.target)},
      {"up", state == nullptr ? Json() : Json(state->up)},
      {"weight", state == nullptr ? Json() : Json(state->weight)},
      {"value", state == nullptr || !state->value ? Json() : Json(*state->value)},
  };
  add_since(one, node, state == nullptr ? std::nullopt : std::optional(state->since));
  one["reason"] = state == nullptr ? "no result yet" : state->reason;
  one["stale"] = stale;
  return one;
}

// What only the check-worker knows, and tells when it is asked.
void add_detail(Json& one, const NodeStatus& node, const CheckDetail& detail) {
  const auto event = [&node](std::optional<Time> at, const std::string& reason) {
    if (!at) return Json();
    return Json{{"seconds_ago", seconds_of(node.now - *at)}, {"reason", reason}};
  };
  const bool last_is_good = detail.good_at && (!detail.bad_at || *detail.good_at > *detail.bad_at);
  Json last = last_is_good ? event(detail.good_at, detail.good_reason)
                           : event(detail.bad_at, detail.bad_reason);
  if (!last.is_null()) last["good"] = last_is_good;
  one["attempts"] = {{"good", detail.good}, {"bad", detail.bad}};
  one["last"] = last;
  one["last_error"] = event(detail.bad_at, detail.bad_reason);
  one["hindered"] = event(detail.hindered_at, detail.hindered_reason);
  one["resolved"] = detail.resolved.empty() ? Json() : Json(detail.resolved);
  one["hastened"] = detail.hastened.empty() ? Json() : Json(detail.hastened);
  one["suspended"] = detail.suspended.empty() ? Json() : Json(detail.suspended);
  one["latency_ms"] = nullptr;
  if (detail.times > 0) {
    one["latency_ms"] = {{"median", static_cast<double>(detail.median) / 1000},
                         {"p99", static_cast<double>(detail.p99) / 1000},
                         {"attempts", detail.times}};
  }
  one["held_seconds"] =
      detail.held_until ? Json(seconds_of(*detail.held_until - node.now)) : Json();
  one["next_seconds"] = detail.next_at ? Json(seconds_of(*detail.next_at - node.now)) : Json();
}

}  // namespace

Json checks_late(const NodeStatus& node) {
  const CheckLoad* const load = find(by_subject<CheckLoad>(node.retained), "");
  if (load == nullptr || !load->late || node.config.checks.empty() || !runs(node, Role::kCheck)) {
    return nullptr;
  }
  Json one{{"seconds", load->by / 1e6},
           {"checks", load->checks},
           {"due_per_second", load->due / 60.0},
           {"begun_per_second", load->begun / 60.0},
           {"reason", in_words(*load)}};
  add_since(one, node, load->since);
  return one;
}

Json checks_of(const NodeStatus& node, const DetailsByCheck* details) {
  const auto states = by_subject<CheckState>(node.retained);
  const bool stale = !runs(node, Role::kCheck);
  Json all = Json::array();
  for (const CheckConfig& check : node.config.checks) {
    all.push_back(json_of(node, check, find(states, check.name), stale));
    if (details == nullptr) continue;
    const auto detail = details->find(check.name);
    add_detail(all.back(), node, detail == details->end() ? CheckDetail{} : detail->second);
  }
  return all;
}

}  // namespace holdfast
