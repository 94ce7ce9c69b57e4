// SPDX-License-Identifier: Apache-2.0
#include "ctl/document.h"

#include <fnmatch.h>

#include <algorithm>
#include <cstdint>

namespace holdfast::ctl {

std::string text_of(const Json& json) {
  return printable(json.get_ref<const std::string&>());
}

std::string number_of(const Json& json) {
  return json.is_null() ? "-" : std::to_string(json.get<std::int64_t>());
}

std::string age_of(const Json& json) {
  const Json& seconds = json.at("since_seconds");
  return seconds.is_null() ? "-" : age(seconds.get<double>());
}
std::string plural(std::size_t count, const std::string& one, const std::string& many) {
  return std::to_string(count) + " " + (count == 1 ? one : many);
}
bool is_one_of(const std::vector<std::string>& patterns, const std::string& name) {
  const auto matches = [&name](const std::string& pattern) {
    return ::fnmatch(pattern.c_str(), name.c_str(), 0) == 0;
  };
  return patterns.empty() || std::any_of(patterns.begin(), patterns.end(), matches);
}

std::optional<std::string> like_none(const std::vector<std::string>& patterns,
                                     const std::vector<std::string>& names) {
  for (const std::string& pattern : patterns) {
    const auto matches = [&](const std::string& name) { return is_one_of({pattern}, name); };
    if (std::none_of(names.begin(), names.end(), matches)) return pattern;
  }
  return std::nullopt;
}

std::string dumped(const Json& json) {
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

Colour colour_of(const std::string& state) {
  if (state == "MASTER" || state == "up" || state == "running" || state == "serving") {
    return Colour::kGood;
  }
  if (state == "FAULT" || state == "down" || state == "absent") return Colour::kBad;
  if (state == "BACKUP") return Colour::kBold;
  return Colour::kOdd;
}
}  // namespace holdfast::ctl
