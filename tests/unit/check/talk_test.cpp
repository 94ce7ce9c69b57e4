// SPDX-License-Identifier: Apache-2.0
#include "check-worker/core/talk.h"

#include "tests/unit/check/talks.h"

namespace holdfast::check {
namespace {

Talk steps(std::vector<TalkStep> steps) {
  return [steps = std::move(steps)] { return std::make_unique<TalkConversation>(steps); };
}

const std::vector<TalkStep> kRedis{{"PING\r\n", "+PONG", true}};  // NOLINT(cert-err58-cpp)

TEST(Talk, WithoutStepsThatItConnectsIsAll) {
  EXPECT_EQ(transcript(steps({}), ""), "sent ''; good: connected");
}

TEST(Talk, WhatIsOnlySentNeedsNoAnswer) {
  EXPECT_EQ(transcript(steps({{"a", ""}, {"b", ""}}), ""), "sent 'ab'; good: answered as expected");
}

TEST(Talk, AtTheStart) {
  EXPECT_EQ(transcript(steps(kRedis), "+PONG\r\n"), "sent 'PING\r\n'; good: answered as expected");
  EXPECT_EQ(transcript(steps(kRedis), "+PO"),
            "sent 'PING\r\n'; silence: received '+PO', expected '+PONG'");
  EXPECT_EQ(transcript(steps(kRedis), ""), "sent 'PING\r\n'; silence: no answer");
  EXPECT_EQ(transcript(steps(kRedis), "+PO", true),
            "sent 'PING\r\n'; bad: closed the connection: received '+PO', expected '+PONG'");
  EXPECT_EQ(transcript(steps(kRedis), "", true),
            "sent 'PING\r\n'; bad: closed the connection: received nothing, expected '+PONG'");
}

TEST(Talk, AnotherStartIsBadAtOnce) {
  TalkConversation talk(kRedis);
  talk.begin();
  const Step step = talk.received("-NOAUTH Authentication required.\r\n");
  ASSERT_TRUE(step.end);
  EXPECT_EQ(step.end->reason,
            "received '-NOAUTH Authentication required.\\r\\n', expected '+PONG'");
}

TEST(Talk, AnywhereInTheAnswer) {
  const Talk talk = steps({{"", "220 ", false}});
  EXPECT_EQ(transcript(talk, "22 220x220 y"), "sent ''; good: answered as expected");
  EXPECT_EQ(transcript(talk, "220x", true),
            "sent ''; bad: closed the connection: received '220x', expected somewhere '220 '");
}

TEST(Talk, AStepTakesWhatTheOneBeforeLeft) {
  const Talk talk = steps({{"one", "1\n"}, {"two", "2\n", true}, {"bye", ""}});
  EXPECT_EQ(transcript(talk, "01\n2\n"), "sent 'onetwobye'; good: answered as expected");
  EXPECT_EQ(transcript(talk, "01\n", true),
            "sent 'onetwo'; bad: closed the connection: received nothing in step 2, expected "
            "'2\\n'");
}

TEST(Talk, BytesMayBeAny) {
  const std::string zeros(3, '\0');
  EXPECT_EQ(transcript(steps({{"x", zeros}}), std::string("\0a\0\0\0b", 6)),
            "sent 'x'; good: answered as expected");
}

TEST(Talk, AnEndlessAnswerIsBad) {
  TalkConversation talk(std::vector<TalkStep>{{"", "needle"}});
  talk.begin();
  std::size_t taken = 0;
  Step step;
  while (!step.end && taken < Conversation::kKeptMax * 2) {
    step = talk.received("needl");
    taken += 5;
  }
  ASSERT_TRUE(step.end);
  EXPECT_FALSE(step.end->good);
  EXPECT_EQ(step.end->reason.substr(0, 15), "endless answer:");
  EXPECT_LE(taken, Conversation::kKeptMax + 5);
}

TEST(Talk, OneLargePieceIsLookedThrough) {
  TalkConversation talk(std::vector<TalkStep>{{"", "needle"}});
  talk.begin();
  EXPECT_TRUE(talk.received(std::string(200000, 'x') + "needle").end->good);
}

}  // namespace
}  // namespace holdfast::check
