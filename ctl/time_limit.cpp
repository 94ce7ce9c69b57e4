// SPDX-License-Identifier: Apache-2.0
#include "ctl/time_limit.h"

#include <chrono>
#include <ctime>
#include <string_view>

#include "config/scalars.h"

namespace holdfast::ctl {
namespace {

// Until a time, as seconds from now; nothing, if it is none or has passed.
std::optional<std::int64_t> seconds_until(const std::string& text) {
  std::tm time{};
  const char* end = ::strptime(text.c_str(), "%Y-%m-%dT%H:%M", &time);
  if (end != nullptr && *end == ':') end = ::strptime(end, ":%S", &time);
  if (end == nullptr) return std::nullopt;
  const bool utc = std::string_view(end) == "Z";
  if (!utc && *end != '\0') return std::nullopt;
  time.tm_isdst = -1;
  const std::time_t then = utc ? ::timegm(&time) : std::mktime(&time);
  const std::int64_t left = then - std::time(nullptr);
  return left > 0 ? std::optional(left) : std::nullopt;
}

}  // namespace

void TimeLimit::add_to(CLI::App& verb) {
  CLI::Option* const time = verb.add_option("--for", duration, "so long: 30s, 10m, 2h");
  verb.add_option("--until", until, "until then: 2026-12-24T18:00, or with Z: UTC")->excludes(time);
}

std::string TimeLimit::in_words() const {
  if (!duration.empty()) return " for " + duration;
  return until.empty() ? "" : " until " + until;
}

Result<std::optional<std::int64_t>> TimeLimit::seconds() const {
  if (!duration.empty()) {
    const auto length = parse_duration(duration);
    if (!length || *length < std::chrono::seconds{1}) {
      return fail("--for expects a time such as 30s, 10m or 2h");
    }
    return std::chrono::duration_cast<std::chrono::seconds>(*length).count();
  }
  if (until.empty()) return std::nullopt;
  const std::optional<std::int64_t> left = seconds_until(until);
  if (left) return left;
  return fail(
      "--until expects a time to come, such as 2026-12-24T18:00 (local) or 2026-12-24T18:00Z");
}

}  // namespace holdfast::ctl
