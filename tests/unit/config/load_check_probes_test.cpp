// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <string>

#include "config/load_bytes.h"
#include "config/zone_text.h"
#include "tests/unit/config/faults_of.h"

// The kinds of checks that ask over TCP, UDP and ICMP, and bytes in a document.
namespace holdfast {
namespace {

Endpoint at(const std::string& text) {
  return Endpoint::parse(text).value();
}

CheckTarget target_of(const std::string& kind) {
  return config_of("version: 1\nchecks:\n  - {name: a, " + kind + "}\n").checks.at(0).target;
}

// Of a check on line 3, without its place.
Texts faults_in(const std::string& kind) {
  Texts texts;
  const std::string document = "version: 1\nchecks:\n  - {name: a, " + kind + "}\n";
  for (const Diagnostic& fault : load_config(document, "f", "host").diagnostics) {
    texts.push_back(std::to_string(fault.column) + ": " + fault.message);
  }
  return texts;
}

TEST(Unescape, TheEscapesThatThereAre) {
  EXPECT_EQ(unescape("a\\r\\n\\t\\\\b"), "a\r\n\t\\b");
  EXPECT_EQ(unescape("\\x00\\xfF"), std::string("\0\xff", 2));
  EXPECT_EQ(unescape(""), "");
  for (const char* const text : {"\\", "a\\", "\\q", "\\x", "\\x1", "\\xg0", "\\0"}) {
    EXPECT_EQ(unescape(text), std::nullopt) << text;
  }
}

TEST(Hex, PairsWithBlanksBetween) {
  EXPECT_EQ(parse_hex(" 50 49Af "), "PI\xaf");
  EXPECT_EQ(parse_hex(""), "");
  for (const char* const text : {"5", "5 0", "50 4", "0x50", "xx", "gg", "50,49"}) {
    EXPECT_EQ(parse_hex(text), std::nullopt) << text;
  }
  EXPECT_EQ(parse_hex_pattern("5x xX 0a"),
            (BytePattern{std::string("\x50\0\x0a", 3), std::string("\xf0\0\xff", 3)}));
  EXPECT_EQ(parse_hex_pattern("**"), std::nullopt);
}

TEST(LoadTcp, ShortAndWithSteps) {
  EXPECT_EQ(target_of("tcp: 192.0.2.1:80"), CheckTarget{TcpCheck{at("192.0.2.1:80")}});
  EXPECT_EQ(target_of("tcp: {address: 192.0.2.1:80}"), CheckTarget{TcpCheck{at("192.0.2.1:80")}});
  EXPECT_EQ(target_of("tcp: {address: 192.0.2.1:80, send: 'a\\n', expect: +b}"),
            (CheckTarget{TcpCheck{at("192.0.2.1:80"), {{"a\n", "+b", false}}}}));
  EXPECT_EQ(
      target_of("tcp: {address: 192.0.2.1:80, steps: [{expect_start: 220}, {send: \"Q\\r\\n\"}, "
                "{send: {hex: 00 ff}, expect: {hex: 0d0a}}]}"),
      (CheckTarget{TcpCheck{
          at("192.0.2.1:80"),
          {{"", "220", true}, {"Q\r\n", "", false}, {std::string("\0\xff", 2), "\r\n", false}}}}));
  EXPECT_EQ(target_of("redis: 192.0.2.1:6379"), CheckTarget{RedisCheck{at("192.0.2.1:6379")}});
}

TEST(LoadTcp, FaultsAreExactlyThese) {
  const std::string bytes =
      ", expected a text, in which \\r, \\n, \\t, \\\\ and \\xNN stand for bytes, or {hex: ...}";
  EXPECT_EQ(faults_in("tcp: {send: a}"), Texts{"20: tcp lacks the key 'address'"});
  EXPECT_EQ(
      faults_in("tcp: {address: x:y}"),
      Texts{"30: address: found 'x:y', expected an IP address or a host name, and a port, such as "
            "192.0.2.1:80"});
  EXPECT_EQ(faults_in("tcp: {address: 192.0.2.1:80, send: \\q}"),
            Texts{"50: send: found '\\q'" + bytes});
  EXPECT_EQ(faults_in("tcp: {address: 192.0.2.1:80, send: [a]}"),
            Texts{"50: send: found a list" + bytes});
  EXPECT_EQ(faults_in("tcp: {address: 192.0.2.1:80, send: ''}"),
            Texts{"50: send: found 0 bytes, expected 1 to 4096"});
  EXPECT_EQ(faults_in("tcp: {address: 192.0.2.1:80, expect: " + std::string(1025, 'x') + "}"),
            Texts{"52: expect: found 1025 bytes, expected 1 to 1024"});
  EXPECT_EQ(faults_in("tcp: {address: 192.0.2.1:80, send: {hex: 5}}"),
            Texts{"56: hex: found '5', expected pairs of hexadecimal digits, such as 50 49 0d0a"});
  EXPECT_EQ(faults_in("tcp: {address: 192.0.2.1:80, send: {}}"),
            Texts{"50: bytes lacks the key 'hex'"});
  EXPECT_EQ(faults_in("tcp: {address: 192.0.2.1:80, expect: a, expect_start: b}"),
            Texts{"20: 'expect' and 'expect_start' are two ways to say what must come: give one"});
  EXPECT_EQ(faults_in("tcp: {address: 192.0.2.1:80, send: a, steps: [{send: b}]}"),
            Texts{"60: steps: what is sent and expected stands here or beside, not both"});
  EXPECT_EQ(faults_in("tcp: {address: 192.0.2.1:80, steps: [{}]}"),
            Texts{"52: a step sends or expects something"});
  EXPECT_EQ(faults_in("tcp: {address: 192.0.2.1:80, steps: []}"),
            Texts{"51: steps: found an empty list, expected a list of at least one entry"});
  std::string many = "{send: a}";
  for (int i = 0; i < 16; ++i) many += ", {send: a}";
  ASSERT_EQ(faults_in("tcp: {address: 192.0.2.1:80, steps: [" + many + "]}").size(), 1U);
  ASSERT_EQ(faults_in("redis: {address: 192.0.2.1:80}").size(), 1U);
}

TEST(LoadChecks, ALinkLocalAddressNeedsItsLink) {
  const std::string why =
      "fe80::1 is a link-local address, expected beside the check the link that it is on, such as "
      "'interface: eth0'";
  EXPECT_EQ(faults_in("tcp: '[fe80::1]:80'"), Texts{"20: tcp: " + why});
  EXPECT_EQ(faults_in("http: {path: /x, address: '[fe80::1]:80'}"), Texts{"41: http: " + why});
  EXPECT_EQ(faults_in("ping: 'fe80::1'"), Texts{"21: ping: " + why});
  EXPECT_EQ(faults_in("tcp: '[fe80::1]:80', interface: eth0"), Texts{});
  EXPECT_EQ(faults_in("ping: 'fe80::1', interface: eth0"), Texts{});
  EXPECT_EQ(faults_in("tcp: '169.254.0.1:80'"), Texts{}) << "IPv4's is routed as others are";
  EXPECT_EQ(
      faults_in("tcp: '[fe80::1%eth0]:80'"),
      Texts{"20: tcp: found '[fe80::1%eth0]:80', expected an address without '%': the link of "
            "a check's is said by 'interface' beside it, such as 'interface: eth0'"});
  EXPECT_EQ(faults_in("ping: 'fe80::1%eth0'"),
            Texts{"21: ping: found 'fe80::1%eth0', expected an address without '%': the link of a "
                  "check's is said by 'interface' beside it, such as 'interface: eth0'"});
}

TEST(ZoneText, IsJoinedAndHasNoQuotationMarks) {
  EXPECT_EQ(joined_zone_text("v=spf1 -all"), "v=spf1 -all");
  EXPECT_EQ(joined_zone_text("\"v=spf1\" \" -all\""), "v=spf1 -all");
  EXPECT_EQ(joined_zone_text("\"\""), "");
  EXPECT_EQ(joined_zone_text("\"a\\\"b\\;\\\\\\065\\007\xff\"\t\"c\" "), "a\"b;\\092A\\007\\255c");
  for (const char* const text :
       {"\"", "\"a", "\"a\\\"", "\"a\" b", "\"\\300\"", "\"\\1\"", "\"a\\"}) {
    EXPECT_EQ(joined_zone_text(text), std::nullopt) << text;
  }
}

TEST(LoadDns, TheAnswersOfTxtAreWrittenAsInAZoneFileOrPlain) {
  const auto answers = [](const std::string& type) {
    return std::get<DnsCheck>(target_of("dns: {address: 192.0.2.1:53, type: " + type +
                                        ", answers: ['\"v=spf1\" \" -all\"', plain]}"))
        .answers;
  };
  EXPECT_EQ(answers("TXT"), (std::vector<std::string>{"v=spf1 -all", "plain"}));
  EXPECT_EQ(answers("CNAME").front(), "\"v=spf1\" \" -all\"");
  EXPECT_EQ(faults_in("dns: {address: 192.0.2.1:53, type: TXT, answers: ['\"a']}"),
            Texts{"65: answers: found '\"a', expected texts in quotation marks as in a zone file, "
                  "such as '\"v=spf1\" \" -all\"', or one text without"});
}

TEST(LoadDatabase, EveryKey) {
  EXPECT_EQ(target_of("postgresql: 192.0.2.1:5432"),
            (CheckTarget{PostgresqlCheck{at("192.0.2.1:5432"), "holdfast", ""}}));
  EXPECT_EQ(target_of("postgresql: {address: 192.0.2.1:5432, user: me, database: db}"),
            (CheckTarget{PostgresqlCheck{at("192.0.2.1:5432"), "me", "db"}}));
  EXPECT_EQ(target_of("mysql: 192.0.2.1:3306"),
            (CheckTarget{MysqlCheck{at("192.0.2.1:3306"), ""}}));
  EXPECT_EQ(target_of("mysql: {address: 192.0.2.1:3306, user: me}"),
            (CheckTarget{MysqlCheck{at("192.0.2.1:3306"), "me"}}));
}

TEST(LoadDatabase, FaultsAreExactlyThese) {
  EXPECT_EQ(
      faults_in("postgresql: {user: ''}"),
      (Texts{"27: postgresql lacks the key 'address'",
             "34: user: found an empty text, expected the name of a user, at most 63 bytes"}));
  EXPECT_EQ(
      faults_in("mysql: {address: 192.0.2.1:3306, user: " + std::string(81, 'x') + "}").size(), 1U);
  EXPECT_EQ(faults_in("mysql: {address: 192.0.2.1:3306, password: x}").size(), 1U);
}

TEST(LoadDns, EveryKey) {
  EXPECT_EQ(target_of("dns: 192.0.2.1:53"),
            (CheckTarget{DnsCheck{at("192.0.2.1:53"), false, ".", 6, 0, {}}}));
  EXPECT_EQ(
      target_of("dns: {address: 192.0.2.1:53, transport: tcp, name: www.example., type: AAAA, "
                "answers: ['2001:db8::1', x]}"),
      (CheckTarget{
          DnsCheck{at("192.0.2.1:53"), true, "www.example.", 28, 0, {"2001:db8::1", "x"}}}));
  EXPECT_EQ(target_of("dns: {address: 192.0.2.1:53, rcode: REFUSED}"),
            (CheckTarget{DnsCheck{at("192.0.2.1:53"), false, ".", 6, 5, {}}}));
}

TEST(LoadDns, FaultsAreExactlyThese) {
  const std::string what =
      "expected a name of labels of 1 to 63 letters, digits, '-' and '_' between dots, at most 253 "
      "in all, or '.'";
  for (const std::string& name : {std::string("a..b"), std::string("'a b'"), std::string("'..'"),
                                  std::string(64, 'x'), std::string("''")}) {
    const Texts faults = faults_in("dns: {address: 192.0.2.1:53, name: " + name + "}");
    ASSERT_EQ(faults.size(), 1U) << name;
    EXPECT_NE(faults[0].find(what), std::string::npos) << faults[0];
  }
  EXPECT_EQ(faults_in("dns: {address: 192.0.2.1:53, type: ANY}"),
            Texts{"50: type: found 'ANY', expected A, NS, CNAME, SOA, PTR, MX, TXT, AAAA, SRV or "
                  "CAA"});
  EXPECT_EQ(faults_in("dns: {address: 192.0.2.1:53, rcode: NXDOMAIN, answers: [a]}"),
            Texts{"70: answers: none comes with another rcode than NOERROR"});
  EXPECT_EQ(faults_in("dns: {address: 192.0.2.1:53, answers: ['']}"),
            Texts{"54: answers: found an empty text, expected what a record holds, such as "
                  "192.0.2.1"});
}

TEST(LoadSmtp, EveryKey) {
  SmtpCheck check;
  check.endpoint = at("192.0.2.1:25");
  EXPECT_EQ(target_of("smtp: 192.0.2.1:25"), CheckTarget{check});
  check.helo = "lb1.example";
  check.starttls = true;
  EXPECT_EQ(target_of("smtp: {address: 192.0.2.1:25, helo: lb1.example, starttls: true}"),
            CheckTarget{check});
  EXPECT_EQ(faults_in("smtp: {address: 192.0.2.1:25, helo: 'a b'}"),
            Texts{"51: helo: found 'a b', expected 1 to 255 printable ASCII characters without "
                  "blanks"});
  EXPECT_EQ(faults_in("smtp: {address: 192.0.2.1:25, helo: \"a\\r\\nRSET\"}").size(), 1U);
}

TEST(LoadUdp, EveryKey) {
  EXPECT_EQ(target_of("udp: 192.0.2.1:9"), (CheckTarget{UdpCheck{at("192.0.2.1:9")}}));
  EXPECT_EQ(target_of("udp: {address: 192.0.2.1:9, payload: {hex: 0001}, reply: {hex: 00 xx}, "
                      "min_length: 2, max_length: 4}"),
            (CheckTarget{UdpCheck{at("192.0.2.1:9"),
                                  std::string("\0\1", 2),
                                  true,
                                  {std::string(2, '\0'), std::string("\xff\0", 2)},
                                  2,
                                  4}}));
  EXPECT_EQ(target_of("udp: {address: 192.0.2.1:9, payload: hi, require_reply: true, reply: a}"),
            (CheckTarget{UdpCheck{at("192.0.2.1:9"), "hi", true, {"a", "\xff"}}}));
}

TEST(LoadUdp, FaultsAreExactlyThese) {
  EXPECT_EQ(faults_in("udp: {address: 192.0.2.1:9, min_length: 5, max_length: 4}"),
            Texts{"70: max_length: found '4', expected at least min_length, 5"});
  EXPECT_EQ(faults_in("udp: {address: 192.0.2.1:9, require_reply: false, reply: a}"),
            Texts{"72: reply: what is not required cannot be expected"});
  EXPECT_EQ(faults_in("udp: {address: 192.0.2.1:9, reply: {hex: '**'}}"),
            Texts{"56: hex: found '**', expected pairs of hexadecimal digits, 'x' for any, such as "
                  "50 xx 0a"});
  EXPECT_EQ(faults_in("udp: {address: 192.0.2.1:9, payload: " + std::string(1401, 'x') + "}"),
            Texts{"52: payload: found 1401 bytes, expected at most 1400"});
}

TEST(LoadPing, IsAnAddress) {
  EXPECT_EQ(target_of("ping: 192.0.2.1"),
            (CheckTarget{PingCheck{{*IpAddress::parse("192.0.2.1"), 0}}}));
  EXPECT_EQ(target_of("ping: '2001:db8::1'"),
            (CheckTarget{PingCheck{{*IpAddress::parse("2001:db8::1"), 0}}}));
  for (const char* const text :
       {"192.0.2.1:80", "192.0.2.300", "0.0.0.0", "224.0.0.1", "'::'", "[]"}) {
    EXPECT_EQ(faults_in("ping: " + std::string(text)).size(), 1U) << text;
  }
}

TEST(LoadAgent, EveryKey) {
  EXPECT_EQ(target_of("agent: 192.0.2.1:9"), (CheckTarget{AgentCheck{at("192.0.2.1:9"), ""}}));
  EXPECT_EQ(target_of("agent: {address: 192.0.2.1:9, send: 'lb1\\n'}"),
            (CheckTarget{AgentCheck{at("192.0.2.1:9"), "lb1\n"}}));
  EXPECT_EQ(faults_in("agent: {send: x}"), Texts{"22: agent lacks the key 'address'"});
}

}  // namespace
}  // namespace holdfast
