// SPDX-License-Identifier: Apache-2.0
#include <cstdio>
#include <iostream>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "config/load.h"
#include "ctl/schema.h"

// Says what the parser makes of documents, for a test that is written in Python: a line of JSON a
// document, or two that should mean the same. With `schema` as its argument, the schema itself.
namespace holdfast {
namespace {

// For each node that the document names; a document of one node is anybody's. What a node replaces
// is judged, too, though a fault there is but a warning.
std::vector<std::string> faults_of(const std::string& document) {
  std::vector<std::string> nodes = load_config(document, "f", "host").nodes;
  if (nodes.empty()) nodes.emplace_back("host");
  std::vector<std::string> faults;
  for (const std::string& node : nodes) {
    const Loaded loaded = load_config(document, "f", node);
    for (const Diagnostic& fault : loaded.diagnostics) faults.push_back(fault.to_string());
    for (const Diagnostic& found : loaded.warnings) {
      if (found.warning == "replaced-value") faults.push_back(found.to_string());
    }
  }
  return faults;
}

bool mean_the_same(const std::string& a, const std::string& b) {
  const Loaded one = load_config(a, "f", "host");
  const Loaded other = load_config(b, "f", "host");
  return one.config == other.config && one.vrrp_process == other.vrrp_process;
}

int answer() {
  for (std::string line; std::getline(std::cin, line);) {
    const auto documents = nlohmann::json::parse(line).get<std::vector<std::string>>();
    nlohmann::json said{{"faults", faults_of(documents.back())}};
    if (documents.size() > 1) said["same"] = mean_the_same(documents[0], documents[1]);
    std::cout << said.dump() << '\n';
  }
  return 0;
}

}  // namespace
}  // namespace holdfast

int main(int argc, char** argv) {
  if (argc == 2 && std::string(argv[1]) == "schema") {
    return std::fputs(holdfast::ctl::configuration_schema().c_str(), stdout) < 0 ? 1 : 0;
  }
  return holdfast::answer();
}
