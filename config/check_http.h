// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "config/check_endpoint.h"
#include "config/check_tls.h"

namespace holdfast {

struct HttpStatusRange {
  std::uint16_t first = 200;  // 100..999
  std::uint16_t last = 299;   // first..999
  bool operator==(const HttpStatusRange&) const = default;
};

// One request, and what its answer must be.
struct HttpRequest {
  std::string path = "/";  // and query: begins with '/', printable ASCII, at most 2048 bytes
  std::vector<HttpStatusRange> statuses{HttpStatusRange{}};  // any of them
  std::string contains{};                                    // in the body; empty: anything
  std::string matches{};                                     // a PCRE2 pattern; empty: anything
  std::optional<std::array<std::uint8_t, 32>> sha256{};      // of the body
  bool operator==(const HttpRequest&) const = default;
};

// Good, if every request is answered as it must be; each has a connection of its own.
struct HttpCheck {
  CheckEndpoint endpoint;
  std::string method = "GET";                                // a token of at most 32 bytes
  std::string host;                                          // the header; empty: the endpoint
  std::vector<std::pair<std::string, std::string>> headers;  // at most 32
  std::vector<HttpRequest> requests{HttpRequest{}};          // 1..16
  std::optional<TlsConfig> tls{};                            // https
  bool operator==(const HttpCheck&) const = default;
};

// A pattern, and where it stands in the document.
struct PlacedPattern {
  int line = 1;
  int column = 1;
  std::string pattern;
};

}  // namespace holdfast
