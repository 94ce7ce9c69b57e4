// SPDX-License-Identifier: Apache-2.0
#include "ctl/doctor/report.h"

#include "ctl/document.h"
#include "ctl/text.h"

namespace holdfast::ctl {

std::string doctor_text(const Findings& findings, const std::vector<std::string>& unseen,
                        bool colours) {
  std::string text;
  for (const Finding& one : findings) {
    text += coloured(wrapped(printable(one.what), 0), Colour::kBad, colours) +
            wrapped("Why it matters: " + printable(one.why), 2) +
            wrapped("To mend it: " + printable(one.mend), 2) + "\n";
  }
  for (const std::string& one : unseen) {
    text += coloured(wrapped("Not looked at: " + printable(one), 0), Colour::kOdd, colours);
  }
  const std::string sum = findings.empty()
                              ? "Nothing is wrong that can be seen from here."
                              : plural(findings.size(), "thing is", "things are") + " wrong.";
  return text + coloured(sum, findings.empty() ? Colour::kGood : Colour::kBold, colours) + "\n";
}

std::string doctor_json(const Findings& findings, const std::vector<std::string>& unseen) {
  Json all = Json::array();
  for (const Finding& one : findings) {
    all.push_back({{"id", one.id}, {"what", one.what}, {"why", one.why}, {"mend", one.mend}});
  }
  return dumped({{"api", 1}, {"findings", all}, {"not_looked_at", unseen}});
}

Result<RunsBy> runs_by(const std::string& status) {
  return shown<RunsBy>(status, [](const Json& json) {
    return RunsBy{json.at("config").at("file"), json.at("node")};
  });
}

}  // namespace holdfast::ctl
