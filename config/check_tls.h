// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <compare>
#include <cstdint>
#include <string>

namespace holdfast {

// How a check speaks TLS, and what it expects of the certificate. Files are read by the supervisor,
// which hands their bytes to the worker as secrets.
struct TlsConfig {
  std::string server_name;       // SNI, and what is verified; empty: none, and the address
  bool verify = false;           // the certificate, by `ca_file`
  std::string ca_file;           // PEM, if verified
  std::string certificate_file;  // PEM, ours, with its chain; empty: none
  std::string key_file;          // PEM, of certificate_file
  std::uint32_t days_min = 0;    // 0..3650 days that the certificate must still be valid
  std::string alpn{};  // the protocols that the kind speaks, with commas; empty: none is offered
  auto operator<=>(const TlsConfig&) const = default;
};

// A file that a check names, and where that stands in the document.
struct PlacedFile {
  int line = 1;
  int column = 1;
  std::string path;
  bool closed = false;  // has a key: nobody else may read it
};

}  // namespace holdfast
