// SPDX-License-Identifier: Apache-2.0
#include "alert-worker/core/syslog_line.h"

#include <array>
#include <string_view>

#include "alert-worker/core/mail.h"

namespace holdfast::alert {
namespace {

struct Event {
  std::string_view name;
  std::uint8_t severity;
  bool lasts;
};

constexpr std::array kEvents{
    Event{"master", 5, false},       Event{"backup", 5, false},
    Event{"fault", 3, true},         Event{"conflict", 4, false},
    Event{"check_down", 4, true},    Event{"service_down", 2, true},
    Event{"server_down", 4, true},   Event{"worker_restarted", 3, false},
    Event{"reload_failed", 3, true}, Event{"checks_late", 3, true},
    Event{"test", 6, false},
};

const Event* find(const std::string& name) {
  for (const Event& event : kEvents) {
    if (event.name == name) return &event;
  }
  return nullptr;
}

// RFC 5424 §6.3.3: these three are escaped.
std::string quoted(const std::string& value) {
  std::string text;
  for (const char c : value) {
    if (c == '"' || c == '\\' || c == ']') text += '\\';
    text += static_cast<unsigned char>(c) < 0x20 ? ' ' : c;
  }
  return '"' + text + '"';
}

}  // namespace

std::uint8_t severity_of(const Alert& alert) {
  constexpr std::uint8_t kInformational = 6;
  constexpr std::uint8_t kNotice = 5;
  if (alert.resolved) return kNotice;
  const Event* const event = find(alert.event);
  return event == nullptr ? kInformational : event->severity;
}

bool lasts(const Alert& alert) {
  const Event* const event = find(alert.event);
  return event != nullptr && event->lasts;
}

std::string syslog_line(const Alert& alert, const std::string& node, std::uint8_t facility) {
  const unsigned priority = 8U * facility + severity_of(alert);
  std::string text = alert.resolved ? "resolved: " : "";
  for (const char c : alert.text) text += static_cast<unsigned char>(c) < 0x20 ? ' ' : c;
  // 32473 is the enterprise number of examples (RFC 5612): we have none of our own.
  return '<' + std::to_string(priority) + ">1 " + utc(alert.at) + ' ' + node + " holdfast - " +
         alert.event + " [alert@32473 event=" + quoted(alert.event) +
         " name=" + quoted(alert.name) + " resolved=\"" + (alert.resolved ? "true" : "false") +
         "\"] " + text;
}

}  // namespace holdfast::alert
