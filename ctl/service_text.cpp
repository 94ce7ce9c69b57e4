// SPDX-License-Identifier: Apache-2.0
#include "ctl/service_text.h"

namespace holdfast::ctl {

std::string state_of(const Json& service) {
  const Json& quorum = service.at("quorum");
  const std::string state = quorum.is_null() ? "unknown" : quorum.get<bool>() ? "up" : "down";
  return state + (service.at("stale").get<bool>() && !quorum.is_null() ? "?" : "");
}

std::string addresses_of(const Json& service) {
  const Json& addresses = service.at("addresses");
  if (addresses.empty()) return "-";
  std::string text = text_of(addresses[0]);
  if (addresses.size() > 1) text += " and " + std::to_string(addresses.size() - 1) + " more";
  const Json& protocol = service.at("protocol");
  return protocol.is_null() ? text : text_of(protocol) + " " + text;
}

std::string who_serves(const Json& service) {
  if (service.at("sorry").get<bool>()) return "its sorry server serves";
  return service.at("panic").get<bool>() ? "servers that have failed serve" : "";
}

}  // namespace holdfast::ctl
