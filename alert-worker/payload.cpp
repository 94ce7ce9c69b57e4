// SPDX-License-Identifier: Apache-2.0
#include "alert-worker/payload.h"

#include <nlohmann/json.hpp>

#include "alert-worker/core/syslog_line.h"

namespace holdfast::alert {
namespace {

using Json = nlohmann::json;

constexpr Duration kOverAfter = std::chrono::minutes{5};  // of what does not last

std::string severity_name(const Alert& alert) {
  switch (severity_of(alert)) {
    case 2:
      return "critical";
    case 3:
      return "error";
    case 4:
      return "warning";
    default:
      return "info";
  }
}

std::string title_of(const Alert& alert) {
  return (alert.resolved ? "resolved: " : "") + alert.text;
}

Json plain(const Batch& batch) {
  Json alerts = Json::array();
  for (const Alert& alert : batch.alerts) {
    alerts.push_back({{"event", alert.event},
                      {"name", alert.name},
                      {"status", alert.resolved ? "resolved" : "firing"},
                      {"severity", severity_name(alert)},
                      {"text", alert.text},
                      {"at", utc(alert.at)}});
  }
  return {{"version", 1},
          {"node", batch.node},
          {"summary", headline(batch)},
          {"alerts", std::move(alerts)},
          {"left_out", batch.left_out}};
}

// What has a meaning in Slack's markup is escaped, as its documentation asks for.
std::string slack_text(const std::string& text) {
  std::string escaped;
  for (const char c : text) {
    if (c == '&') {
      escaped += "&amp;";
    } else if (c == '<') {
      escaped += "&lt;";
    } else if (c == '>') {
      escaped += "&gt;";
    } else {
      escaped += c;
    }
  }
  return escaped;
}

Json slack(const Batch& batch) {
  return {{"text", slack_text(headline(batch) + "\n" + lines_of(batch, "\n"))}};
}

Json teams(const Batch& batch) {
  Json body = Json::array();
  body.push_back(
      {{"type", "TextBlock"}, {"text", headline(batch)}, {"weight", "Bolder"}, {"wrap", true}});
  for (const Alert& alert : batch.alerts) {
    body.push_back(
        {{"type", "TextBlock"}, {"text", utc(alert.at) + " " + title_of(alert)}, {"wrap", true}});
  }
  if (batch.left_out > 0) {
    body.push_back({{"type", "TextBlock"},
                    {"text", std::to_string(batch.left_out) + " more were left out"},
                    {"wrap", true}});
  }
  const Json card{{"type", "AdaptiveCard"},
                  {"$schema", "http://adaptivecards.io/schemas/adaptive-card.json"},
                  {"version", "1.4"},
                  {"body", std::move(body)}};
  return {{"type", "message"},
          {"attachments", Json::array({{{"contentType", "application/vnd.microsoft.card.adaptive"},
                                        {"content", card}}})}};
}

Json alertmanager(const Batch& batch) {
  Json alerts = Json::array();
  for (const Alert& alert : batch.alerts) {
    Alert fired = alert;  // by the same labels it is known again when it is over
    fired.resolved = false;
    Json one{{"labels",
              {{"alertname", "holdfast_" + alert.event},
               {"node", batch.node},
               {"name", alert.name},
               {"severity", severity_name(fired)}}},
             {"annotations", {{"summary", alert.text}}}};
    if (alert.resolved) {
      one["endsAt"] = utc(alert.at);
    } else {
      one["startsAt"] = utc(alert.at);
      if (!lasts(alert)) one["endsAt"] = utc(alert.at + kOverAfter);
    }
    alerts.push_back(std::move(one));
  }
  return alerts;
}

Json pagerduty(const Batch& batch, const std::string& routing_key) {
  const Alert& alert = batch.alerts.front();
  return {{"routing_key", routing_key},
          {"event_action", alert.resolved ? "resolve" : "trigger"},
          {"dedup_key", "holdfast/" + batch.node + "/" + alert.event + "/" + alert.name},
          {"payload",
           {{"summary", batch.node + ": " + alert.text},
            {"source", batch.node},
            {"severity", severity_name(alert)},
            {"timestamp", utc(alert.at)},
            {"component", alert.name},
            {"class", alert.event}}}};
}

Json body_of(const Batch& batch, WebhookFormat format, const std::string& routing_key) {
  switch (format) {
    case WebhookFormat::kJson:
      break;
    case WebhookFormat::kSlack:
      return slack(batch);
    case WebhookFormat::kTeams:
      return teams(batch);
    case WebhookFormat::kPagerDuty:
      return pagerduty(batch, routing_key);
    case WebhookFormat::kAlertmanager:
      return alertmanager(batch);
  }
  return plain(batch);
}

}  // namespace

std::string payload_of(const Batch& batch, WebhookFormat format, const std::string& routing_key) {
  return body_of(batch, format, routing_key).dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace holdfast::alert
