// SPDX-License-Identifier: Apache-2.0
#include "common/core/result.h"

#include <cstdio>
#include <cstdlib>

namespace holdfast {

void check_failed(const char* expression, const char* file, int line) {
  static_cast<void>(std::fprintf(stderr, "%s:%d: invariant broken: %s\n", file, line, expression));
  std::abort();
}

}  // namespace holdfast
