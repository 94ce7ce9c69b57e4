// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace holdfast {

// Of the kernel: an identifier that could be computed from others would let strangers answer.
std::uint64_t unpredictable();

}  // namespace holdfast
