// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "common/core/ids.h"
#include "common/core/ip.h"
#include "common/core/log_line.h"
#include "common/core/time.h"

// What an operator can configure: plain values with their defaults. Two of them compare equal if
// and only if nothing has to change. Ranges are those that validate() enforces.
namespace holdfast {

enum class VrrpVersion : std::uint8_t { k2 = 2, k3 = 3 };

// VRRPv3 over IPv4 only. RFC 5798 was read as with the pseudo-header, and keepalived and FRR send
// that; RFC 9568 §5.2.8 says without. Both are accepted.
enum class ChecksumForm : std::uint8_t { kPseudoHeader, kMessageOnly };

struct TrackInterface {
  std::string interface;      // down: FAULT, unless it has a weight
  std::optional<int> weight;  // -253..253
  auto operator<=>(const TrackInterface&) const = default;
};

struct TrackCheck {
  std::string check;          // down: FAULT, unless it has a weight
  std::optional<int> weight;  // -253..253. Negative: added while down. Positive: added while up.
  auto operator<=>(const TrackCheck&) const = default;
};

struct InstanceConfig {
  std::string name;
  std::string interface;
  Vrid vrid;
  VrrpVersion version = VrrpVersion::k3;
  Priority priority{100};                              // 1..255; 255: the address owner
  Duration advert_interval = std::chrono::seconds{1};  // v3: 10 ms..40.95 s; v2: 1..255 s, whole
  bool preempt = true;
  Duration preempt_delay{0};  // 0..1000 s
  ChecksumForm checksum = ChecksumForm::kPseudoHeader;
  std::vector<IpPrefix> addresses;  // 1..20, all of one family
  std::vector<TrackInterface> track_interfaces;
  std::vector<TrackCheck> track_checks;
  bool operator==(const InstanceConfig&) const = default;
};

struct CheckConfig {
  std::string name;
  Endpoint tcp;
  Duration interval = std::chrono::seconds{1};  // 10 ms..1 day
  Duration timeout = std::chrono::seconds{1};   // 1 ms..1 day, at most the interval
  std::uint32_t rise = 1;                       // 1..1000 good results in a row: up
  std::uint32_t fall = 1;                       // 1..1000 bad results in a row: down
  bool operator==(const CheckConfig&) const = default;
};

enum class LogFormat : std::uint8_t { kText, kJson };

struct LogConfig {
  LogLevel level = LogLevel::kInfo;
  LogFormat format = LogFormat::kText;
  bool operator==(const LogConfig&) const = default;
};

struct Config {
  std::string node;  // default: the host name
  LogConfig log;
  std::vector<InstanceConfig> instances;  // names unique
  std::vector<CheckConfig> checks;        // names unique
  bool operator==(const Config&) const = default;
};

}  // namespace holdfast
