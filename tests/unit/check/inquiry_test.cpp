// SPDX-License-Identifier: Apache-2.0
#include "check-worker/core/inquiry.h"

#include <gtest/gtest.h>

#include <string>

#include "common/hmac_sha256.h"
#include "common/pattern.h"
#include "tests/unit/check/talks.h"

namespace holdfast::check {
namespace {

const Tools kTools{matches, sha256, nullptr, 0x0102030405060708U};

template <typename Check>
Check at_port(std::uint16_t port) {
  Check check;
  check.endpoint.address = IpAddress::v4({192, 0, 2, 7});
  check.endpoint.port = port;
  return check;
}

struct Expected {
  Transport transport{};
  bool speaks_first = false;
  bool takes_echo = false;
};

void expect(const CheckTarget& target, const Expected& expected) {
  const Inquiry inquiry = inquiry_of(target, kTools);
  EXPECT_EQ(inquiry.transport, expected.transport);
  EXPECT_EQ(inquiry.speaks_first, expected.speaks_first);
  EXPECT_EQ(inquiry.takes_echo, expected.takes_echo);
  EXPECT_EQ(inquiry.endpoint.address, IpAddress::v4({192, 0, 2, 7}));
  EXPECT_EQ(inquiry.endpoint.port, endpoint_of(target)->port);
  EXPECT_EQ(inquiry.tls, tls_of(target));
  ASSERT_NE(inquiry.conversation, nullptr);
}

// What it says once it is connected.
std::string first_words(const CheckTarget& target) {
  return inquiry_of(target, kTools).conversation->begin().send;
}

TEST(Inquiry, OfTcpEndsWithTheConnectionOrSpeaksAsItsFirstStepSays) {
  TcpCheck check = at_port<TcpCheck>(80);
  expect(check, {Transport::kTcp, true, true});
  EXPECT_TRUE(inquiry_of(check, kTools).conversation->begin().end->good);
  check.steps.emplace_back().send = "PING\r\n";
  expect(check, {Transport::kTcp, true, true});
  EXPECT_EQ(first_words(check), "PING\r\n");
  check.steps.front().send.clear();
  expect(check, {Transport::kTcp, false, true});
  EXPECT_EQ(first_words(check), "");
}

TEST(Inquiry, OfDatabases) {
  expect(at_port<PostgresqlCheck>(5432), {Transport::kTcp, true, false});
  EXPECT_FALSE(first_words(at_port<PostgresqlCheck>(5432)).empty());
  expect(at_port<MysqlCheck>(3306), {Transport::kTcp, false, false});
  EXPECT_EQ(first_words(at_port<MysqlCheck>(3306)), "") << "its server greets";
}

TEST(Inquiry, OfDnsIsByUdpUnlessTcpIsWanted) {
  DnsCheck check = at_port<DnsCheck>(53);
  expect(check, {Transport::kUdp, true, false});
  const std::string datagram = first_words(check);
  EXPECT_FALSE(datagram.empty());
  check.tcp = true;
  expect(check, {Transport::kTcp, true, false});
  EXPECT_EQ(first_words(check).size(), datagram.size() + 2) << "a length goes before it";
}

TEST(Inquiry, OfMailUpgradesToItsTls) {
  SmtpCheck check = at_port<SmtpCheck>(25);
  check.starttls = true;
  const CheckTarget target = check;
  expect(target, {Transport::kTcp, false, false});
  EXPECT_EQ(tls_of(target), &std::get<SmtpCheck>(target).tls);
  const auto conversation = inquiry_of(target, kTools).conversation;
  EXPECT_EQ(
      transcript(*conversation, "220 mail\r\n250-mail\r\n250 STARTTLS\r\n220 go\r\n", 100, false),
      "sent 'EHLO localhost\r\nSTARTTLS\r\n[tls]EHLO localhost\r\n'; silence: no reply to EHLO");
}

TEST(Inquiry, OfDatagramsAndEchoes) {
  UdpCheck check = at_port<UdpCheck>(514);
  check.payload = "hello";
  expect(check, {Transport::kUdp, false, false});
  EXPECT_EQ(first_words(check), "hello");
  expect(at_port<PingCheck>(0), {Transport::kIcmp, false, false});
  EXPECT_EQ(first_words(at_port<PingCheck>(0)).front(), '\x08') << "an echo of IPv4's";
}

TEST(Inquiry, OfAnAgentSpeaksFirstIfItHasSomethingToSay) {
  AgentCheck check = at_port<AgentCheck>(7777);
  expect(check, {Transport::kTcp, false, true});
  check.send = "status\n";
  expect(check, {Transport::kTcp, true, true});
  EXPECT_EQ(first_words(check), "status\n");
}

template <typename Check>
void speaks_by_tls_if_configured(std::uint16_t port) {
  Check check = at_port<Check>(port);
  expect(CheckTarget(check), {Transport::kTcp, true, false});
  EXPECT_EQ(tls_of(CheckTarget(check)), nullptr);
  check.tls.emplace();
  const CheckTarget target = check;
  expect(target, {Transport::kTls, true, false});
  EXPECT_EQ(tls_of(target), &*std::get<Check>(target).tls);
}

TEST(Inquiry, OfHttpAndGrpcIsByTlsIfTheyHaveIt) {
  speaks_by_tls_if_configured<HttpCheck>(80);
  speaks_by_tls_if_configured<GrpcCheck>(50051);
  EXPECT_TRUE(first_words(at_port<HttpCheck>(80)).starts_with("GET / HTTP/1.1\r\n"));
}

TEST(Inquiry, WhatTheSupervisorLooksAtHasNoTlsAndIsNoInquiry) {
  EXPECT_EQ(tls_of(ScriptCheck{}), nullptr);
  EXPECT_EQ(tls_of(FileCheck{}), nullptr);
  EXPECT_EQ(tls_of(ProcessCheck{}), nullptr);
  EXPECT_DEATH(inquiry_of(FileCheck{}, kTools), "asks this kind itself");
}

}  // namespace
}  // namespace holdfast::check
