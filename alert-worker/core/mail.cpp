// SPDX-License-Identifier: Apache-2.0
#include "alert-worker/core/mail.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <string_view>

#include "alert-worker/core/syslog_line.h"

namespace holdfast::alert {
namespace {

struct Civil {
  int year;
  unsigned month;  // 1..12
  unsigned day;    // 1..31
  long hour;
  long minute;
  long second;
  unsigned weekday;  // 0: Sunday
};

Civil civil(RealTime time) {
  using std::chrono::days;
  const auto seconds = std::chrono::floor<std::chrono::seconds>(time.time_since_epoch());
  const auto whole = std::chrono::floor<days>(seconds);
  const std::chrono::sys_days day{whole};
  const std::chrono::year_month_day date{day};
  const long rest = (seconds - whole).count();
  return {static_cast<int>(date.year()),
          static_cast<unsigned>(date.month()),
          static_cast<unsigned>(date.day()),
          rest / 3600,
          rest / 60 % 60,
          rest % 60,
          std::chrono::weekday{day}.c_encoding()};
}

std::string format(const char* how, const Civil& at) {
  std::array<char, 64> text{};
  const int size = std::snprintf(text.data(), text.size(), how, at.year, at.month, at.day, at.hour,
                                 at.minute, at.second);
  return {text.data(), static_cast<std::size_t>(size)};
}

// RFC 5322 §3.3.
std::string mail_date(RealTime time) {
  constexpr std::array kDays{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  constexpr std::array kMonths{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                               "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const Civil at = civil(time);
  std::array<char, 64> text{};
  const int size = std::snprintf(
      text.data(), text.size(), "%s, %02u %s %04d %02ld:%02ld:%02ld +0000", kDays.at(at.weekday),
      at.day, kMonths.at(at.month - 1), at.year, at.hour, at.minute, at.second);
  return {text.data(), static_cast<std::size_t>(size)};
}

// A header is one line of ASCII: what came from a check, or from the wire, adds none.
std::string header_text(std::string_view text) {
  constexpr std::size_t kMost = 200;  // a line has at most 998 characters
  std::string clean;
  for (const char c : text.substr(0, kMost)) clean += c >= ' ' && c < 0x7f ? c : '?';
  return clean;
}

std::string one_line(std::string_view text) {
  std::string clean;
  for (const char c : text) clean += static_cast<unsigned char>(c) < 0x20 || c == 0x7f ? ' ' : c;
  return clean;
}

}  // namespace

std::string utc(RealTime time) {
  return format("%04d-%02u-%02uT%02ld:%02ld:%02ldZ", civil(time));
}

std::string headline(const Batch& batch) {
  const auto worst = std::min_element(
      batch.alerts.begin(), batch.alerts.end(),
      [](const Alert& a, const Alert& b) { return severity_of(a) < severity_of(b); });
  std::string line = batch.node + ": ";
  if (batch.alerts.size() > 1) {
    line += std::to_string(batch.alerts.size()) + " alerts, " +
            (worst == batch.alerts.begin() ? "first: " : "worst: ");
  }
  if (worst->resolved) line += "resolved: ";
  return line + one_line(worst->text);
}

std::string lines_of(const Batch& batch, const std::string& end) {
  std::string lines;
  for (const Alert& alert : batch.alerts) {
    lines += utc(alert.at) + " " + alert.event + (alert.resolved ? " resolved: " : ": ") +
             one_line(alert.text) + end;
  }
  if (batch.left_out > 0) {
    lines += std::to_string(batch.left_out) + " more were left out, for lack of room" + end;
  }
  return lines;
}

std::string mail_of(const Batch& batch, const EmailReceiver& receiver, RealTime now,
                    const std::string& id) {
  std::string to;
  for (const std::string& one : receiver.to) to += (to.empty() ? "" : ",\r\n ") + one;
  // A line of a mail has at most 998 bytes, and that of an alert at most 600.
  return "Date: " + mail_date(now) + "\r\nFrom: " + receiver.from + "\r\nTo: " + to +
         "\r\nSubject: [holdfast] " + header_text(headline(batch)) + "\r\nMessage-ID: <" + id +
         "@" + batch.node +
         ">\r\nAuto-Submitted: auto-generated\r\nMIME-Version: 1.0\r\n"
         "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n"
         "Node " +
         batch.node + "\r\n\r\n" + lines_of(batch, "\r\n");
}

}  // namespace holdfast::alert
