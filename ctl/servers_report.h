// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "common/core/result.h"

namespace holdfast::ctl {

// Of the daemon's status document, the virtual servers and all of their servers.
Result<std::string> servers_report(const std::string& document,
                                   const std::vector<std::string>& names, bool colours);

// `api`, `node` and `virtual_servers`, as in the status.
Result<std::string> servers_json(const std::string& document,
                                 const std::vector<std::string>& names);

}  // namespace holdfast::ctl
