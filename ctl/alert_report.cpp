// SPDX-License-Identifier: Apache-2.0
#include "ctl/alert_report.h"

#include "ctl/document.h"

namespace holdfast::ctl {

Result<std::vector<std::string>> receivers_in(const std::string& document) {
  return shown<std::vector<std::string>>(document, [](const Json& json) {
    std::vector<std::string> names;
    for (const Json& one : json.at("receivers")) names.push_back(one.at("name").get<std::string>());
    return names;
  });
}

Result<TestReport> test_report(const std::string& document) {
  return shown<TestReport>(document, [](const Json& json) {
    const bool good = json.at("result") == "good";
    return TestReport{text_of(json.at("receiver")) + (good ? ": told: " : ": not told: ") +
                          text_of(json.at("reason")) + "\n",
                      good};
  });
}

}  // namespace holdfast::ctl
