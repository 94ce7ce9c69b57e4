// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>

namespace holdfast {

// HMAC (RFC 2104) with SHA-256: a pure function of its arguments, with a key of any length. Cores
// that need it are given it, so that they link no library.
std::array<std::uint8_t, 32> hmac_sha256(std::span<const std::uint8_t> key,
                                         std::span<const std::uint8_t> message);

std::array<std::uint8_t, 32> sha256(std::string_view bytes);

}  // namespace holdfast
