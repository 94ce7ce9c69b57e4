// SPDX-License-Identifier: Apache-2.0
#include "names/core/dns_message.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace holdfast::check {
namespace {

using Bytes = std::vector<std::uint8_t>;

template <std::size_t N>
Bytes raw(const char (&text)[N]) {
  return Bytes(text, text + N - 1);
}

Bytes operator+(Bytes a, const Bytes& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

const DnsQuestion kQuestion{"www.example", 1};  // NOLINT(cert-err58-cpp)

Bytes header(std::uint16_t flags, std::uint8_t questions, std::uint8_t answers) {
  return {0x12,
          0x34,
          static_cast<std::uint8_t>(flags >> 8U),
          static_cast<std::uint8_t>(flags),
          0,
          questions,
          0,
          answers,
          0,
          0,
          0,
          0};
}

const Bytes kAsked = raw("\3www\7example\0\0\1\0\1");  // NOLINT(cert-err58-cpp); at offset 12

// A record named by a pointer to the question, of this type and data.
Bytes record(std::uint8_t type, const Bytes& data, std::uint8_t class_of = 1) {
  return Bytes{0xc0, 12, 0, type, 0, class_of,
               0,    0,  0, 60,   0, static_cast<std::uint8_t>(data.size())} +
         data;
}

Result<DnsReply> reply_with(const Bytes& records, std::uint8_t count = 1) {
  return parse_dns_reply(header(0x8180, 1, count) + kAsked + records, kQuestion);
}

std::string data_of(std::uint8_t type, const Bytes& data) {
  const Result<DnsReply> reply = reply_with(record(type, data));
  return reply ? reply->answers.at(0).data : reply.error().message;
}

TEST(DnsQuery, AsInRfc1035) {
  EXPECT_EQ(dns_query(kQuestion, 0x1234),
            raw("\x12\x34\1\0\0\1\0\0\0\0\0\0\3www\7example\0\0\1\0\1"));
  EXPECT_EQ(dns_query({"www.example.", 1}, 0x1234), dns_query(kQuestion, 0x1234));
  EXPECT_EQ(dns_query({".", 6}, 1), raw("\0\1\1\0\0\1\0\0\0\0\0\0\0\0\6\0\1"));
}

TEST(DnsQuery, NamesThatCannotBe) {
  for (const std::string& name :
       {std::string(64, 'x'), std::string("a..b"), std::string(".a"), std::string("a..")}) {
    EXPECT_EQ(dns_query({name, 1}, 1), std::nullopt) << name;
  }
  std::string longest = std::string(63, 'a') + '.' + std::string(63, 'b') + '.' +
                        std::string(63, 'c') + '.' + std::string(61, 'd');
  EXPECT_NE(dns_query({longest, 1}, 1), std::nullopt);
  EXPECT_EQ(dns_query({longest + 'd', 1}, 1), std::nullopt);
}

TEST(DnsReply, IsTakenForOneByItsIdentifier) {
  EXPECT_TRUE(is_dns_reply_to(header(0x8000, 0, 0), 0x1234));
  EXPECT_FALSE(is_dns_reply_to(header(0x8000, 0, 0), 0x1235));
  EXPECT_FALSE(is_dns_reply_to(header(0x0100, 0, 0), 0x1234)) << "our own question";
  EXPECT_FALSE(is_dns_reply_to({}, 0));
  EXPECT_FALSE(is_dns_reply_to(raw("\x12\x34\x80"), 0x1234));
}

TEST(DnsReply, Answers) {
  const auto reply = reply_with(record(5, raw("\1a\xc0\x10")) + record(1, raw("\xc0\0\2\1")), 2);
  ASSERT_TRUE(reply) << reply.error().message;
  EXPECT_EQ(reply->rcode, kDnsNoError);
  EXPECT_FALSE(reply->truncated);
  EXPECT_EQ(reply->answers, (std::vector<DnsRecord>{{"www.example", 5, "a.example", 60},
                                                    {"www.example", 1, "192.0.2.1", 60}}));
}

TEST(DnsReply, TheDataOfEachType) {
  EXPECT_EQ(data_of(1, raw("\xc0\0\2\1")), "192.0.2.1");
  EXPECT_EQ(data_of(28, raw("\x20\1\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\1")), "2001:db8::1");
  EXPECT_EQ(data_of(2, raw("\2ns\xc0\x10")), "ns.example");
  EXPECT_EQ(data_of(12, raw("\0")), "");
  EXPECT_EQ(data_of(15, raw("\0\x0a\2mx\xc0\x10")), "10 mx.example");
  EXPECT_EQ(data_of(33, raw("\0\1\0\2\0\x50\xc0\x0c")), "1 2 80 www.example");
  EXPECT_EQ(data_of(6, raw("\xc0\x10\1h\xc0\x10\0\0\0\1\0\0\0\2\0\0\0\3\0\0\0\4\0\0\0\5")),
            "example h.example 1 2 3 4 5");
  EXPECT_EQ(data_of(16, raw("\3a b\0\2\"\xff")), "a b\"\\255");
  EXPECT_EQ(data_of(99, raw("\xab\xcd")), "\\# 2 abcd");
  EXPECT_EQ(data_of(99, raw("")), "\\# 0");
  EXPECT_EQ(data_of(2, raw("\4a.\\ \0")), "a\\046\\092\\032");
}

TEST(DnsReply, DataThatDoesNotFillItsLengthIsMalformed) {
  const std::string malformed = "answer 1 of the reply is malformed";
  EXPECT_EQ(data_of(1, raw("\xc0\0\2")), malformed);
  EXPECT_EQ(data_of(1, raw("\xc0\0\2\1\1")), malformed);
  EXPECT_EQ(data_of(28, raw("\1\2\3\4")), malformed);
  EXPECT_EQ(data_of(2, raw("\2ns\xc0\x10\0")), malformed);
  EXPECT_EQ(data_of(2, raw("\2ns")), malformed);
  EXPECT_EQ(data_of(16, raw("\3a")), malformed);
  EXPECT_EQ(data_of(6, raw("\0\0\0\0\0")), malformed);
}

// RFC 1035 §4.1.4: a pointer goes to a prior occurrence.
TEST(DnsReply, PointersThatLoopOrLeadForward) {
  const std::string malformed = "answer 1 of the reply is malformed";
  const auto at = static_cast<std::uint8_t>(12 + kAsked.size() + 12);  // where the data begins
  EXPECT_EQ(data_of(2, {0xc0, at}), malformed) << "to itself";
  EXPECT_EQ(data_of(2, {1, 'a', 0xc0, at}), malformed) << "to the name it ends";
  EXPECT_EQ(data_of(2, {0xc0, static_cast<std::uint8_t>(at + 2), 0, 0}), malformed) << "forward";
  EXPECT_EQ(data_of(2, {0xff, 0xff}), malformed) << "outside";
  EXPECT_EQ(data_of(2, {0xc0}), malformed) << "cut";
  EXPECT_EQ(data_of(2, {0x40, 0}), malformed) << "a reserved kind of label";
  EXPECT_EQ(
      parse_dns_reply(header(0x8180, 1, 0) + raw("\xc0\x0c\0\1\0\1"), kQuestion).error().message,
      "the reply's question is malformed");
}

// Each name points at the one before and adds a label to it: together they would be long.
TEST(DnsReply, ANameOfMoreThan255BytesIsMalformed) {
  Bytes records;
  std::uint8_t count = 0;
  auto to = static_cast<std::uint16_t>(12);
  for (; count < 30; ++count) {
    const auto at = static_cast<std::uint16_t>(12 + kAsked.size() + records.size() + 12);
    records = records +
              record(2, raw("\x0aten-letter") + Bytes{static_cast<std::uint8_t>(0xc0U | to >> 8U),
                                                      static_cast<std::uint8_t>(to)});
    to = at;
  }
  EXPECT_EQ(reply_with(records, count).error().message, "answer 23 of the reply is malformed");
}

TEST(DnsReply, EveryPrefixIsRefusedWithoutReadingPastIt) {
  const Bytes whole = header(0x8180, 1, 2) + kAsked + record(15, raw("\0\x0a\2mx\xc0\x10")) +
                      record(1, raw("\xc0\0\2\1"));
  ASSERT_TRUE(parse_dns_reply(whole, kQuestion));
  for (std::size_t size = 0; size < whole.size(); ++size) {
    const Bytes cut(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size));
    EXPECT_FALSE(parse_dns_reply(cut, kQuestion)) << size;
  }
}

TEST(DnsReply, TheQuestionMustBeOurs) {
  const auto fault = [](const Bytes& question) {
    return parse_dns_reply(header(0x8180, 1, 0) + question, kQuestion).error().message;
  };
  const std::string other = "the reply is to another question";
  EXPECT_EQ(fault(raw("\3wwx\7example\0\0\1\0\1")), other);
  EXPECT_EQ(fault(raw("\3www\7example\0\0\2\0\1")), other);
  EXPECT_EQ(fault(raw("\3www\7example\0\0\1\0\3")), other);
  EXPECT_EQ(fault(raw("\0\0\1\0\1")), other);
  EXPECT_TRUE(parse_dns_reply(header(0x8180, 1, 0) + raw("\3WwW\7eXample\0\0\1\0\1"), kQuestion));
  EXPECT_EQ(parse_dns_reply(header(0x8180, 0, 0), kQuestion).error().message,
            "the reply has 0 questions");
  EXPECT_EQ(parse_dns_reply(header(0x8181, 0, 0), kQuestion)->rcode, 1);
  EXPECT_EQ(parse_dns_reply(header(0xa000, 1, 0) + kAsked, kQuestion).error().message,
            "the reply is to another kind of question");
}

TEST(DnsReply, OfATruncatedOneTheAnswersAreNotRead) {
  const auto reply = parse_dns_reply(header(0x8380, 1, 9) + kAsked, kQuestion);
  ASSERT_TRUE(reply);
  EXPECT_TRUE(reply->truncated);
  EXPECT_TRUE(reply->answers.empty());
}

TEST(DnsReply, OtherClassesAreLeftOut) {
  EXPECT_TRUE(reply_with(record(1, raw("\xc0\0\2\1"), 3))->answers.empty());
}

TEST(DnsRcode, HasAName) {
  EXPECT_EQ(dns_rcode_name(0), "NOERROR");
  EXPECT_EQ(dns_rcode_name(3), "NXDOMAIN");
  EXPECT_EQ(dns_rcode_name(15), "RCODE15");
}

}  // namespace
}  // namespace holdfast::check
