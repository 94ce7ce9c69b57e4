// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

namespace holdfast {

// The address of the Listener that is a Unix socket. No Endpoint is called like this.
inline constexpr std::string_view kUnixDoor = "unix";

}  // namespace holdfast
