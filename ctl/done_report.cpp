// SPDX-License-Identifier: Apache-2.0
#include "ctl/done_report.h"

#include "ctl/document.h"

namespace holdfast::ctl {

Result<std::string> done_report(const std::string& document) {
  return shown(document, [](const Json& json) {
    static_cast<void>(json.at("done").get<bool>());
    return std::string();
  });
}

std::string details_report(const std::string& document) {
  std::string lines;
  const Json json = Json::parse(document, nullptr, false);
  if (!json.is_object() || !json.contains("details")) return lines;
  for (const Json& line : json.at("details")) lines += text_of(line) + "\n";
  return lines;
}

Result<RunningConfiguration> running_configuration(const std::string& document) {
  return shown<RunningConfiguration>(document, [](const Json& json) {
    const Json& running = json.at("configuration");
    return RunningConfiguration{running.at("file").get<std::string>(),
                                running.at("node").get<std::string>(),
                                running.at("text").get<std::string>()};
  });
}

}  // namespace holdfast::ctl
