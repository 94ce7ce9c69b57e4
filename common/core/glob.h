// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

namespace holdfast {

// '*' is any number of characters, '?' is one; the whole text must match. Takes time in proportion
// to the product of both lengths, whatever they are.
bool glob_matches(std::string_view glob, std::string_view text);

}  // namespace holdfast
