// SPDX-License-Identifier: Apache-2.0
#include <nlohmann/json.hpp>
#include <utility>

#include "import/import.h"

namespace holdfast::importer {
namespace {

using Json = nlohmann::ordered_json;

std::string_view kind_text(Finding::Kind kind) {
  switch (kind) {
    case Finding::Kind::kNote:
      return "note";
    case Finding::Kind::kReported:
      return "reported";
    case Finding::Kind::kUnknown:
      return "unknown";
  }
  return "";
}

Json entry(const Place& place, std::string_view kind, std::string_view directive,
           std::string_view reason) {
  return {{"file", place.file},
          {"line", place.line},
          {"kind", kind},
          {"directive", directive},
          {"reason", reason}};
}

}  // namespace

std::string report_text(const Imported& imported) {
  std::string text;
  for (const Problem& problem : imported.problems) {
    text += problem.place.to_string() + ": " + problem.message + "\n";
  }
  if (!imported.problems.empty()) return text;
  for (const Finding& one : imported.findings) {
    text += one.place.to_string() + ": " + std::string(kind_text(one.kind)) + ": " + one.directive +
            ": " + one.reason + "\n";
  }
  return text + std::to_string(imported.translated) + " directives translated, " +
         std::to_string(imported.reported) + " reported, " + std::to_string(imported.unknown) +
         " unknown\n";
}

std::string report_json(const Imported& imported) {
  Json findings = Json::array();
  for (const Problem& one : imported.problems) {
    findings.push_back(entry(one.place, "error", "", one.message));
  }
  for (const Finding& one : imported.findings) {
    findings.push_back(entry(one.place, kind_text(one.kind), one.directive, one.reason));
  }
  const Json report{{"translated", imported.translated},
                    {"reported", imported.reported},
                    {"unknown", imported.unknown},
                    {"findings", std::move(findings)}};
  // A comment of keepalived.conf may be of any encoding.
  return report.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace holdfast::importer
