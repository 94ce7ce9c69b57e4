// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <set>
#include <string>

#include "config/config.h"

namespace holdfast {

using Names = std::set<std::string, std::less<>>;

// Everything that a message about a subject may name, and "" for what is about none: of who keeps
// what was said, to forget what a reload has removed. The kinds may share a name: then a message of
// the other kind stays, which nobody looks up.
inline Names names_in(const Config& config) {
  Names names{""};
  for (const InstanceConfig& one : config.instances) names.insert(one.name);
  for (const CheckConfig& one : config.checks) names.insert(one.name);
  for (const VirtualServerConfig& one : config.virtual_servers) {
    names.insert(one.name);
    for (const RealServerConfig& server : one.real_servers) {
      names.insert(server_name(one.name, server.endpoint));
    }
  }
  for (const ReceiverConfig& one : config.alerts.receivers) names.insert(one.name);
  return names;
}

}  // namespace holdfast
