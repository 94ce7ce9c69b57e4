// SPDX-License-Identifier: Apache-2.0
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "common/core/result.h"
#include "config/load.h"
#include "config/packed_servers.h"
#include "config/packed_tree.h"
#include "config/sealed.h"
#include "config/yaml_tree.h"
#include "tests/unit/config/yaml_witness.h"

namespace {

// As far as two parsers agree, who differ in where a value is that is not there, in the end of a
// text without one, in what names anchors have, and in "::" within brackets.
bool same(const holdfast::YamlNode& a, const holdfast::YamlNode& b) {
  if (a.kind == holdfast::YamlNode::Kind::kNull) return b.kind == a.kind;
  if (a.kind != b.kind || a.line != b.line || a.column != b.column || a.text != b.text ||
      a.quoted != b.quoted || a.children.size() != b.children.size()) {
    return false;
  }
  for (std::size_t i = 0; i < a.children.size(); ++i) {
    if (!same(a.children[i], b.children[i])) return false;
  }
  return true;
}

void ask_witness(std::string_view document) {
  if (!document.ends_with('\n') || document.find("::") != std::string_view::npos ||
      document.find_first_of("&*") != std::string_view::npos) {
    return;
  }
  holdfast::Faults faults("fuzz.yaml");
  const auto ours = holdfast::parse_yaml(document, faults);
  if (!ours || !faults.empty()) return;
  const auto theirs = holdfast::witness_tree(document);
  HF_CHECK(!theirs || same(*ours, *theirs));
}

}  // namespace

// Any bytes: no crash, the same answer twice and by what is sealed, and faults that point into a
// file.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view document(reinterpret_cast<const char*>(data), size);
  const holdfast::Loaded first = holdfast::load_config(document, "fuzz.yaml", "host");
  const holdfast::Loaded second = holdfast::load_config(document, "fuzz.yaml", "host");
  HF_CHECK(first.diagnostics == second.diagnostics);
  HF_CHECK(first.config == second.config);
  if (first.ok()) {
    const auto sealed = holdfast::load_sealed({"fuzz.yaml", "host", holdfast::packed(first.tree)});
    HF_CHECK(sealed && *sealed == first.config);
    const auto& servers = first.config.virtual_servers;
    const auto again = holdfast::unpacked_servers(holdfast::packed_servers(servers));
    HF_CHECK(again && *again == servers);
  }
  ask_witness(document);
  for (const holdfast::Diagnostic& fault : first.diagnostics) {
    HF_CHECK(fault.line >= 1 && fault.column >= 1 && !fault.message.empty());
  }
  return 0;
}
