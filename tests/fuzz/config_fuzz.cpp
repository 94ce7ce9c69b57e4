// SPDX-License-Identifier: Apache-2.0
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "common/core/result.h"
#include "config/load.h"
#include "config/packed_tree.h"
#include "config/sealed.h"

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
  }
  for (const holdfast::Diagnostic& fault : first.diagnostics) {
    HF_CHECK(fault.line >= 1 && fault.column >= 1 && !fault.message.empty());
  }
  return 0;
}
