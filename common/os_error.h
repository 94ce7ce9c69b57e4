// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cerrno>
#include <string>
#include <system_error>

#include "common/core/result.h"

namespace holdfast {

// For a system call that has just failed: "cannot chroot into /run/x: Permission denied".
inline tl::unexpected<Error> fail_errno(const std::string& what) {
  return fail(what + ": " + std::generic_category().message(errno));
}

}  // namespace holdfast
