// SPDX-License-Identifier: Apache-2.0
#include "config/packed_servers.h"

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

namespace holdfast {
namespace {

IpAddress ip(const std::string& text) {
  return *IpAddress::parse(text);
}

// Nothing in it is a default.
VirtualServerConfig every_field() {
  VirtualServerConfig service;
  service.name = "shop";
  service.addresses = {{Family::kIpv6, 7, {ip("2001:db8::10"), 443}},
                       {Family::kIpv4, 0, {ip("192.0.2.10"), 80}}};
  service.one_service = true;
  service.protocol = TransportProtocol::kSctp;
  service.scheduler = "mh";
  service.fallback = service.port = service.one_packet = service.source_nat = true;
  service.persistence = PersistenceConfig{86'400, 24, "sip"};
  service.quorum = 0xffffffffU;
  service.hysteresis = 3;
  service.sorry_server = SorryServerConfig{
      {ip("10.0.0.9"), 8080}, {ForwardingMethod::kTunnel, TunnelType::kGre, 6080, true, true}};
  service.ha_suspend = {"one", "two"};
  service.initially_up = false;
  service.panic = {false, 100};
  RealServerConfig server;
  server.endpoint = {ip("10.0.0.1"), 65'535};
  server.weight = 65'535;
  server.upper = 0xfffffffeU;
  server.lower = 5;
  server.forwarding = {ForwardingMethod::kDirect, TunnelType::kGue, 1, false, true};
  server.on_failure = {OnFailure::kDrain, std::chrono::hours{24}};
  server.checks = {"app", "shop/10.0.0.1:80/2"};
  server.combine = CombineChecks::kSum;
  service.real_servers = {server, {}};
  return service;
}

TEST(PackedServers, SayWhatTheyWere) {
  const std::vector<VirtualServerConfig> all{every_field(), {}, every_field()};
  for (const auto& services : {all, {}}) {
    const auto again = unpacked_servers(packed_servers(services));
    ASSERT_TRUE(again);
    EXPECT_EQ(*again, services);
  }
}

TEST(PackedServers, WhatIsCutIsRefused) {
  const std::string bytes = packed_servers({every_field()});
  for (std::size_t size = 1; size < bytes.size(); ++size) {
    EXPECT_FALSE(unpacked_servers(bytes.substr(0, size))) << size;
  }
  EXPECT_EQ(unpacked_servers(bytes + '\0').error().message,
            "the sealed configuration has no virtual servers as it should");
}

TEST(PackedServers, AnyBytesAreFine) {
  const std::string good = packed_servers({every_field()});
  std::mt19937 random(1);
  for (int round = 0; round < 20'000; ++round) {
    std::string bytes = good;
    for (int i = 0; i < 3; ++i) bytes[random() % bytes.size()] = static_cast<char>(random());
    const auto services = unpacked_servers(bytes);
    if (services) EXPECT_EQ(packed_servers(*services), bytes);
  }
}

}  // namespace
}  // namespace holdfast
