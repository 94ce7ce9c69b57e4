// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>

#include "config/check_endpoint.h"
#include "config/check_tls.h"

namespace holdfast {

// Good, if grpc.health.v1 says SERVING.
struct GrpcCheck {
  CheckEndpoint endpoint;
  std::string service;             // at most 127 bytes; empty: the server as a whole
  std::string host;                // :authority; empty: the endpoint
  std::optional<TlsConfig> tls{};  // with ALPN h2
  bool operator==(const GrpcCheck&) const = default;
};

}  // namespace holdfast
