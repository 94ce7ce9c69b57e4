// SPDX-License-Identifier: Apache-2.0
#include "common/memory.h"

#include <malloc.h>

namespace holdfast {
namespace {

constexpr int kReusedMax = 64 << 20;  // beyond that the C library gives back by itself
constexpr int kBlockMax = 8 << 20;    // larger ones come from the kernel, and go back to it

}  // namespace

void give_back_free_memory(Reserve reserve) {
  if (reserve == Reserve::kAsMuchAsUsed) {
    const struct mallinfo2 heap = ::mallinfo2();
    if (heap.fordblks <= heap.uordblks) return;
  }
  static_cast<void>(::malloc_trim(0));
}

void reuse_free_memory() {
  static_cast<void>(::mallopt(M_TRIM_THRESHOLD, kReusedMax));
  static_cast<void>(::mallopt(M_MMAP_THRESHOLD, kBlockMax));
}

}  // namespace holdfast
