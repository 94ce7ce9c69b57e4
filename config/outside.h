// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "config/compose.h"

namespace holdfast {

// The file system and the environment of this process. `obeyed`: what is included commands root,
// and so must be a file that nobody else can change (trusted_orders()).
Outside real_outside(bool obeyed);

std::string host_name();  // what this host is called

}  // namespace holdfast
