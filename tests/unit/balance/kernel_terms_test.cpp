// SPDX-License-Identifier: Apache-2.0
#include "balance-worker/core/kernel_terms.h"

#include <gtest/gtest.h>

#include "tests/unit/balance/balance_fixture.h"

namespace holdfast::balance {
namespace {

TEST(KernelTerms, AServiceIsAddressesOrMarks) {
  VirtualServerConfig service = web(0);
  service.protocol = TransportProtocol::kSctp;
  service.addresses.push_back({Family::kIpv4, 0, at(1, 0)});
  EXPECT_EQ(keys_of(service, {}),
            (std::vector<ServiceKey>{{Family::kIpv4, 0, Protocol::kSctp, web_key().endpoint},
                                     {Family::kIpv4, 0, Protocol::kSctp, at(1, 0)}}));
  service.addresses = {{Family::kIpv6, 7, {}}};
  EXPECT_EQ(keys_of(service, {}), (std::vector<ServiceKey>{{Family::kIpv6, 7, {}, {}}}));
}

TEST(KernelTerms, OptionsOfAService) {
  VirtualServerConfig service = web(0);
  service.scheduler = "sh";
  service.port = true;
  service.one_packet = true;
  service.persistence = PersistenceConfig{300, 24, "sip"};
  ServiceOptions options;
  options.scheduler = "sh";
  options.scheduler_flag_2 = true;
  options.one_packet = true;
  options.persistence = 300;
  options.persistence_prefix = 24;
  options.persistence_engine = "sip";
  EXPECT_EQ(options_of(service), options);
  service.persistence->prefix = 32;
  EXPECT_EQ(options_of(service).persistence_prefix, 0) << "canonical";
}

TEST(KernelTerms, OptionsOfAServer) {
  RealServerConfig server = real_server(1);
  server.upper = 100;
  server.lower = 90;
  server.forwarding = {ForwardingMethod::kTunnel, TunnelType::kGue, 6080, true, false};
  DestinationOptions options;
  options.forwarding = Forwarding::kTunnel;
  options.weight = 5;
  options.upper = 100;
  options.lower = 90;
  options.tunnel = {TunnelKind::kGue, 6080, true, false};
  EXPECT_EQ(destination_of(server, 5), options);
  server.forwarding.method = ForwardingMethod::kDirect;
  options.forwarding = Forwarding::kDirect;
  options.tunnel = {};
  EXPECT_EQ(destination_of(server, 5), options) << "no tunnel";
}

TEST(KernelTerms, TheDefaultsOfTheSynchronizationAreCanonical) {
  SyncConfig config;
  config.interface = "eth0";
  config.ttl = 1;
  config.group = Endpoint{IpAddress::v4({224, 0, 0, 81}), 8848};
  SyncDaemon daemon;
  daemon.interface = "eth0";
  EXPECT_EQ(sync_daemon_of(config, SyncRole::kMaster), daemon);
}

}  // namespace
}  // namespace holdfast::balance
