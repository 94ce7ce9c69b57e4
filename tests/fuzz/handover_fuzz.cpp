// SPDX-License-Identifier: Apache-2.0
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "supervisor/core/handover.h"

// What one version hands to another. Whatever was read is the same when it is handed on.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace holdfast::supervisor;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const holdfast::Result<Handover> first = handover_of(text);
  if (!first) return 0;
  for (const holdfast::Message& message : first->retained) {
    static_cast<void>(holdfast::encode(message));  // to a worker: it keeps to the limits
  }
  const holdfast::Result<Handover> second = handover_of(to_text(*first));
  HF_CHECK(second.has_value() && *second == *first);
  return 0;
}
