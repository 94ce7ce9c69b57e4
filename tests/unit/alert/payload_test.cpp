// SPDX-License-Identifier: Apache-2.0
#include "alert-worker/payload.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "alert-worker/core/syslog_line.h"

namespace holdfast::alert {
namespace {

constexpr RealTime kAt{std::chrono::seconds{1'795'694'400}};  // 2026-11-26T12:00:00Z

Batch one(bool resolved = false) {
  return {"lb1", {{"check_down", "app", resolved, "check app <is> \"down\"", kAt}}, 0};
}

EmailReceiver mailbox(std::vector<std::string> to) {
  EmailReceiver receiver;
  receiver.from = "lb@example.net";
  receiver.to = std::move(to);
  return receiver;
}

std::string payload(const Batch& batch, WebhookFormat format) {
  return payload_of(batch, format, "a-key");
}

TEST(Payload, Ours) {
  Batch batch = one();
  batch.left_out = 3;
  EXPECT_EQ(payload(batch, WebhookFormat::kJson),
            R"({"alerts":[{"at":"2026-11-26T12:00:00Z","event":"check_down","name":"app",)"
            R"("severity":"warning","status":"firing","text":"check app <is> \"down\""}],)"
            R"("left_out":3,"node":"lb1","summary":"lb1: check app <is> \"down\"","version":1})");
}

TEST(Payload, OfSlackHasNoMarkup) {
  EXPECT_EQ(payload(one(true), WebhookFormat::kSlack),
            R"({"text":"lb1: resolved: check app &lt;is&gt; \"down\"\n)"
            R"(2026-11-26T12:00:00Z check_down resolved: check app &lt;is&gt; \"down\"\n"})");
}

TEST(Payload, OfTeamsIsACard) {
  EXPECT_EQ(
      payload(one(), WebhookFormat::kTeams),
      R"({"attachments":[{"content":{"$schema":"http://adaptivecards.io/schemas/adaptive-card.json",)"
      R"("body":[{"text":"lb1: check app <is> \"down\"","type":"TextBlock","weight":"Bolder",)"
      R"("wrap":true},{"text":"2026-11-26T12:00:00Z check app <is> \"down\"","type":"TextBlock",)"
      R"("wrap":true}],"type":"AdaptiveCard","version":"1.4"},)"
      R"("contentType":"application/vnd.microsoft.card.adaptive"}],"type":"message"})");
}

TEST(Payload, OfPagerDutyTriggersAndResolvesByOneKey) {
  EXPECT_EQ(payload(one(), WebhookFormat::kPagerDuty),
            R"({"dedup_key":"holdfast/lb1/check_down/app","event_action":"trigger","payload":)"
            R"({"class":"check_down","component":"app","severity":"warning","source":"lb1",)"
            R"("summary":"lb1: check app <is> \"down\"","timestamp":"2026-11-26T12:00:00Z"},)"
            R"("routing_key":"a-key"})");
  const std::string resolved = payload(one(true), WebhookFormat::kPagerDuty);
  EXPECT_NE(resolved.find(R"("event_action":"resolve")"), std::string::npos);
  EXPECT_NE(resolved.find(R"("dedup_key":"holdfast/lb1/check_down/app")"), std::string::npos);
}

TEST(Payload, OfAlertmanagerHasTheSameLabelsWhenItIsOver) {
  const std::string labels =
      R"("labels":{"alertname":"holdfast_check_down","name":"app","node":"lb1",)"
      R"("severity":"warning"})";
  EXPECT_EQ(payload(one(), WebhookFormat::kAlertmanager),
            R"([{"annotations":{"summary":"check app <is> \"down\""},)" + labels +
                R"(,"startsAt":"2026-11-26T12:00:00Z"}])");
  EXPECT_EQ(payload(one(true), WebhookFormat::kAlertmanager),
            R"([{"annotations":{"summary":"check app <is> \"down\""},)"
            R"("endsAt":"2026-11-26T12:00:00Z",)" +
                labels + "}]");
}

TEST(Payload, OfAlertmanagerWhatDoesNotLastEndsByItself) {
  Batch batch = one();
  batch.alerts.front().event = "master";
  EXPECT_NE(payload(batch, WebhookFormat::kAlertmanager).find(R"("endsAt":"2026-11-26T12:05:00Z")"),
            std::string::npos);
}

TEST(Payload, WhatIsNoTextIsReplaced) {
  Batch batch = one();
  batch.alerts.front().text = "\xff\x01";
  EXPECT_NE(payload(batch, WebhookFormat::kSlack).find("\xEF\xBF\xBD"), std::string::npos);
}

TEST(Headline, NamesTheWorstOfMany) {
  Batch batch = one();
  batch.alerts.push_back({"service_down", "shop", false, "virtual server shop has no quorum", kAt});
  batch.alerts.push_back({"fault", "web", true, "fine", kAt});
  EXPECT_EQ(headline(batch), "lb1: 3 alerts, worst: virtual server shop has no quorum");
  batch.alerts[1].resolved = true;
  EXPECT_EQ(headline(batch), "lb1: 3 alerts, first: check app <is> \"down\"");
}

TEST(Mail, IsOneThatServersTake) {
  Batch batch = one();
  batch.alerts.push_back({"fault", "web", true, "fine\r\nBcc: all@example.net", kAt});
  batch.left_out = 1;
  const EmailReceiver receiver = mailbox({"a@example.net", "b@example.net"});
  EXPECT_EQ(mail_of(batch, receiver, kAt, "7.x"),
            "Date: Thu, 26 Nov 2026 12:00:00 +0000\r\nFrom: lb@example.net\r\n"
            "To: a@example.net,\r\n b@example.net\r\n"
            "Subject: [holdfast] lb1: 2 alerts, first: check app <is> \"down\"\r\n"
            "Message-ID: <7.x@lb1>\r\nAuto-Submitted: auto-generated\r\nMIME-Version: 1.0\r\n"
            "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n"
            "Node lb1\r\n\r\n"
            "2026-11-26T12:00:00Z check_down: check app <is> \"down\"\r\n"
            "2026-11-26T12:00:00Z fault resolved: fine  Bcc: all@example.net\r\n"
            "1 more were left out, for lack of room\r\n");
}

TEST(Mail, ASubjectAddsNoHeaderAndIsASCII) {
  Batch batch = one();
  batch.alerts.front().text = "a\r\nBcc: x\xC3\xBC " + std::string(1000, 'y');
  const std::string mail = mail_of(batch, mailbox({"t@x"}), kAt, "1");
  EXPECT_NE(mail.find("Subject: [holdfast] lb1: a  Bcc: x?? yyy"), std::string::npos);
  const std::size_t subject = mail.find("Subject:");
  EXPECT_LT(mail.find("\r\n", subject) - subject, 300U);
}

TEST(Syslog, AMessageOfRfc5424) {
  EXPECT_EQ(syslog_line({"check_down", "a\"b]", false, "down\n", kAt}, "lb1", 16),
            "<132>1 2026-11-26T12:00:00Z lb1 holdfast - check_down [alert@32473 "
            "event=\"check_down\" name=\"a\\\"b\\]\" resolved=\"false\"] down ");
  EXPECT_EQ(syslog_line({"fault", "web", true, "fine", kAt}, "lb1", 3).substr(0, 4), "<29>");
}

}  // namespace
}  // namespace holdfast::alert
