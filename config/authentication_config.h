// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "common/core/time.h"

namespace holdfast {

// How far a virtual router has come on the way from unsigned to signed adverts.
enum class AuthenticationMode : std::uint8_t {
  kReceiveOnly,  // sends unsigned adverts, accepts both
  kPermissive,   // sends signed ones, accepts both
  kEnforce,      // sends and accepts signed ones only
};

constexpr std::string_view to_string(AuthenticationMode mode) {
  switch (mode) {
    case AuthenticationMode::kReceiveOnly:
      return "receive-only";
    case AuthenticationMode::kPermissive:
      return "permissive";
    case AuthenticationMode::kEnforce:
      return "enforce";
  }
  return "";
}

// A key, and where it is kept: the document only says where.
struct AuthenticationKey {
  std::uint8_t id = 0;     // 1..255, on the wire
  std::string file;        // an absolute path; or:
  std::string credential;  // the name of a systemd credential
  bool operator==(const AuthenticationKey&) const = default;

  // What its Secret is called.
  std::string secret() const { return file.empty() ? "credential " + credential : "file " + file; }
};

// Where one stands in the document, for those who read it.
struct PlacedKey {
  int line = 1;
  int column = 1;
  AuthenticationKey key;
};

// Adverts with a trailer of HMAC-SHA256 (docs/authentication.md).
struct HmacConfig {
  AuthenticationMode mode = AuthenticationMode::kEnforce;
  Duration window = std::chrono::seconds{5};  // 1..1000 s, by which a sender's clock may be off
  std::vector<AuthenticationKey> keys;        // 1..8 of unique ids; the first signs, all verify
  bool operator==(const HmacConfig&) const = default;
};

}  // namespace holdfast
