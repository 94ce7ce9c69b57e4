// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <string>

#include "config/host_name.h"
#include "tests/unit/config/faults_of.h"

namespace holdfast {
namespace {

CheckConfig check_of(const std::string& keys) {
  return config_of("version: 1\nchecks:\n  - {name: a, " + keys + "}\n").checks.at(0);
}
Texts faults_in(const std::string& keys) {
  return faults_of("version: 1\nchecks:\n  - {name: a, " + keys + "}\n");
}
CheckEndpoint named(const std::string& host, std::uint16_t port, bool v6 = false) {
  CheckEndpoint endpoint(v6 ? IpAddress::v6({}) : IpAddress{}, port);
  endpoint.host = host;
  return endpoint;
}

TEST(LoadNames, OfHostsInsteadOfAddresses) {
  EXPECT_EQ(endpoint_of(check_of("tcp: web1.example.net:80").target),
            named("web1.example.net", 80));
  EXPECT_EQ(endpoint_of(check_of("tcp: 'localhost.:80'").target), named("localhost.", 80));
  EXPECT_EQ(endpoint_of(check_of("dns: {address: ns_1:53}").target), named("ns_1", 53));
  EXPECT_EQ(endpoint_of(check_of("ping: web1").target), named("web1", 0));
  EXPECT_EQ(endpoint_of(check_of("tcp: web1:80, family: ipv6").target), named("web1", 80, true));
  EXPECT_EQ(endpoint_of(check_of("tcp: web1:80, source: 2001:db8::1").target),
            named("web1", 80, true));
  EXPECT_EQ(endpoint_of(check_of("tcp: web1:80, source: 192.0.2.1").target), named("web1", 80));
}

TEST(LoadNames, TlsIsOfTheName) {
  const auto tls_of_http = [](const std::string& keys) {
    return std::get<HttpCheck>(check_of(keys).target).tls.value().server_name;
  };
  EXPECT_EQ(tls_of_http("https: web1:443"), "web1");
  EXPECT_EQ(tls_of_http("https: {address: web1:443}"), "web1");
  EXPECT_EQ(tls_of_http("https: {address: web1:443, host: shop}"), "shop");
  EXPECT_EQ(tls_of_http("https: {address: web1:443, server_name: shop}"), "shop");
  EXPECT_EQ(
      std::get<GrpcCheck>(check_of("grpc: {address: web1:1, tls: true}").target).tls->server_name,
      "web1");
}

TEST(LoadNames, Faults) {
  const std::string what =
      ", expected an IP address or a host name, and a port, such as 192.0.2.1:80";
  EXPECT_EQ(faults_in("tcp: 192.0.2.300:80"), Texts{"f:3:20: tcp: found '192.0.2.300:80'" + what});
  EXPECT_EQ(faults_in("tcp: web1"), Texts{"f:3:20: tcp: found 'web1'" + what});
  EXPECT_EQ(faults_in("tcp: web..1:80").size(), 1U);
  EXPECT_EQ(faults_in("tcp: '-:0'").size(), 1U);
  EXPECT_EQ(faults_in("tcp: '.:80'").size(), 1U);
  EXPECT_EQ(faults_in("tcp: 192.0.2.1:80, family: ipv4"),
            Texts{"f:3:42: family: no name is looked up, expected no such key"});
  EXPECT_EQ(faults_in("tcp: web1:80, family: ipv6, source: 192.0.2.1"),
            Texts{"f:3:37: family: found 'ipv6', expected that of the source"});
  EXPECT_EQ(faults_in("script: /bin/true, family: ipv6").size(), 1U);
}

TEST(HostNames, WhichAreNames) {
  for (const char* name : {"a", "a.b.", "web-1", "1.a", "xn--bcher-kva.example"}) {
    EXPECT_TRUE(is_host_name(name)) << name;
  }
  for (const char* name : {"", ".", "a..b", "1", "192.0.2.1", "::1", "a b", "a/b", "ä"}) {
    EXPECT_FALSE(is_host_name(name)) << name;
  }
  EXPECT_FALSE(is_host_name(std::string(64, 'a')));
}

TEST(LoadResolver, EveryKey) {
  const ResolverConfig resolver =
      config_of(
          "version: 1\nresolver: {servers: [192.0.2.53, '192.0.2.54:5353', 2001:db8::53], "
          "timeout: 250ms, attempts: 3, min_ttl: 5s, max_ttl: 10m}\n")
          .resolver;
  EXPECT_EQ(resolver, (ResolverConfig{{Endpoint::parse("192.0.2.53:53").value(),
                                       Endpoint::parse("192.0.2.54:5353").value(),
                                       Endpoint::parse("[2001:db8::53]:53").value()},
                                      std::chrono::milliseconds{250},
                                      3,
                                      std::chrono::seconds{5},
                                      std::chrono::minutes{10}}));
  EXPECT_EQ(config_of("version: 1\nresolver: {min_ttl: 1h}\n").resolver.ttl_max,
            std::chrono::hours{1});
}

TEST(LoadResolver, Faults) {
  EXPECT_EQ(faults_of("version: 1\nresolver: {servers: [ns.example]}\n"),
            Texts{"f:2:22: servers: found 'ns.example', expected an IP address with or without a "
                  "port, such as 192.0.2.53"});
  EXPECT_EQ(faults_of("version: 1\nresolver: {servers: []}\n").size(), 1U);
  EXPECT_EQ(faults_of("version: 1\nresolver: {servers: [0.0.0.0]}\n").size(), 1U);
  EXPECT_EQ(faults_of("version: 1\nresolver: {min_ttl: 1h, max_ttl: 1m}\n"),
            Texts{"f:2:34: max_ttl: found '1m', expected at least min_ttl, 1h"});
  EXPECT_EQ(faults_of("version: 1\nresolver: {attempts: 0, timeout: 1m}\n").size(), 2U);
}

}  // namespace
}  // namespace holdfast
