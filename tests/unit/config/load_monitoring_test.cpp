// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <string>

#include "tests/unit/config/faults_of.h"

namespace holdfast {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

MonitoringConfig monitoring_of(const std::string& keys) {
  return config_of("version: 1\nmonitoring: {" + keys + "}\n").monitoring;
}
Texts faults_in(const std::string& keys) {
  return faults_of("version: 1\nmonitoring: {" + keys + "}\n");
}
Endpoint endpoint(const std::string& text) {
  return Endpoint::parse(text).value();
}

TEST(LoadMonitoring, IsOffByDefault) {
  EXPECT_EQ(config_of("version: 1\n").monitoring, MonitoringConfig{});
  EXPECT_TRUE(MonitoringConfig{}.listen.empty());
}

TEST(LoadMonitoring, Defaults) {
  MonitoringConfig expected;
  expected.listen = {endpoint("127.0.0.1:9112")};
  EXPECT_EQ(monitoring_of("listen: [127.0.0.1:9112]"), expected);
  EXPECT_EQ(expected.connections, 64U);
  EXPECT_EQ(expected.timeout, seconds{10});
}

TEST(LoadMonitoring, EveryKey) {
  MonitoringConfig expected;
  expected.listen = {endpoint("192.0.2.1:9112"), endpoint("[::1]:9112"), endpoint("0.0.0.0:80")};
  expected.allow = {IpPrefix::parse("192.0.2.0/24").value(), IpPrefix::parse("::1").value()};
  expected.connections = 256;
  expected.timeout = milliseconds{100};
  EXPECT_EQ(monitoring_of("listen: [192.0.2.1:9112, '[::1]:9112', 0.0.0.0:80], "
                          "allow: [192.0.2.0/24, '::1'], connections: 256, timeout: 100ms"),
            expected);
}

TEST(LoadMonitoring, Faults) {
  const std::string listen = ", expected an IP address and a port, such as 127.0.0.1:9112";
  EXPECT_EQ(faults_in("connections: 1").size(), 1U);
  EXPECT_EQ(faults_in("listen: []").size(), 1U);
  EXPECT_EQ(faults_in("listen: [9112]"), Texts{"f:2:23: listen: found '9112'" + listen});
  EXPECT_EQ(faults_in("listen: [127.0.0.1]"), Texts{"f:2:23: listen: found '127.0.0.1'" + listen});
  EXPECT_EQ(faults_in("listen: [127.0.0.1:0]").size(), 1U);
  EXPECT_EQ(faults_in("listen: [224.0.0.1:80]").size(), 1U);
  EXPECT_EQ(faults_in("listen: ['[fe80::1]:80']").size(), 1U);
  EXPECT_EQ(faults_in("listen: [127.0.0.1:80, 127.0.0.1:80]"),
            Texts{"f:2:37: listen: '127.0.0.1:80' stands here twice"});
  EXPECT_EQ(faults_in("listen: [127.0.0.1:80], allow: [here]"),
            Texts{"f:2:46: allow: found 'here', expected an IP address or a network, such as "
                  "192.0.2.0/24"});
  EXPECT_EQ(faults_in("listen: [127.0.0.1:80], allow: [192.0.2.0/33]").size(), 1U);
  EXPECT_EQ(faults_in("listen: [127.0.0.1:80], connections: 0").size(), 1U);
  EXPECT_EQ(faults_in("listen: [127.0.0.1:80], connections: 257").size(), 1U);
  EXPECT_EQ(faults_in("listen: [127.0.0.1:80], timeout: 99ms").size(), 1U);
  EXPECT_EQ(faults_in("listen: [127.0.0.1:80], timeout: 61s").size(), 1U);
}

}  // namespace
}  // namespace holdfast
