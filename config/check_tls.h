// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

namespace holdfast {

// How a check speaks TLS, and what it expects of the certificate. Files are read by the supervisor,
// which hands their bytes to the worker as secrets.
struct TlsConfig {
  std::string server_name;       // SNI, and the name verified; empty: none
  bool verify = false;           // against `ca`, else the system's authorities
  std::string ca_file;           // PEM; empty: the system's
  std::string certificate_file;  // PEM, ours; empty: none
  std::string key_file;          // PEM, of certificate_file
  std::uint32_t days_min = 0;    // 0..3650 that the certificate must still be valid
  bool operator==(const TlsConfig&) const = default;
};

}  // namespace holdfast
