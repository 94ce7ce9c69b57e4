// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdlib>
#include <ostream>
#include <random>
#include <string>

#include "common/core/ip.h"
#include "common/core/messages.h"
#include "common/core/time.h"
#include "vrrp-worker/core/advert.h"
#include "vrrp-worker/core/router.h"

// How a failing expectation shows our values.
namespace holdfast {

inline std::ostream& operator<<(std::ostream& out, Time time) {
  return out << "Time{" << time.time_since_epoch().count() << "}";
}
inline std::ostream& operator<<(std::ostream& out, Priority priority) {
  return out << int{priority.value};
}
inline std::ostream& operator<<(std::ostream& out, const IpAddress& address) {
  return out << address.to_string();
}
inline std::ostream& operator<<(std::ostream& out, const IpPrefix& prefix) {
  return out << prefix.to_string();
}
inline std::ostream& operator<<(std::ostream& out, VrrpState state) {
  return out << to_string(state);
}
inline std::ostream& operator<<(std::ostream& out, Rejection rejection) {
  return out << to_string(rejection);
}

namespace vrrp {

inline std::ostream& operator<<(std::ostream& out, const SendAdvert& advert) {
  return out << "SendAdvert " << advert.priority;
}
inline std::ostream& operator<<(std::ostream& out, const AddAddresses&) {
  return out << "AddAddresses";
}
inline std::ostream& operator<<(std::ostream& out, const RemoveAddresses&) {
  return out << "RemoveAddresses";
}
inline std::ostream& operator<<(std::ostream& out, const Announce&) {
  return out << "Announce";
}
inline std::ostream& operator<<(std::ostream& out, const StateChanged& change) {
  return out << change.from << " -> " << change.to << ": " << change.reason;
}
inline std::ostream& operator<<(std::ostream& out, const Advert& advert) {
  out << "v" << static_cast<int>(advert.version) << " vrid " << int{advert.vrid.value}
      << " priority " << advert.priority << " interval " << advert.interval.count()
      << " us authentication " << int{advert.authentication_type};
  for (const IpAddress& address : advert.addresses) out << " " << address;
  return out;
}

}  // namespace vrrp

// A failing random test is repeated with HOLDFAST_SEED set to the seed that it printed.
inline unsigned random_seed() {
  const char* given = std::getenv("HOLDFAST_SEED");
  return given == nullptr ? std::random_device{}() : static_cast<unsigned>(std::stoul(given));
}

inline IpAddress ip(const std::string& text) {
  return IpAddress::parse(text).value();
}
inline IpPrefix prefix(const std::string& text) {
  return IpPrefix::parse(text).value();
}

}  // namespace holdfast
