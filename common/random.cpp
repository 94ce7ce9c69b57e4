// SPDX-License-Identifier: Apache-2.0
#include "common/random.h"

#include <sys/random.h>

#include "common/core/result.h"

namespace holdfast {

std::uint64_t unpredictable() {
  std::uint64_t value = 0;
  HF_CHECK(::getrandom(&value, sizeof value, 0) == sizeof value);
  return value;
}

}  // namespace holdfast
