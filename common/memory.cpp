// SPDX-License-Identifier: Apache-2.0
#include "common/memory.h"

#include <malloc.h>

namespace holdfast {

void give_back_free_memory() {
  static_cast<void>(::malloc_trim(0));
}

}  // namespace holdfast
