// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "balance-worker/core/ipvs_table.h"
#include "balance-worker/core/kernel_terms.h"
#include "common/core/messages.h"
#include "config/config.h"

namespace holdfast::balance {

using std::chrono::milliseconds;
using std::chrono::seconds;

inline const Time kStart{std::chrono::hours{1}};

inline Endpoint at(std::uint8_t last, std::uint16_t port = 80) {
  return {IpAddress::v4({10, 0, 0, last}), port};
}

inline VirtualServers servers_of(const Config& config) {
  VirtualServers all;
  for (const VirtualServerConfig& one : config.virtual_servers) all.push_back(&one);
  return all;
}

inline std::string check_of(std::uint8_t last) {
  return "check" + std::to_string(last);
}

inline RealServerConfig real_server(std::uint8_t last, std::uint32_t weight = 1) {
  RealServerConfig server;
  server.endpoint = at(last);
  server.weight = weight;
  server.checks = {check_of(last)};
  return server;
}

// web, on 192.0.2.10:80, with servers 10.0.0.1 to 10.0.0.COUNT of a check each.
inline VirtualServerConfig web(std::uint8_t count) {
  VirtualServerConfig service;
  service.name = "web";
  service.addresses = {{Family::kIpv4, 0, {IpAddress::v4({192, 0, 2, 10}), 80}}};
  for (std::uint8_t i = 1; i <= count; ++i) service.real_servers.push_back(real_server(i));
  return service;
}

inline ServiceKey web_key() {
  return {Family::kIpv4, 0, Protocol::kTcp, {IpAddress::v4({192, 0, 2, 10}), 80}};
}

inline CheckState check_state(std::uint8_t last, bool up, Time since = kStart,
                              std::uint8_t weight = 100) {
  return {check_of(last), up, up ? weight : std::uint8_t{0}, since,
          up ? "connected" : "connection refused"};
}

inline DestinationOptions weighing(std::uint32_t weight) {
  DestinationOptions options;
  options.weight = weight;
  return options;
}

}  // namespace holdfast::balance
