// SPDX-License-Identifier: Apache-2.0
#include "check-worker/core/dns.h"

#include <gtest/gtest.h>

#include <string>

namespace holdfast::check {
namespace {

template <std::size_t N>
std::string raw(const char (&text)[N]) {
  return {text, N - 1};
}

DnsCheck check_of(std::vector<std::string> answers = {}) {
  DnsCheck check;
  check.name = "www.example";
  check.type = 1;
  check.answers = std::move(answers);
  return check;
}

const std::string kAsked = raw("\3www\7example\0\0\1\0\1");  // NOLINT(cert-err58-cpp)

// With the identifier 0x1234.
std::string reply(std::string flags, int addresses = 0) {
  std::string bytes = raw("\x12\x34") + std::move(flags) + raw("\0\1\0");
  bytes += static_cast<char>(addresses);
  bytes += raw("\0\0\0\0") + kAsked;
  for (int i = 1; i <= addresses; ++i) {
    bytes += raw("\xc0\x0c\0\1\0\1\0\0\0\x3c\0\4\xc0\0\2") + static_cast<char>(i);
  }
  return bytes;
}

std::string framed(const std::string& message) {
  return std::string{static_cast<char>(message.size() >> 8U), static_cast<char>(message.size())} +
         message;
}

Conclusion verdict(const DnsCheck& check, const std::string& datagram) {
  DnsConversation dns(check, 0x1234);
  EXPECT_EQ(dns.begin().send.substr(0, 2), raw("\x12\x34"));
  return dns.received(datagram).end.value();
}

TEST(Dns, AnAnswerOfTheTypeIsGood) {
  EXPECT_EQ(verdict(check_of(), reply(raw("\x81\x80"), 2)),
            (Conclusion{true, "NOERROR, 2 answers", {}}));
  EXPECT_EQ(verdict(check_of(), reply(raw("\x81\x80"), 0)),
            (Conclusion{true, "NOERROR, 0 answers", {}}));
}

TEST(Dns, OneOfTheAnswersMustBeAsExpected) {
  EXPECT_EQ(verdict(check_of({"192.0.2.9", "192.0.2.2"}), reply(raw("\x81\x80"), 2)),
            (Conclusion{true, "NOERROR, '192.0.2.2'", {}}));
  EXPECT_EQ(verdict(check_of({"192.0.2.9"}), reply(raw("\x81\x80"), 2)).reason,
            "answer '192.0.2.1' and 1 more, expected '192.0.2.9'");
  EXPECT_EQ(verdict(check_of({"192.0.2.9", "192.0.2.8"}), reply(raw("\x81\x80"), 0)).reason,
            "answer nothing, expected '192.0.2.9' or another");
}

TEST(Dns, TheRcodeMustBeAsExpected) {
  EXPECT_EQ(verdict(check_of(), reply(raw("\x81\x83"))),
            (Conclusion{false, "NXDOMAIN, expected NOERROR", {}}));
  DnsCheck refused = check_of();
  refused.rcode = 5;
  EXPECT_TRUE(verdict(refused, reply(raw("\x81\x85"))).good);
  EXPECT_FALSE(verdict(refused, reply(raw("\x81\x80"))).good);
}

TEST(Dns, DatagramsOfOthersAreNoAnswer) {
  DnsConversation dns(check_of(), 0x1234);
  const std::string query = dns.begin().send;
  EXPECT_EQ(dns.received(""), Step{});
  EXPECT_EQ(dns.received("x"), Step{});
  EXPECT_EQ(dns.received(query), Step{}) << "the question itself, echoed";
  std::string other = reply(raw("\x81\x80"), 1);
  other[0] = '\x13';
  EXPECT_EQ(dns.received(other), Step{});
  EXPECT_FALSE(dns.silence().good);
  EXPECT_TRUE(dns.received(reply(raw("\x81\x80"), 1)).end->good);
}

TEST(Dns, AFloodOfThemHasAnEnd) {
  DnsConversation dns(check_of(), 0x1234);
  dns.begin();
  Step step;
  for (int i = 0; i < 2000 && !step.end; ++i) step = dns.received("x");
  ASSERT_TRUE(step.end);
  EXPECT_FALSE(step.end->good);
}

TEST(Dns, AMalformedReplyIsBad) {
  EXPECT_EQ(verdict(check_of(), reply(raw("\x81\x80"), 1).substr(0, 40)).reason,
            "answer 1 of the reply is malformed");
}

// RFC 7766 §5.
TEST(Dns, ACutReplyIsAskedForAgainOverTcp) {
  DnsConversation dns(check_of({"192.0.2.1"}), 0x56781234);
  dns.begin();
  EXPECT_EQ(dns.received(reply(raw("\x83\x80"))), (Step{.anew = Transport::kTcp}));
  const std::string query = dns.begin().send;
  EXPECT_EQ(query, framed(raw("\x56\x78\1\0\0\1\0\0\0\0\0\0") + kAsked));
  std::string again = reply(raw("\x81\x80"), 1);
  again.replace(0, 2, "\x56\x78");
  const std::string stream = framed(again);
  for (std::size_t i = 0; i + 1 < stream.size(); ++i) {
    ASSERT_EQ(dns.received(stream.substr(i, 1)), Step{}) << i;
  }
  EXPECT_TRUE(dns.received(stream.substr(stream.size() - 1)).end->good);
}

TEST(Dns, OverTcpTheFirstMessageMustBeTheReply) {
  DnsCheck check = check_of();
  check.tcp = true;
  const auto verdict_of = [&](const std::string& stream) {
    DnsConversation dns(check, 0x1234);
    dns.begin();
    return dns.received(stream).end.value().reason;
  };
  EXPECT_EQ(verdict_of(framed("")), "no reply to the question");
  EXPECT_EQ(verdict_of(framed("HTTP")), "no reply to the question");
  EXPECT_EQ(verdict_of(framed(reply(raw("\x83\x80")))),
            "the reply is cut, though it came over TCP");
  EXPECT_EQ(verdict_of(framed(reply(raw("\x81\x80"), 1)) + "more"), "NOERROR, 1 answers");
  DnsConversation dns(check, 0x1234);
  dns.begin();
  EXPECT_EQ(dns.received("\xff\xff").end, std::nullopt);
  EXPECT_EQ(dns.silence().reason, "an answer that is not complete");
  EXPECT_TRUE(dns.received(std::string(70000, 'x')).end);
}

}  // namespace
}  // namespace holdfast::check
