// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "common/core/result.h"

namespace holdfast::supervisor {

// A small file of root's in the directory of what outlives a restart. A file that is not there is
// empty; one that others than root may write is refused. Written as a whole or not at all, and on
// the disk when that returns.
Result<std::string> read_state_file(const std::string& path);
Result<void> write_state_file(const std::string& directory, const std::string& name,
                              const std::string& text);

}  // namespace holdfast::supervisor
