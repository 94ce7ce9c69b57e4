// SPDX-License-Identifier: Apache-2.0
#include "balance-worker/core/ipvs_canonical.h"

#include <gtest/gtest.h>

// What the kernel makes of these, tests/ipvs shows.
namespace holdfast::balance {
namespace {

Endpoint endpoint(const char* text) {
  return Endpoint::parse(text).value();
}

TEST(IpvsCanonical, AServiceByMarkHasNeitherProtocolNorEndpoint) {
  ServiceKey key;
  key.family = Family::kIpv6;
  key.mark = 7;
  const ServiceKey bare = key;
  key.protocol = Protocol::kUdp;
  key.endpoint = endpoint("192.0.2.10:80");
  EXPECT_EQ(canonical(key), bare);
  key.mark = 0;
  EXPECT_EQ(canonical(key), key);
}

TEST(IpvsCanonical, ThePrefixOfASingleClientIsNone) {
  ServiceOptions options;
  options.persistence = 60;
  options.persistence_prefix = 32;
  EXPECT_EQ(canonical(options, Family::kIpv4).persistence_prefix, 0);
  EXPECT_EQ(canonical(options, Family::kIpv6).persistence_prefix, 32);
  options.persistence_prefix = 128;
  EXPECT_EQ(canonical(options, Family::kIpv6).persistence_prefix, 0);
  options.persistence_prefix = 24;
  EXPECT_EQ(canonical(options, Family::kIpv4), options);
  options.persistence.reset();
  EXPECT_EQ(canonical(options, Family::kIpv4).persistence_prefix, 0);
}

TEST(IpvsCanonical, ATunnelHasWhatItsKindHas) {
  DestinationOptions options;
  options.tunnel = {TunnelKind::kGue, 6080, true, true};
  for (const Forwarding forwarding : {Forwarding::kMasquerade, Forwarding::kDirect}) {
    options.forwarding = forwarding;
    EXPECT_EQ(canonical(options).tunnel, Tunnel{});
  }
  options.forwarding = Forwarding::kTunnel;
  EXPECT_EQ(canonical(options), options);
  options.tunnel.kind = TunnelKind::kGre;
  EXPECT_EQ(canonical(options).tunnel, (Tunnel{TunnelKind::kGre, 0, true, false}));
  options.tunnel.kind = TunnelKind::kIpip;
  EXPECT_EQ(canonical(options).tunnel, Tunnel{});
}

TEST(IpvsCanonical, WhatADaemonDoesUnaskedIsNotSaid) {
  SyncDaemon daemon;
  daemon.interface = "eth0";
  const SyncDaemon bare = daemon;
  daemon.max_length = 1472;
  daemon.ttl = 1;
  daemon.group = endpoint("224.0.0.81:8848");
  EXPECT_EQ(canonical(SyncRole::kMaster, daemon), bare);
  daemon.group->port = 0;
  EXPECT_EQ(canonical(SyncRole::kBackup, daemon), bare);
  daemon.group = endpoint("[ff02::51]:8848");
  EXPECT_EQ(canonical(SyncRole::kMaster, daemon).max_length, 1472);  // 1452 would be the default
  daemon.max_length = 100;
  EXPECT_EQ(canonical(SyncRole::kMaster, daemon).max_length, 100);
  EXPECT_EQ(canonical(SyncRole::kBackup, daemon).max_length, 1024);
}

TEST(IpvsCanonical, ATableIsInAllItsParts) {
  ServiceKey key;
  key.family = Family::kIpv4;
  key.mark = 7;
  key.endpoint = endpoint("192.0.2.10:80");
  IpvsTable table;
  table.services[key].options.persistence_prefix = 24;
  table.services[key].destinations[endpoint("192.0.2.1:80")].tunnel.port = 6080;
  table.sync[SyncRole::kMaster].ttl = 1;
  table.timeouts.tcp = 60;

  ServiceKey bare;
  bare.family = Family::kIpv4;
  bare.mark = 7;
  IpvsTable expected;
  expected.services[bare].destinations[endpoint("192.0.2.1:80")];
  expected.sync[SyncRole::kMaster];
  expected.timeouts.tcp = 60;
  EXPECT_TRUE(canonical(table) == expected);
}

}  // namespace
}  // namespace holdfast::balance
