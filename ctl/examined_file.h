// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "common/core/result.h"
#include "config/load.h"

namespace holdfast::ctl {

// A configuration as the daemon would read it, with the faults of what it names: patterns, and for
// root programs, keys and files of TLS. An error if the file cannot be read at all.
Result<Loaded> examined(const std::string& file);

}  // namespace holdfast::ctl
