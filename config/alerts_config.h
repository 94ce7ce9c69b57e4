// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "common/core/time.h"
#include "config/check_endpoint.h"
#include "config/command.h"

// Who is told of what happens: `alerts:`. Files are read by the supervisor, which hands their bytes
// to the alert-worker as secrets.
namespace holdfast {

enum class MailTls : std::uint8_t {
  kStartTls,  // or there is no message
  kImplicit,  // from the first byte, as at port 465
  kNone
};

struct EmailReceiver {
  CheckEndpoint server;
  std::string from;             // an address
  std::vector<std::string> to;  // 1..16 addresses
  MailTls tls = MailTls::kStartTls;
  std::string user;           // empty: no authentication; else there is TLS
  std::string password_file;  // if there is a user
  std::string ca_file;        // PEM, if there is TLS
  bool operator==(const EmailReceiver&) const = default;
};

enum class WebhookFormat : std::uint8_t { kJson, kSlack, kTeams, kPagerDuty, kAlertmanager };

struct WebhookReceiver {
  std::string url;       // parse_webhook_url() of config/webhook_url.h; empty: in `url_file`
  std::string url_file;  // where the address itself is a secret
  WebhookFormat format = WebhookFormat::kJson;
  std::string secret_file;       // signs the body; empty: it is not signed
  std::string routing_key_file;  // PagerDuty's, and only there
  std::string ca_file;           // PEM
  bool operator==(const WebhookReceiver&) const = default;
};

struct SyslogReceiver {  // RFC 5424 in datagrams
  CheckEndpoint server;
  std::uint8_t facility = 3;  // 0..23; 3: daemon
  bool operator==(const SyslogReceiver&) const = default;
};

struct ScriptReceiver {
  Command command;
  bool operator==(const ScriptReceiver&) const = default;
};

struct ReceiverConfig {
  std::string name;
  std::variant<EmailReceiver, WebhookReceiver, SyslogReceiver, ScriptReceiver> by;
  bool resolved = true;  // is told, too, that something is over
  bool operator==(const ReceiverConfig&) const = default;
};

// What there is to tell, by name.
inline constexpr std::array<std::string_view, 11> kAlertEvents{
    "master",      "backup",           "fault",         "conflict",    "check_down", "service_down",
    "server_down", "worker_restarted", "reload_failed", "checks_late", "test"};

// Globs: '*' is any number of characters, '?' is one. None: any.
struct AlertRule {
  std::vector<std::string> events;     // at most 32
  std::vector<std::string> names;      // at most 32
  std::vector<std::string> receivers;  // names of these; none: all
  bool operator==(const AlertRule&) const = default;
};

struct AlertsConfig {
  static constexpr std::size_t kReceiversMax = 16;

  std::vector<ReceiverConfig> receivers;         // names unique; none: there is no alert-worker
  std::vector<AlertRule> rules;                  // at most 64; none: everyone is told everything
  Duration group = std::chrono::seconds{2};      // 0..1 h: so long an alert waits for others
  std::uint32_t rate = 20;                       // 1..1000 messages a minute to a receiver
  Duration timeout = std::chrono::seconds{10};   // 100 ms..1 min, of an attempt to deliver
  Duration retry_min = std::chrono::seconds{1};  // 100 ms..1 h, after the first failure
  Duration retry_max = std::chrono::minutes{5};  // retry_min..1 day, after many
  Duration give_up = std::chrono::hours{1};      // 1 s..7 days: an older alert is let go
  std::uint32_t queue = 256;                     // 1..1024 alerts that wait; the oldest goes
  bool operator==(const AlertsConfig&) const = default;
};

}  // namespace holdfast
