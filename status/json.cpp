// SPDX-License-Identifier: Apache-2.0
#include "status/json.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <ctime>

namespace holdfast {

std::string iso8601(WallTime when) {
  const std::time_t time =
      std::chrono::system_clock::to_time_t(std::chrono::floor<std::chrono::seconds>(when));
  std::tm utc{};
  ::gmtime_r(&time, &utc);
  std::array<char, 32> text{};
  static_cast<void>(std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%SZ", &utc));
  return text.data();
}

double seconds_of(Duration duration) {
  using std::chrono::milliseconds;
  const auto whole = std::chrono::duration_cast<milliseconds>(std::max(duration, Duration{0}));
  return static_cast<double>(whole.count()) / 1000;
}

void add_since(Json& json, const NodeStatus& node, std::optional<Time> since) {
  if (!since) {
    json["since"] = nullptr;
    json["since_seconds"] = nullptr;
    return;
  }
  const Time then = std::clamp(*since, Time{}, node.now);
  json["since"] = iso8601(node.boot + then.time_since_epoch());
  json["since_seconds"] = seconds_of(node.now - then);
}

std::string text_of(const Json& json) {
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace holdfast
