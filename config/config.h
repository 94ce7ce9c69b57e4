// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "common/core/log_line.h"
#include "config/alerts_config.h"
#include "config/check_config.h"
#include "config/monitoring_config.h"
#include "config/notify_config.h"
#include "config/resolver_config.h"
#include "config/route_config.h"
#include "config/virtual_server_config.h"
#include "config/vrrp_config.h"
#include "config/witness_config.h"

// What an operator can configure: plain values with their defaults. Two of them compare equal if
// and only if nothing has to change. Ranges are those that validate() enforces.
namespace holdfast {

enum class LogFormat : std::uint8_t { kText, kJson, kJournald };

struct LogConfig {
  LogLevel level = LogLevel::kInfo;
  LogFormat format = LogFormat::kText;
  bool operator==(const LogConfig&) const = default;
};

struct Config {
  std::string node;  // default: the host name
  LogConfig log;
  std::vector<InstanceConfig> instances;  // names unique
  std::vector<SyncGroupConfig> sync_groups;
  AnnounceLimits announce_limits;
  Duration start_delay{0};          // 0..1 h, before the daemon's instances begin
  std::vector<CheckConfig> checks;  // names unique
  ResolverConfig resolver;
  NotifyConfig notify;
  StaticConfig fixed;  // `static:`
  LoadBalancingConfig load_balancing;
  std::vector<VirtualServerConfig> virtual_servers;  // names unique; no service in two of them
  MonitoringConfig monitoring;
  AlertsConfig alerts;
  WitnessConfig witness;

  // Compiled once, in config.cpp: in each file that copies a Config, it was a third of the work.
  Config();
  Config(const Config& other);
  Config(Config&& other) noexcept;
  Config& operator=(const Config& other);
  Config& operator=(Config&& other) noexcept;
  ~Config();
  bool operator==(const Config& other) const;
};

}  // namespace holdfast
