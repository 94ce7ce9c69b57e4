// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "check-worker/core/http_response.h"
#include "common/core/result.h"

// A response in pieces, whose sizes the first bytes give, comes to the same as in one piece, and
// never grows beyond its limits.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using holdfast::check::HttpResponse;
  if (size < 8) return 0;
  const bool to_head = data[0] % 8 == 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 8, size - 8);

  HttpResponse whole(to_head);
  whole.feed(bytes);
  HttpResponse cut(to_head);
  std::size_t piece = 1;
  for (std::string_view rest = bytes; !rest.empty(); ++piece) {
    const std::size_t length = std::min<std::size_t>(rest.size(), 1U + data[piece % 8]);
    cut.feed(rest.substr(0, length));
    rest.remove_prefix(length);
  }
  whole.close();
  cut.close();
  HF_CHECK(whole.body().size() <= HttpResponse::kBodyMax);
  HF_CHECK(whole.complete() == cut.complete());
  HF_CHECK(whole.fault().empty() == cut.fault().empty());
  HF_CHECK(whole.body() == cut.body());
  HF_CHECK(!whole.has_head() || (whole.status() >= 100 && whole.status() <= 999));
  HF_CHECK(!whole.has_head() || whole.status() == cut.status());
  return 0;
}
