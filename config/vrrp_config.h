// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "common/core/ids.h"
#include "common/core/ip.h"
#include "common/core/time.h"

// The part of the configuration that stands under `vrrp`.
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

// Instances that are active together or not at all. What a group tracks stands in its members.
struct SyncGroupConfig {
  std::string name;
  std::vector<std::string> instances;  // at least 1; an instance is in one group only
  bool operator==(const SyncGroupConfig&) const = default;
};

}  // namespace holdfast
