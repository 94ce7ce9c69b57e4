// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "check-worker/core/http_answer.h"

namespace holdfast::check {

// What one connection of HTTP/2 may make of us, whatever nghttp2 would bear.
struct Http2Limits {
  static constexpr std::size_t kFieldsMax = 256;  // of header and trailer, of all heads
  static constexpr std::size_t kFieldBytesMax = std::size_t{64} * 1024;  // of these, unpacked
  static constexpr std::size_t kInterimMax = 8;                          // responses 1xx
  static constexpr std::size_t kFramesMax = 2000;
  static constexpr std::size_t kBodyMax = std::size_t{56} * 1024;
  static constexpr std::uint64_t kBytesMax = 4'000'000;  // in all
};

// One request on a connection of its own, by nghttp2: HPACK's tables are of size 0 on both sides,
// nothing may be pushed. An empty body is none.
std::unique_ptr<HttpAnswer> http2_exchange(const Http2Fields& request,
                                           const std::string& body = {});

}  // namespace holdfast::check
