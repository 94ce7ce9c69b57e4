// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <cstdio>

#include "import/import.h"

namespace holdfast::importer {
namespace {

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

std::string json_text(std::string_view text) {
  std::string json = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      json += '\\';
      json += c;
    } else if (static_cast<unsigned char>(c) < 0x20) {
      std::array<char, 8> escaped{};
      static_cast<void>(
          std::snprintf(escaped.data(), escaped.size(), "\\u%04x", static_cast<unsigned>(c)));
      json += escaped.data();
    } else {
      json += c;
    }
  }
  return json + '"';
}

std::string entry_json(const Place& place, std::string_view kind, std::string_view directive,
                       std::string_view reason) {
  return "    {\"file\": " + json_text(place.file) + ", \"line\": " + std::to_string(place.line) +
         ", \"kind\": " + json_text(kind) + ", \"directive\": " + json_text(directive) +
         ", \"reason\": " + json_text(reason) + "}";
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
  std::string entries;
  const auto add = [&entries](const std::string& entry) {
    entries += (entries.empty() ? "\n" : ",\n") + entry;
  };
  for (const Problem& one : imported.problems) {
    add(entry_json(one.place, "error", "", one.message));
  }
  for (const Finding& one : imported.findings) {
    add(entry_json(one.place, kind_text(one.kind), one.directive, one.reason));
  }
  return "{\n  \"translated\": " + std::to_string(imported.translated) +
         ",\n  \"reported\": " + std::to_string(imported.reported) +
         ",\n  \"unknown\": " + std::to_string(imported.unknown) + ",\n  \"findings\": [" +
         entries + (entries.empty() ? "]" : "\n  ]") + "\n}\n";
}

}  // namespace holdfast::importer
