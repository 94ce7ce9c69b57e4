// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "common/core/messages.h"

// What decodes has exactly one encoding: the bytes that it came from.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::span<const std::uint8_t> bytes(data, size);
  const holdfast::Result<holdfast::Message> message = holdfast::decode(bytes);
  if (message) HF_CHECK(std::ranges::equal(holdfast::encode(*message), bytes));
  return 0;
}
