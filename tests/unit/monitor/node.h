// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "config/config.h"

namespace holdfast::monitor {

// An instance "web", a check "app" and a virtual server "shop" with the server 10.0.0.1:80.
inline Config node_config() {
  Config config;
  config.node = "lb1";
  InstanceConfig instance;
  instance.name = "web";
  config.instances = {instance};
  CheckConfig check;
  check.name = "app";
  config.checks = {check};
  VirtualServerConfig service;
  service.name = "shop";
  RealServerConfig server;
  server.endpoint = {IpAddress::v4({10, 0, 0, 1}), 80};
  server.weight = 3;
  service.real_servers = {server};
  config.virtual_servers = {service};
  return config;
}

}  // namespace holdfast::monitor
