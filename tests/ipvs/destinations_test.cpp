// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <chrono>
#include <iostream>
#include <string>
#include <vector>

#include "tests/ipvs/table.h"

// Real servers and their options, in and out of a real kernel.
namespace holdfast::balance {
namespace {

DestinationOptions tunnelled(TunnelKind kind, std::uint16_t port, bool checksum, bool remote) {
  DestinationOptions options = forwarded(Forwarding::kTunnel);
  options.tunnel = {kind, port, checksum, remote};
  return options;
}

TEST_F(IpvsTest, ServersByEveryWayOfForwarding) {
  const Destinations servers{
      {endpoint("192.0.2.1:8080"), forwarded(Forwarding::kMasquerade)},
      {endpoint("192.0.2.2:80"), forwarded(Forwarding::kDirect)},
      {endpoint("192.0.2.3:80"), tunnelled(TunnelKind::kIpip, 0, false, false)},
      {endpoint("192.0.2.4:80"), tunnelled(TunnelKind::kGue, 6080, false, false)},
      {endpoint("192.0.2.5:80"), tunnelled(TunnelKind::kGue, 6080, true, false)},
      {endpoint("192.0.2.6:80"), tunnelled(TunnelKind::kGue, 65535, false, true)},
      {endpoint("192.0.2.7:80"), tunnelled(TunnelKind::kGue, 1, true, true)},
      {endpoint("192.0.2.8:80"), tunnelled(TunnelKind::kGre, 0, false, false)},
      {endpoint("192.0.2.9:80"), tunnelled(TunnelKind::kGre, 0, true, false)}};
  round_trip(tcp("192.0.2.10:80"), {options("rr"), servers});
}

TEST_F(IpvsTest, ServersOfIpv6) {
  const Destinations servers{
      {endpoint("[2001:db8::1]:8080"), forwarded(Forwarding::kMasquerade)},
      {endpoint("[2001:db8::2]:80"), forwarded(Forwarding::kDirect)},
      {endpoint("[2001:db8::3]:80"), tunnelled(TunnelKind::kGue, 6080, true, false)}};
  round_trip(tcp("[2001:db8::10]:80"), {options("wlc"), servers});
  round_trip(marked(9, Family::kIpv6), {options("wlc"), servers});
}

TEST_F(IpvsTest, ATunnelLeadsToAServerOfTheOtherFamily) {
  round_trip(tcp("192.0.2.10:80"),
             {options("rr"),
              {{endpoint("[2001:db8::1]:80"), forwarded(Forwarding::kTunnel)},
               {endpoint("192.0.2.1:80"), forwarded(Forwarding::kMasquerade)}}});
  round_trip(tcp("[2001:db8::10]:80"),
             {options("rr"), {{endpoint("192.0.2.1:80"), forwarded(Forwarding::kTunnel)}}});
  const ServiceKey key = tcp("192.0.2.10:80");
  EXPECT_EQ(
      refused({AddService{key, options("rr")},
               AddDestination{key, endpoint("[2001:db8::1]:80"), forwarded(Forwarding::kDirect)}}),
      (std::vector<std::string>{
          "cannot add the server [2001:db8::1]:80 of tcp 192.0.2.10:80: a server of another "
          "family is reached by a tunnel only"}));
}

TEST_F(IpvsTest, WeightsAndThresholds) {
  Destinations servers;
  std::uint16_t port = 1;
  for (const std::uint32_t weight : {0U, 1U, 100U, 65535U}) {
    servers[{IpAddress::parse("192.0.2.1").value(), port++}] =
        forwarded(Forwarding::kDirect, weight);
  }
  DestinationOptions limited = forwarded(Forwarding::kDirect);
  limited.upper = 1000;
  servers[endpoint("192.0.2.2:80")] = limited;
  limited.lower = 1000;
  servers[endpoint("192.0.2.3:80")] = limited;
  round_trip(tcp("192.0.2.10:80"), {options("wrr"), servers});
}

// A server that is this host: the kernel delivers to it, whatever its forwarding is.
TEST_F(IpvsTest, AServerThatIsThisHostKeepsItsForwarding) {
  run("ip link set lo up");
  round_trip(tcp("192.0.2.10:80"), {options("rr"),
                                    {{endpoint("127.0.0.1:80"), forwarded(Forwarding::kMasquerade)},
                                     {endpoint("127.0.0.2:80"), forwarded(Forwarding::kDirect)}}});
}

TEST_F(IpvsTest, EveryOptionOfAServerCanBeChanged) {
  const ServiceKey key = tcp("192.0.2.10:80");
  const Endpoint server = endpoint("192.0.2.1:80");
  DestinationOptions limited = forwarded(Forwarding::kDirect, 5);
  limited.upper = 20;
  limited.lower = 10;
  execute({AddService{key, options("rr")},
           AddDestination{key, server, forwarded(Forwarding::kMasquerade)}});
  for (const DestinationOptions& next :
       {limited, tunnelled(TunnelKind::kGue, 6080, true, true),
        tunnelled(TunnelKind::kGre, 0, true, false), tunnelled(TunnelKind::kIpip, 0, false, false),
        forwarded(Forwarding::kMasquerade, 0)}) {
    execute({EditDestination{key, server, next}});
    EXPECT_EQ(read().services.at(key).destinations.at(server), next);
  }
}

TEST_F(IpvsTest, AServerComesAndGoesAndItsServiceStays) {
  const ServiceKey key = tcp("192.0.2.10:80");
  const Endpoint one = endpoint("192.0.2.1:80");
  const Endpoint two = endpoint("192.0.2.2:80");
  execute({AddService{key, options("rr")}, AddDestination{key, one, forwarded(Forwarding::kDirect)},
           AddDestination{key, two, forwarded(Forwarding::kDirect)}, RemoveDestination{key, one}});
  EXPECT_EQ(read().services.at(key).destinations,
            (Destinations{{two, forwarded(Forwarding::kDirect)}}));
}

TEST_F(IpvsTest, WhatIsRefusedOfServersIsSaidInWords) {
  const ServiceKey key = tcp("192.0.2.10:80");
  const Endpoint server = endpoint("192.0.2.1:80");
  const DestinationOptions plain = forwarded(Forwarding::kMasquerade);
  DestinationOptions crossed = plain;
  crossed.upper = 1;
  crossed.lower = 2;
  EXPECT_EQ(
      refused({AddDestination{key, server, plain}, AddService{key, options("rr")},
               AddDestination{key, server, plain}, AddDestination{key, server, plain},
               EditDestination{key, endpoint("192.0.2.2:80"), plain},
               EditDestination{key, server, crossed},
               AddDestination{key, endpoint("224.0.0.1:80"), plain},
               AddDestination{key, endpoint("192.0.2.3:80"),
                              tunnelled(TunnelKind::kGue, 0, false, false)}}),
      (std::vector<std::string>{
          "cannot add the server 192.0.2.1:80 of tcp 192.0.2.10:80: no such service",
          "cannot add the server 192.0.2.1:80 of tcp 192.0.2.10:80: there is such a server already",
          "cannot change the server 192.0.2.2:80 of tcp 192.0.2.10:80: no such server",
          "cannot change the server 192.0.2.1:80 of tcp 192.0.2.10:80: a weight or threshold out "
          "of range, or the lower one above the upper",
          "cannot add the server 224.0.0.1:80 of tcp 192.0.2.10:80: not an address of a single "
          "host, or a link-local one",
          "cannot add the server 192.0.2.3:80 of tcp 192.0.2.10:80: a GUE tunnel needs a port"}));
}

Endpoint numbered(unsigned number) {
  const auto byte = [&](unsigned shift) {
    return static_cast<std::uint8_t>((number >> shift) & 0xffU);
  };
  return {IpAddress::v4({10, byte(16), byte(8), byte(0)}), 80};
}

class TenThousandServers : public IpvsTest, public testing::WithParamInterface<unsigned> {};

// Load, read, nothing refused, and away again.
TEST_P(TenThousandServers, ComeAndGo) {
  using Clock = std::chrono::steady_clock;
  const auto seconds_since = [](Clock::time_point start) {
    return std::chrono::duration<double>(Clock::now() - start).count();
  };
  const unsigned services = GetParam();
  IpvsTable wanted = read();
  std::vector<IpvsCommand> load;
  std::vector<IpvsCommand> unload;
  for (unsigned i = 0; i < services; ++i) {
    const ServiceKey key = marked(i + 1);
    wanted.services[key].options = options("wlc");
    load.emplace_back(AddService{key, options("wlc")});
    for (unsigned j = 0; j < 10000 / services; ++j) {
      const Endpoint server = numbered(i * 100 + j);
      wanted.services[key].destinations[server] = forwarded(Forwarding::kDirect);
      load.emplace_back(AddDestination{key, server, forwarded(Forwarding::kDirect)});
      unload.emplace_back(RemoveDestination{key, server});
    }
    unload.emplace_back(RemoveService{key});
  }
  auto start = Clock::now();
  execute(load);
  std::cout << "10000 servers of " << services << " services: loaded in " << seconds_since(start);
  start = Clock::now();
  const IpvsTable table = read();
  std::cout << " s, read in " << seconds_since(start);
  EXPECT_TRUE(table == wanted);
  start = Clock::now();
  execute(unload);
  std::cout << " s, removed in " << seconds_since(start) << " s\n";
  EXPECT_TRUE(read().services.empty());
}

INSTANTIATE_TEST_SUITE_P(Services, TenThousandServers, testing::Values(1U, 1000U));

// More than the receive buffer has room for, if it were answered at once.
TEST_F(IpvsTest, TenThousandRefusals) {
  std::vector<IpvsCommand> commands;
  for (unsigned i = 0; i < 10000; ++i) {
    commands.emplace_back(
        AddDestination{marked(1), numbered(i), forwarded(Forwarding::kMasquerade)});
  }
  const std::vector<std::string> errors = refused(commands);
  ASSERT_EQ(errors.size(), commands.size());
  EXPECT_EQ(errors.back(), "cannot add the server 10.0.39.15:80 of mark 1 (IPv4): no such service");
}

}  // namespace
}  // namespace holdfast::balance
