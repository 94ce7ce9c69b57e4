// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "common/core/result.h"
#include "config/virtual_server_config.h"

// Virtual servers as bytes, for who balances: of ten thousand real servers the values take a
// fourth of the memory that the tree of their document takes, and a tenth of the time.
namespace holdfast {

std::string packed_servers(const std::vector<VirtualServerConfig>& services);

// Of any bytes: an error if packed_servers() would not have made them.
Result<std::vector<VirtualServerConfig>> unpacked_servers(std::string_view bytes);

}  // namespace holdfast
