// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace holdfast {

enum class Escapes : std::uint8_t { kText, kJson };

// Appends what others sent and a line quotes: it must neither end the line nor reach the terminal.
void append_escaped(std::string& line, std::string_view text, Escapes escapes);

}  // namespace holdfast
