// SPDX-License-Identifier: Apache-2.0
#include "check-worker/core/smtp.h"

#include "tests/unit/check/talks.h"

namespace holdfast::check {
namespace {

Talk smtp(bool starttls = false) {
  SmtpCheck check;
  check.helo = "lb1.example";
  check.starttls = starttls;
  return [check] { return std::make_unique<SmtpConversation>(check); };
}

constexpr std::string_view kHello = "EHLO lb1.example\r\n";

std::string sent(std::initializer_list<std::string_view> parts) {
  std::string text = "sent '";
  for (const std::string_view part : parts) text += part;
  return text + "'; ";
}

TEST(Smtp, GreetingEhloQuit) {
  EXPECT_EQ(transcript(smtp(), "220 mx ESMTP\r\n250-mx\r\n250 SIZE\r\n221 bye\r\n"),
            sent({kHello, "QUIT\r\n"}) + "good: answered as expected");
}

TEST(Smtp, RepliesMayHaveManyLinesAndNoText) {
  EXPECT_EQ(transcript(smtp(), "220-a\n220-b\n220\n250\n221\n"),
            sent({kHello, "QUIT\r\n"}) + "good: answered as expected");
}

TEST(Smtp, ClosingInsteadOfAReplyToQuitIsGood) {
  EXPECT_EQ(transcript(smtp(), "220 a\r\n250 b\r\n", true),
            sent({kHello, "QUIT\r\n"}) + "good: answered as expected");
}

TEST(Smtp, AnotherCodeIsBad) {
  EXPECT_EQ(transcript(smtp(), "421 too busy\r\n"),
            "sent ''; bad: greeting '421 too busy', expected 220");
  EXPECT_EQ(transcript(smtp(), "220 a\r\n550 no\r\n"),
            sent({kHello}) + "bad: reply to EHLO '550 no', expected 250");
  EXPECT_EQ(transcript(smtp(), "220-a\r\n554 b\r\n"),
            "sent ''; bad: greeting '554 b', expected 220");
}

TEST(Smtp, StartTlsAndEhloOnceMore) {
  const auto talk = smtp(true)();
  EXPECT_EQ(talk->begin(), Step{});
  EXPECT_EQ(talk->received("220 a\r\n"), say(std::string(kHello)));
  EXPECT_EQ(talk->received("250-b\r\n250 starttls\r\n"), say("STARTTLS\r\n"));
  EXPECT_EQ(talk->received("220 go\r\n"), (Step{.start_tls = true}));
  EXPECT_EQ(talk->secured(), say(std::string(kHello)));
  EXPECT_EQ(talk->received("250 b\r\n"), say("QUIT\r\n"));
  EXPECT_TRUE(talk->received("221 c\r\n").end->good);
}

TEST(Smtp, StartTlsThatIsNotOffered) {
  EXPECT_EQ(transcript(smtp(true), "220 STARTTLS\r\n250-b\r\n250 XSTARTTLS\r\n"),
            sent({kHello}) + "bad: does not offer STARTTLS");
  EXPECT_EQ(transcript(smtp(true), "220 a\r\n250 STARTTLS\r\n454 later\r\n"),
            sent({kHello, "STARTTLS\r\n"}) + "bad: reply to STARTTLS '454 later', expected 220");
}

TEST(Smtp, NothingMayFollowTheReplyToStartTls) {
  const auto talk = smtp(true)();
  talk->begin();
  talk->received("220 a\r\n");
  talk->received("250 STARTTLS\r\n");
  const Step step = talk->received("220 go\r\n250 injected\r\n");
  EXPECT_FALSE(step.start_tls);
  ASSERT_TRUE(step.end);
  EXPECT_EQ(step.end->reason, "sent more than its reply to STARTTLS");
}

TEST(Smtp, WhatIsNoSmtp) {
  EXPECT_EQ(transcript(smtp(), "SSH-2.0-x\r\n"),
            "sent ''; bad: no SMTP: 'SSH-2.0-x' in its greeting");
  EXPECT_EQ(transcript(smtp(), "\r\n"), "sent ''; bad: no SMTP: nothing in its greeting");
  EXPECT_EQ(transcript(smtp(), "2200 x\r\n"), "sent ''; bad: no SMTP: '2200 x' in its greeting");
}

TEST(Smtp, Silence) {
  EXPECT_EQ(transcript(smtp(), ""), "sent ''; silence: no greeting");
  EXPECT_EQ(transcript(smtp(), "220 a"), "sent ''; silence: no greeting, only '220 a'");
  EXPECT_EQ(transcript(smtp(), "220 a\r\n"), sent({kHello}) + "silence: no reply to EHLO");
  EXPECT_EQ(transcript(smtp(), "", true),
            "sent ''; bad: closed the connection before its greeting");
}

TEST(Smtp, EndlessLinesAndReplies) {
  EXPECT_EQ(transcript(smtp(), "220 " + std::string(100000, 'x')),
            "sent ''; bad: an endless line in its greeting");
  std::string many;
  for (int i = 0; i < 1000; ++i) many += "220-x\r\n";
  EXPECT_EQ(transcript(smtp(), many), "sent ''; bad: an endless greeting");
}

}  // namespace
}  // namespace holdfast::check
