// SPDX-License-Identifier: Apache-2.0
#include <string>

#include "check-worker/core/mysql.h"
#include "check-worker/core/postgresql.h"
#include "tests/unit/check/talks.h"

// Bytes are as the two projects' protocol documents give them.
namespace holdfast::check {
namespace {

std::string bytes(std::string_view text) {
  return std::string(text);
}
template <std::size_t N>
std::string raw(const char (&text)[N]) {
  return {text, N - 1};
}

// ---- PostgreSQL

Talk postgresql(const std::string& database = "") {
  return [database] {
    return std::make_unique<PostgresqlConversation>(PostgresqlCheck{{}, "me", database});
  };
}

const std::string kStart = raw("\0\0\0\x11\0\3\0\0user\0me\0\0");  // NOLINT(cert-err58-cpp)

std::string error(const std::string& fields) {
  const std::size_t size = fields.size() + 5;
  return bytes("E") + raw("\0\0\0") + static_cast<char>(size) + fields + '\0';
}

std::string verdict(const Talk& talk, const std::string& stream, bool close = false) {
  const std::string text = transcript(talk, stream, close);
  const std::string begin = "sent '" + kStart;
  EXPECT_EQ(text.substr(0, begin.size()), begin);
  return text.substr(begin.size());
}

TEST(Postgresql, StartsAsTheProtocolSays) {
  EXPECT_EQ(postgresql()()->begin().send, kStart);
  EXPECT_EQ(postgresql("db")()->begin().send, raw("\0\0\0\x1d\0\3\0\0user\0me\0database\0db\0\0"));
}

TEST(Postgresql, AnyQuestionOfThePasswordIsGood) {
  EXPECT_EQ(verdict(postgresql(), raw("R\0\0\0\x08\0\0\0\x03")), "'; good: answered as expected");
  EXPECT_EQ(verdict(postgresql(), raw("R\0\0\0\x17\0\0\0\x0aSCRAM-SHA-256\0\0")),
            "'; good: answered as expected");
}

TEST(Postgresql, WhoIsLetInLeavesWithAWord) {
  EXPECT_EQ(verdict(postgresql(), raw("R\0\0\0\x08\0\0\0\0S\0\0\0")),
            raw("X\0\0\0\4") + "'; good: answered as expected");
}

TEST(Postgresql, ErrorsThatSayThatItServesNobody) {
  EXPECT_EQ(verdict(postgresql(), error(raw("SFATAL\0C28000\0Mno such role\0"))),
            "'; good: answered: error '28000: no such role'");
  EXPECT_EQ(verdict(postgresql(), error(raw("SFATAL\0C57P03\0Mstarting up\0"))),
            "'; bad: error '57P03: starting up'");
  EXPECT_EQ(verdict(postgresql(), error(raw("C53300\0Mtoo many clients\0"))),
            "'; bad: error '53300: too many clients'");
  EXPECT_EQ(verdict(postgresql(), error(raw("MC53300\0"))),
            "'; bad: no PostgreSQL: an error without a code");
  EXPECT_EQ(verdict(postgresql(), error("C280")), "'; bad: no PostgreSQL: an error without a code");
}

TEST(Postgresql, WhatIsNoPostgresql) {
  EXPECT_FALSE(postgresql()()->received("HTTP/1.1 400").end->good);
  EXPECT_EQ(postgresql()()->received("HTTP/1.1 400").end->reason, "no PostgreSQL: 'HTTP/1.1 400'");
  EXPECT_EQ(verdict(postgresql(), raw("R\0\0\0\x05x")),
            "'; bad: no PostgreSQL: a question that is too short");
  for (const std::string& length : {raw("R\0\0\0\3"), raw("R\xff\xff\xff\xff"), raw("E\0\1\0\0")}) {
    EXPECT_FALSE(postgresql()()->received(length).end->good);
  }
  EXPECT_EQ(verdict(postgresql(), raw("R\0\0")), "'; silence: an answer that is not complete");
  EXPECT_EQ(verdict(postgresql(), ""), "'; silence: no answer");
  EXPECT_EQ(verdict(postgresql(), raw("E\0\0\0\xff"), true),
            "'; bad: closed the connection too early");
}

// ---- MySQL

Talk mysql(const std::string& user = "") {
  return [user] { return std::make_unique<MysqlConversation>(MysqlCheck{{}, user}); };
}

std::string packet(std::uint8_t sequence, const std::string& payload) {
  return raw("") + static_cast<char>(payload.size()) + raw("\0\0") + static_cast<char>(sequence) +
         payload;
}

const std::string kGreeting = packet(  // NOLINT(cert-err58-cpp)
    0, raw("\x0a"
           "8.0.35\0\7\0\0\0abcdefgh\0\xff\xff\x21\2\0\xff\xc1\x15\0\0\0\0\0\0\0\0\0\0"
           "ijklmnopqrst\0mysql_native_password\0"));
const std::string kLogin = packet(  // NOLINT(cert-err58-cpp)
    1, raw("\1\x82\x08\0\0\0\0\1\x21\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
           "check\0\0mysql_native_password\0"));

TEST(Mysql, TheGreetingIsAllWithoutAUser) {
  EXPECT_EQ(transcript(mysql(), kGreeting), "sent ''; good: greeted by '8.0.35'");
  EXPECT_EQ(transcript(mysql(), kGreeting.substr(0, 20)), "sent ''; silence: no greeting");
  EXPECT_EQ(transcript(mysql(), "", true), "sent ''; bad: closed the connection too early");
}

TEST(Mysql, AUserLogsInAndLeaves) {
  const auto talk = mysql("check")();
  talk->begin();
  EXPECT_EQ(talk->received(kGreeting), say(kLogin));
  const Step step = talk->received(packet(2, raw("\0\0\0\2\0\0\0")));
  EXPECT_EQ(step.send, raw("\1\0\0\0\1"));
  ASSERT_TRUE(step.end);
  EXPECT_TRUE(step.end->good);
}

TEST(Mysql, AnotherWayToLogInWithoutAPassword) {
  EXPECT_EQ(
      transcript(mysql("check"), kGreeting +
                                     packet(2, raw("\xfe"
                                                   "caching_sha2_password\0x")) +
                                     packet(4, raw("\1\3")) + packet(5, raw("\0\0\0\2\0\0\0"))),
      "sent '" + kLogin + raw("\0\0\0\3") + raw("\1\0\0\0\1") + "'; good: logged in");
}

TEST(Mysql, Errors) {
  EXPECT_EQ(transcript(mysql(), packet(0, raw("\xff\x69\x04Host is blocked"))),
            "sent ''; bad: error '1129: Host is blocked'");
  EXPECT_EQ(transcript(mysql("check"), kGreeting + packet(2, raw("\xff\x15\x04#28000denied"))),
            "sent '" + kLogin + "'; bad: error '1045: denied'");
  EXPECT_EQ(transcript(mysql(), packet(0, raw("\xff"))), "sent ''; bad: an error without a number");
}

TEST(Mysql, WhatIsNoMysql) {
  EXPECT_FALSE(mysql()()->received("SSH-2.0-OpenSSH_9.2\r\n").end->good);
  EXPECT_FALSE(mysql()()
                   ->received(packet(0, raw("\x09"
                                            "3.20\0")))
                   .end->good);
  EXPECT_FALSE(mysql()()->received(packet(0, "\x0a no end")).end->good);
  EXPECT_FALSE(mysql()()->received(raw("\0\0\0\0")).end->good);
}

TEST(Mysql, ALoginHasAnEnd) {
  const auto talk = mysql("check")();
  talk->begin();
  talk->received(kGreeting);
  Step step;
  for (int i = 0; i < 20 && !step.end; ++i) step = talk->received(packet(2, raw("\xfe")));
  ASSERT_TRUE(step.end);
  EXPECT_EQ(step.end->reason, "a login without an end");
}

}  // namespace
}  // namespace holdfast::check
