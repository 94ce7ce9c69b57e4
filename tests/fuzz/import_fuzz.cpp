// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>

#include "common/core/result.h"
#include "config/load.h"
#include "import/import.h"

// Any bytes as a keepalived.conf: no crash, the same answer twice, places that lie in the file, and
// either problems or a document whose text can be read as YAML of ours.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using holdfast::importer::Imported;
  const std::string text(reinterpret_cast<const char*>(data), size);
  const std::string path = "/keepalived.conf";
  const holdfast::importer::Machine machine{
      .read = [&](const std::string& file) -> holdfast::Result<std::string> {
        if (file != path) return holdfast::fail("No such file or directory");
        return text;
      },
      .glob = [](const std::string& pattern) { return std::vector<std::string>{pattern}; },
      .find_program = [](const std::string&) -> std::optional<std::string> { return {}; },
      .user_exists = [](const std::string&) { return false; },
      .environment = [](const std::string&) -> std::optional<std::string> { return "word"; },
      .config_id = "lb1"};
  const Imported first = import_keepalived(path, machine);
  const Imported second = import_keepalived(path, machine);
  HF_CHECK(first.yaml == second.yaml && first.findings.size() == second.findings.size());
  HF_CHECK(first.problems.empty() != first.yaml.empty());
  const auto lines = 1 + std::count(text.begin(), text.end(), '\n');
  for (const auto& finding : first.findings) {
    HF_CHECK(finding.place.line >= 1 && finding.place.line <= lines && !finding.reason.empty());
  }
  HF_CHECK(!report_text(first).empty() && !report_json(first).empty());
  static_cast<void>(holdfast::load_config(first.yaml, "result", "lb1"));
  return 0;
}
