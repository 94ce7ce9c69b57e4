// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "common/core/time.h"
#include "config/check_endpoint.h"

// A third party that tells a dead peer from a cut link: `witness:`. Files are read by the
// supervisor, which hands their bytes to the witness-worker as secrets.
namespace holdfast {

// What an instance with a witness does while that cannot be reached.
enum class WhenUnreachable : std::uint8_t {
  kHold,     // what VRRP says
  kRelease,  // it gives up its addresses when its lease is over, and takes none over
};

struct WitnessConfig {
  // A lease counts as over so much earlier than the witness says.
  static constexpr Duration kMargin = std::chrono::milliseconds{500};

  std::vector<CheckEndpoint> endpoints;    // 1..9 members of one etcd; none: there is no witness
  bool tls = false;                        // to all of them
  std::string prefix = "/holdfast";        // of its keys
  Duration ttl = std::chrono::seconds{5};  // of the lease: 3 s..60 s, whole seconds
  std::string ca_file;                     // PEM, with TLS
  std::string certificate_file;            // PEM, ours, with its chain; empty: none
  std::string key_file;                    // PEM, of certificate_file
  std::string user;                        // empty: none
  std::string password_file;               // one line, of a user
  bool operator==(const WitnessConfig&) const = default;
};

}  // namespace holdfast
