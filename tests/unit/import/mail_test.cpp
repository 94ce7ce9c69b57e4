// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "tests/unit/import/machine.h"

// What keepalived mails, and of what.
namespace holdfast::importer {
namespace {

using Texts = std::vector<std::string>;

std::string mails(const std::string& more) {
  return "global_defs {\nnotification_email {\nops@example.net\nnight@example.net\n}\n"
         "notification_email_from lb1@example.net\nsmtp_server mail.example.net 587\n" +
         more + "}\n";
}

TEST(ImportMail, OfInstancesThatSaySo) {
  const Imported result =
      imported(mails("smtp_connect_timeout 20\nno_email_faults\n") + instance("smtp_alert"));
  EXPECT_EQ(findings(result), Texts{"2 note notification_email"});
  const AlertsConfig alerts = loaded(result).alerts;
  ASSERT_EQ(alerts.receivers.size(), 1U);
  const auto& email = std::get<EmailReceiver>(alerts.receivers[0].by);
  EXPECT_EQ(email.server.host, "mail.example.net");
  EXPECT_EQ(email.server.port, 587);
  EXPECT_EQ(email.from, "lb1@example.net");
  EXPECT_EQ(email.to, (Texts{"ops@example.net", "night@example.net"}));
  EXPECT_EQ(email.tls, MailTls::kNone);
  EXPECT_EQ(alerts.timeout, std::chrono::seconds{20});
  ASSERT_EQ(alerts.rules.size(), 1U);
  EXPECT_EQ(alerts.rules[0].events, (Texts{"master", "backup"}));
  EXPECT_EQ(alerts.rules[0].names, Texts{"web"});
}

TEST(ImportMail, NothingIsMailedUnlessItIsAskedFor) {
  const Imported result = imported(mails("") + instance(""));
  EXPECT_EQ(findings(result), Texts{"2 note notification_email"});
  EXPECT_EQ(loaded(result).alerts, AlertsConfig{});
  EXPECT_EQ(loaded(imported(mails("smtp_alert\n") + instance("smtp_alert no"))).alerts,
            AlertsConfig{});
}

TEST(ImportMail, OfServers) {
  const std::string servers =
      "virtual_server 192.0.2.10 80 {\nreal_server 10.0.0.11 80 {\nsmtp_alert\n}\n"
      "real_server 10.0.0.12 80 {\n}\n}\nvirtual_server 192.0.2.10 81 {\nsmtp_alert\n"
      "real_server 10.0.0.11 81 {\n}\n}\n";
  const Config config = loaded(imported(mails("") + instance("") + servers));
  ASSERT_EQ(config.virtual_servers.size(), 2U);
  const std::string& one = config.virtual_servers[0].name;
  const std::string& other = config.virtual_servers[1].name;
  ASSERT_EQ(config.alerts.rules.size(), 2U);
  EXPECT_EQ(config.alerts.rules[0].events, Texts{"service_down"});
  EXPECT_EQ(config.alerts.rules[0].names, Texts{other});
  EXPECT_EQ(config.alerts.rules[1].events, Texts{"server_down"});
  EXPECT_EQ(config.alerts.rules[1].names, (Texts{one + "/10.0.0.11:80", other + "/*"}));
}

TEST(ImportMail, ASyncGroupSpeaksForItsMembers) {
  const Config config = loaded(
      imported(mails("") + instance("") + "vrrp_sync_group g {\ngroup { web }\nsmtp_alert\n}\n"));
  ASSERT_EQ(config.alerts.rules.size(), 1U);
  EXPECT_EQ(config.alerts.rules[0].names, Texts{"web"});
}

TEST(ImportMail, WhatHoldfastCannotMail) {
  EXPECT_EQ(findings(imported("global_defs {\nnotification_email {\nroot\nops@example.net\n}\n"
                              "smtp_alert\n}\n" +
                              instance(""))),
            (Texts{"2 reported notification_email", "2 reported notification_email"}));
}

}  // namespace
}  // namespace holdfast::importer
