// SPDX-License-Identifier: Apache-2.0
#include "check-worker/core/udp.h"

#include <string>

#include "check-worker/core/excerpt.h"

namespace holdfast::check {
namespace {

bool begins_with(std::string_view bytes, const BytePattern& pattern) {
  if (bytes.size() < pattern.bytes.size()) return false;
  for (std::size_t i = 0; i < pattern.bytes.size(); ++i) {
    if ((bytes[i] & pattern.mask[i]) != pattern.bytes[i]) return false;
  }
  return true;
}

}  // namespace

Step UdpConversation::received(std::string_view bytes) {
  if (bytes.size() < check_.min || bytes.size() > check_.max) {
    return conclude(false, "a reply of " + std::to_string(bytes.size()) + " bytes, expected " +
                               std::to_string(check_.min) + " to " + std::to_string(check_.max));
  }
  if (!begins_with(bytes, check_.reply)) {
    return conclude(false, "reply " + excerpt(bytes) + ", expected another");
  }
  return conclude(true, "answered as expected");
}

Conclusion UdpConversation::silence() const {
  if (check_.require_reply) return {false, "no reply"};
  return {true, "no ICMP error"};
}

}  // namespace holdfast::check
