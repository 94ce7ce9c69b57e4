// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace holdfast {

enum class Reserve : std::uint8_t {
  kNone,
  kAsMuchAsUsed,  // what is free stays, unless it is more than what is in use
};

// Gives the kernel what is free in this process. The C library keeps free memory that lies below
// memory in use, and after a large one more and more: what was needed to read a configuration, or
// for thousands of routers that took over at once, would stay for good. Takes about a millisecond
// for 10 MB.
void give_back_free_memory(Reserve reserve = Reserve::kNone);

// From now on nothing else does: what is freed by one step of a large work is there for the next,
// and with a reserve for the next such work, instead of pages that the kernel takes back and has to
// clear again.
void reuse_free_memory();

}  // namespace holdfast
