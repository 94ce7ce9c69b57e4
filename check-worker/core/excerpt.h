// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace holdfast::check {

// Of what a peer said, for a reason: in single quotes, cut after so many bytes, what is not
// printable ASCII as \r, \n, \t or \xNN. "nothing", if that is what it is.
std::string excerpt(std::string_view bytes, std::size_t bytes_max = 64);

}  // namespace holdfast::check
