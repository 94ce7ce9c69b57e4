// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

#include "check-worker/http2.h"
#include "common/core/result.h"

namespace {

using namespace holdfast::check;  // NOLINT(google-build-using-namespace)

std::unique_ptr<HttpAnswer> exchange() {
  auto made = http2_exchange(
      {{":method", "GET"}, {":scheme", "https"}, {":authority", "x"}, {":path", "/"}});
  HF_CHECK(!made->take_outgoing().empty());
  return made;
}

}  // namespace

// An answer in pieces, whose sizes the first bytes give, comes to the same as in one piece, and
// never grows beyond its limits.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 8) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 8, size - 8);
  const auto whole = exchange();
  whole->feed(bytes);
  const auto cut = exchange();
  std::size_t piece = 0;
  for (std::string_view rest = bytes; !rest.empty(); ++piece) {
    const std::size_t length = std::min<std::size_t>(rest.size(), 1U + data[piece % 8]);
    cut->feed(rest.substr(0, length));
    cut->take_outgoing();
    rest.remove_prefix(length);
  }
  whole->close();
  cut->close();
  HF_CHECK(whole->complete() != !whole->fault().empty());
  HF_CHECK(whole->body().size() <= Http2Limits::kBodyMax);
  HF_CHECK(whole->complete() == cut->complete());
  HF_CHECK(whole->body() == cut->body());
  HF_CHECK(!whole->has_head() || (whole->status() >= 200 && whole->status() <= 999));
  return 0;
}
