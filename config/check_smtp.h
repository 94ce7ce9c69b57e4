// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "config/check_endpoint.h"
#include "config/check_tls.h"

namespace holdfast {

// Good, if the server greets and takes EHLO, if so configured under TLS.
struct SmtpCheck {
  CheckEndpoint endpoint;
  std::string helo = "localhost";  // 1..255 bytes, printable ASCII
  bool starttls = false;
  TlsConfig tls{};  // if so
  bool operator==(const SmtpCheck&) const = default;
};

}  // namespace holdfast
