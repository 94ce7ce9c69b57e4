// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <string>

#include "config/webhook_url.h"
#include "tests/unit/config/faults_of.h"

namespace holdfast {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

const std::string kHook = "{name: a, webhook: {url: 'http://192.0.2.1/x'}}";

AlertsConfig alerts_of(const std::string& keys) {
  return config_of("version: 1\nalerts: {" + keys + "}\n").alerts;
}
Texts faults_in(const std::string& keys) {
  return faults_of("version: 1\nalerts: {" + keys + "}\n");
}
Texts receiver_faults(const std::string& receiver) {
  return faults_in("receivers: [" + receiver + "]");
}

TEST(LoadAlerts, AreOffByDefault) {
  EXPECT_EQ(config_of("version: 1\n").alerts, AlertsConfig{});
  EXPECT_TRUE(AlertsConfig{}.receivers.empty());
}

TEST(LoadAlerts, Defaults) {
  const AlertsConfig alerts = alerts_of("receivers: [" + kHook + "]");
  ASSERT_EQ(alerts.receivers.size(), 1U);
  EXPECT_EQ(alerts.receivers[0].name, "a");
  EXPECT_TRUE(alerts.receivers[0].resolved);
  const auto& webhook = std::get<WebhookReceiver>(alerts.receivers[0].by);
  EXPECT_EQ(webhook.url, "http://192.0.2.1/x");
  EXPECT_EQ(webhook.format, WebhookFormat::kJson);
  EXPECT_EQ(webhook.ca_file, "");  // nothing is encrypted
  EXPECT_EQ(alerts.group, seconds{2});
  EXPECT_EQ(alerts.rate, 20U);
  EXPECT_EQ(alerts.give_up, hours{1});
  EXPECT_EQ(alerts.queue, 256U);
}

TEST(LoadAlerts, EveryKey) {
  const AlertsConfig alerts = alerts_of(
      "receivers: [" + kHook +
      ", {name: b, resolved: false, email: {server: 'mail.example.net:587', from: f@example.net, "
      "to: [t@example.net], tls: implicit, user: u, password_file: /p, ca: /ca}}, "
      "{name: c, syslog: {server: '192.0.2.1:514', facility: local7}}, "
      "{name: d, script: /bin/tell me}], "
      "rules: [{events: ['*_down'], names: ['web?'], receivers: [a, c]}, {}], "
      "group: 0ms, rate: 1000, timeout: 1m, retry_min: 100ms, retry_max: 24h, give_up: 168h, "
      "queue: 1024");
  ASSERT_EQ(alerts.receivers.size(), 4U);
  const auto& email = std::get<EmailReceiver>(alerts.receivers[1].by);
  EXPECT_FALSE(alerts.receivers[1].resolved);
  EXPECT_EQ(email.server.to_string(), "mail.example.net:587");
  EXPECT_EQ(email.to, std::vector<std::string>{"t@example.net"});
  EXPECT_EQ(email.tls, MailTls::kImplicit);
  EXPECT_EQ(email.password_file, "/p");
  EXPECT_EQ(email.ca_file, "/ca");
  EXPECT_EQ(std::get<SyslogReceiver>(alerts.receivers[2].by).facility, 23);
  const auto& script = std::get<ScriptReceiver>(alerts.receivers[3].by);
  EXPECT_EQ(script.command.words, (std::vector<std::string>{"/bin/tell", "me"}));
  EXPECT_EQ(alerts.rules, (std::vector<AlertRule>{{{"*_down"}, {"web?"}, {"a", "c"}}, {}}));
  EXPECT_EQ(alerts.group, Duration{0});
  EXPECT_EQ(alerts.timeout, minutes{1});
  EXPECT_EQ(alerts.retry_min, milliseconds{100});
  EXPECT_EQ(alerts.queue, 1024U);
}

TEST(LoadAlerts, OfTlsTheAuthoritiesAreTheSystemsUnlessNamed) {
  const AlertsConfig alerts =
      alerts_of("receivers: [{name: a, webhook: {url: 'https://example.net'}}]");
  EXPECT_EQ(std::get<WebhookReceiver>(alerts.receivers[0].by).ca_file,
            "/etc/ssl/certs/ca-certificates.crt");
}

TEST(LoadAlerts, FaultsOfReceivers) {
  EXPECT_EQ(receiver_faults("{name: a}"),
            Texts{"f:2:22: a receiver: expected one of email, webhook, syslog and script"});
  EXPECT_EQ(receiver_faults("{webhook: {url: 'http://a'}}").size(), 1U);
  EXPECT_EQ(receiver_faults(kHook + ", " + kHook),
            Texts{"f:2:78: name: there is a receiver 'a' already"});
  EXPECT_EQ(receiver_faults("{name: a, webhook: {format: slack}}"),
            Texts{"f:2:41: webhook: expected url or url_file"});
  EXPECT_EQ(receiver_faults("{name: a, webhook: {url: 'http://a', format: pagerduty}}"),
            Texts{"f:2:41: webhook: expected routing_key_file with format pagerduty, and only "
                  "there"});
  EXPECT_EQ(receiver_faults("{name: a, webhook: {url: 'ftp://a'}}").size(), 1U);
  EXPECT_EQ(receiver_faults("{name: a, email: {server: '192.0.2.1:25', from: f@x, to: [t@x], "
                            "tls: none, user: u, password_file: /p}}")
                .size(),
            1U);
  EXPECT_EQ(receiver_faults("{name: a, email: {server: '192.0.2.1:25', from: f@x, to: [t@x], "
                            "user: u}}"),
            Texts{"f:2:39: email: expected user and password_file, or neither"});
  EXPECT_EQ(
      receiver_faults("{name: a, email: {server: '192.0.2.1:25', from: f, to: ['a b@x']}}").size(),
      2U);
  EXPECT_EQ(receiver_faults("{name: a, syslog: {server: 192.0.2.1}}").size(), 1U);
  EXPECT_EQ(receiver_faults("{name: a, syslog: {server: '192.0.2.1:514', facility: kern}}").size(),
            1U);
  EXPECT_EQ(receiver_faults("{name: a, script: tell}").size(), 1U);
}

TEST(LoadAlerts, FaultsOfRulesAndTimes) {
  const std::string receivers = "receivers: [" + kHook + "], ";
  EXPECT_EQ(faults_in("group: 1s").size(), 1U);
  EXPECT_EQ(faults_in(receivers + "rules: [{receivers: [b]}]").size(), 1U);
  EXPECT_EQ(faults_in(receivers + "rules: [{events: ['']}]").size(), 1U);
  EXPECT_EQ(faults_in(receivers + "rules: [{events: []}]").size(), 1U);
  EXPECT_EQ(faults_in(receivers + "retry_min: 2s, retry_max: 1s").size(), 1U);
  EXPECT_EQ(faults_in(receivers + "rate: 0").size(), 1U);
  EXPECT_EQ(faults_in(receivers + "queue: 1025").size(), 1U);
  EXPECT_EQ(faults_in(receivers + "timeout: 61s").size(), 1U);
}

TEST(LoadAlerts, ARuleOfAnEventThatIsNotIsRefused) {
  const std::string receivers = "receivers: [" + kHook + "], ";
  EXPECT_EQ(
      faults_in(receivers + "rules: [{events: [service_dwon]}]"),
      Texts{"f:2:90: events: found 'service_dwon', expected one or several of master, backup, "
            "fault, conflict, check_down, service_down, server_down, worker_restarted, "
            "reload_failed, checks_late, test, did you mean 'service_down'?"});
  EXPECT_EQ(faults_in(receivers + "rules: [{events: ['x*']}]").size(), 1U);
  EXPECT_EQ(faults_in(receivers + "rules: [{events: ['*_down', 'f?ult', test]}]"), Texts{});
}

TEST(WebhookUrl, Good) {
  const auto host = parse_webhook_url("https://hooks.example.net/services/T0?x=y");
  ASSERT_TRUE(host);
  EXPECT_TRUE(host->tls);
  EXPECT_EQ(host->endpoint.host, "hooks.example.net");
  EXPECT_EQ(host->endpoint.port, 443);
  const auto v4 = parse_webhook_url("http://192.0.2.1:8080");
  ASSERT_TRUE(v4);
  EXPECT_FALSE(v4->tls);
  EXPECT_EQ(v4->endpoint.to_string(), "192.0.2.1:8080");
  const auto v6 = parse_webhook_url("http://[2001:db8::1]/");
  ASSERT_TRUE(v6);
  EXPECT_EQ(v6->endpoint.to_string(), "[2001:db8::1]:80");
}

TEST(WebhookUrl, Bad) {
  for (const char* const text :
       {"", "http://", "https:///x", "ftp://a", "http://a:0", "http://a:65536", "http://a:x",
        "http://u:p@a/", "http://a/#x", "http://a b", "http://[::1", "http://[192.0.2.1]/",
        "http://192.0.2.300/", "http://a:80:80/", "HTTP://a"}) {
    EXPECT_FALSE(parse_webhook_url(text)) << text;
  }
}

}  // namespace
}  // namespace holdfast
