// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <chrono>
#include <utility>

#include "common/core/glob.h"
#include "config/load_check_kinds.h"
#include "config/load_parts.h"
#include "config/nearest.h"
#include "config/scalars.h"
#include "config/shapes.h"
#include "config/webhook_url.h"

// What stands under `alerts`.
namespace holdfast {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr const char* kSystemAuthorities = "/etc/ssl/certs/ca-certificates.crt";
constexpr std::size_t kRulesMax = 64;
constexpr std::size_t kGlobsMax = 32;
constexpr std::size_t kMailAddressesMax = 16;

constexpr std::array kMailTls{Choice<MailTls>{"starttls", MailTls::kStartTls},
                              Choice<MailTls>{"implicit", MailTls::kImplicit},
                              Choice<MailTls>{"none", MailTls::kNone}};
constexpr std::array kFormats{Choice<WebhookFormat>{"json", WebhookFormat::kJson},
                              Choice<WebhookFormat>{"slack", WebhookFormat::kSlack},
                              Choice<WebhookFormat>{"teams", WebhookFormat::kTeams},
                              Choice<WebhookFormat>{"pagerduty", WebhookFormat::kPagerDuty},
                              Choice<WebhookFormat>{"alertmanager", WebhookFormat::kAlertmanager}};
constexpr std::array kFacilities{
    Choice<std::uint8_t>{"user", 1},    Choice<std::uint8_t>{"daemon", 3},
    Choice<std::uint8_t>{"local0", 16}, Choice<std::uint8_t>{"local1", 17},
    Choice<std::uint8_t>{"local2", 18}, Choice<std::uint8_t>{"local3", 19},
    Choice<std::uint8_t>{"local4", 20}, Choice<std::uint8_t>{"local5", 21},
    Choice<std::uint8_t>{"local6", 22}, Choice<std::uint8_t>{"local7", 23}};

// One that needs no quotes: what else RFC 5321 allows nobody has.
bool is_mail_address(std::string_view text) {
  const std::size_t at = text.find('@');
  return at != 0 && at < text.size() - 1 && text.size() <= 254 &&
         text.find('@', at + 1) == std::string_view::npos &&
         std::all_of(text.begin(), text.end(), [](char c) {
           return is_visible(c) &&
                  std::string_view("\"(),:;<>[\\]").find(c) == std::string_view::npos;
         });
}

bool is_glob(std::string_view text) {
  return !text.empty() && text.size() <= 255 && std::all_of(text.begin(), text.end(), is_visible);
}

bool is_url(std::string_view text) {
  return parse_webhook_url(text).has_value();
}

constexpr TextForm kMailAddressText{"an address such as ops@example.net", "^[!-?A-~]+@[!-?A-~]+$",
                                    is_mail_address};
constexpr TextForm kGlobText{"a name, in which '*' is anything and '?' any character",
                             "^[!-~]{1,255}$", is_glob};

const Shape& email_shape() {
  static const Shape shape{
      "email",
      "email",
      {{"server", form::text(kCheckEndpointText), kRequired, "Address or name, and port."},
       {"from", form::text(kMailAddressText), kRequired, "Whom mails are from."},
       {"to", form::list(form::text(kMailAddressText), 1, kMailAddressesMax), kRequired,
        "Whom mails go to."},
       {"tls", form::words(kMailTls), "starttls", "starttls: nothing is sent where there is none."},
       {"user", form::text({"1 to 255 printable ASCII characters", "^[!-~]{1,255}$", is_wire_name}),
        "", "Who logs in, never without TLS; otherwise nobody."},
       {"password_file", form::text(kSecretText), "", "The file with the password of the user."},
       {"ca", form::text(kPathText), "",
        "PEM with the authorities to verify by; otherwise the system's."}},
      {}};
  return shape;
}

const Shape& webhook_shape() {
  static const Shape shape{
      "webhook",
      "webhook",
      {{"url",
        form::text({"an address such as https://example.net/alerts, without user and password",
                    "^https?://[!-~]+$", is_url}),
        "", "Where alerts are posted."},
       {"url_file", form::text(kSecretText), "",
        "A file with the address, where that is a secret."},
       {"format", form::words(kFormats), "json", "What is posted."},
       {"secret_file", form::text(kSecretText), "", "A file with the key that signs each body."},
       {"routing_key_file", form::text(kSecretText), "", "Of PagerDuty, which must have it."},
       {"ca", form::text(kPathText), "",
        "PEM with the authorities to verify by; otherwise the system's."}},
      {"url", "url_file"}};
  return shape;
}

const Shape& syslog_shape() {
  static const Shape shape{
      "syslog",
      "syslog",
      {{"server", form::text(kCheckEndpointText), kRequired, "Address or name, and port."},
       {"facility", form::words(kFacilities), "daemon", "Of the messages."}},
      {}};
  return shape;
}

const Shape& receiver_shape() {
  static const Shape shape{
      "receiver",
      "a receiver",
      {{"name", form::text(kNameText), kRequired, "What rules call it; unique."},
       {"email", form::map(email_shape), "", "It is told by mail."},
       {"webhook", form::map(webhook_shape), "", "It is told by HTTP."},
       {"syslog", form::map(syslog_shape), "", "It is told by syslog."},
       {"script", form::command(), "", "It is told by a program."},
       {"resolved", form::boolean(), "true", "Whether it is told that something is over."}},
      {"email", "webhook", "syslog", "script"}};
  return shape;
}

const Shape& alert_rule_shape() {
  const auto globs = [] { return form::list(form::text(kGlobText), 1, kGlobsMax); };
  static const Shape shape{
      "alert_rule",
      "a rule",
      {{"events", globs(), "", "Names of events, in which * is anything; otherwise any."},
       {"names", globs(), "", "Of instances, checks, servers; otherwise any."},
       {"receivers", form::list(form::text(kNameText), 1, AlertsConfig::kReceiversMax), "",
        "Who is told; otherwise all."}},
      {}};
  return shape;
}

class ReceiverReader {
 public:
  explicit ReceiverReader(const Reading& into) : into_(into), faults_(into.faults) {}

  void read(const YamlNode& node) {
    ReceiverConfig receiver;
    MapReader map(faults_, node, receiver_shape());
    const YamlNode* const name = map.text("name", receiver.name);
    map.boolean("resolved", receiver.resolved);
    int kinds = 0;
    for (const std::string_view kind : {"email", "webhook", "syslog", "script"}) {
      if (const YamlNode* const found = map.find(kind)) {
        ++kinds;
        read_kind(kind, *found, receiver);
      }
    }
    if (!map.is_map()) return;
    if (kinds != 1) {
      faults_.add(node, "a receiver: expected one of email, webhook, syslog and script");
      return;
    }
    auto& all = into_.config.alerts.receivers;
    const auto same = [&](const ReceiverConfig& one) { return one.name == receiver.name; };
    if (name == nullptr) return;
    if (std::any_of(all.begin(), all.end(), same)) {
      faults_.add(*name, "name: there is a receiver " + quote(receiver.name) + " already");
      return;
    }
    all.push_back(std::move(receiver));
  }

 private:
  void read_kind(std::string_view kind, const YamlNode& node, ReceiverConfig& receiver) {
    if (kind == "email") {
      receiver.by = read_email(node);
    } else if (kind == "webhook") {
      receiver.by = read_webhook(node);
    } else if (kind == "syslog") {
      receiver.by = read_syslog(node);
    } else if (auto command = read_command("script", node, into_)) {
      receiver.by = ScriptReceiver{std::move(*command)};
    } else {
      receiver.by = ScriptReceiver{};
    }
  }

  EmailReceiver read_email(const YamlNode& node) {
    EmailReceiver email;
    MapReader map(faults_, node, email_shape());
    read_server(map, email.server);
    map.text("from", email.from);
    for (const YamlNode* const one : map.list("to")) {
      const YamlText* const text = read_text(faults_, "to", *one, kMailAddressText.what);
      if (text == nullptr) continue;
      if (is_mail_address(*text)) {
        email.to.push_back(*text);
      } else {
        expected(faults_, "to", *one, kMailAddressText.what);
      }
    }
    map.choice("tls", kMailTls, email.tls);
    map.text("user", email.user);
    read_path(map, "password_file", true, email.password_file);
    if (map.has("user") != map.has("password_file")) {
      faults_.add(node, "email: expected user and password_file, or neither");
    }
    if (email.tls == MailTls::kNone) {
      if (map.has("user")) {
        faults_.add(*map.find("tls"),
                    "tls: found 'none', expected starttls or implicit, so that no stranger reads "
                    "the password");
      }
      if (map.has("ca")) faults_.add(*map.find("ca"), "ca: is of TLS, and tls is none");
    } else {
      read_authorities(map, node, true, email.ca_file);
    }
    return email;
  }

  WebhookReceiver read_webhook(const YamlNode& node) {
    WebhookReceiver webhook;
    MapReader map(faults_, node, webhook_shape());
    map.text("url", webhook.url);
    read_path(map, "url_file", true, webhook.url_file);
    if (map.is_map() && map.has("url") == map.has("url_file")) {
      faults_.add(node, "webhook: expected url or url_file");
    }
    map.choice("format", kFormats, webhook.format);
    read_path(map, "secret_file", true, webhook.secret_file);
    read_path(map, "routing_key_file", true, webhook.routing_key_file);
    if (map.is_map() &&
        map.has("routing_key_file") != (webhook.format == WebhookFormat::kPagerDuty)) {
      faults_.add(node, "webhook: expected routing_key_file with format pagerduty, and only there");
    }
    read_authorities(map, node, !webhook.url.starts_with("http://"), webhook.ca_file);
    return webhook;
  }

  SyslogReceiver read_syslog(const YamlNode& node) {
    SyslogReceiver syslog;
    MapReader map(faults_, node, syslog_shape());
    read_server(map, syslog.server);
    map.choice("facility", kFacilities, syslog.facility);
    return syslog;
  }

  void read_server(const MapReader& map, CheckEndpoint& server) {
    if (map.has("server")) read_check_endpoint("server", *map.find("server"), faults_, server);
  }

  void read_path(MapReader& map, std::string_view key, bool secret, std::string& path) {
    const YamlNode* const node = map.text(key, path);
    if (node != nullptr) {
      into_.places.alert_files.push_back(in_file<PlacedFile>(*node, path, secret));
    }
  }

  // Those of the system, unless others are named. Where nothing is encrypted, nobody is verified;
  // then they need not be there.
  void read_authorities(MapReader& map, const YamlNode& node, bool encrypted, std::string& path) {
    read_path(map, "ca", false, path);
    if (map.has("ca") || !map.is_map() || !encrypted) return;
    path = kSystemAuthorities;
    into_.places.alert_files.push_back(in_file<PlacedFile>(node, path, false));
  }

  const Reading& into_;
  Faults& faults_;
};

void read_globs(MapReader& map, std::string_view key, Faults& faults,
                std::vector<std::string>& globs) {
  constexpr std::string_view kWhat = kGlobText.what;
  for (const YamlNode* const one : map.list(key)) {
    const YamlText* const text = read_text(faults, key, *one, kWhat);
    if (text == nullptr) continue;
    if (is_glob(*text)) {
      globs.push_back(*text);
    } else {
      expected(faults, key, *one, kWhat);
    }
  }
}

// A glob of which no event is: a rule by which nobody would ever be told.
void refuse_unknown_events(MapReader& map, Faults& faults) {
  const std::vector<std::string_view> events(kAlertEvents.begin(), kAlertEvents.end());
  for (const YamlNode* const one : map.list("events")) {
    const std::string& glob = one->text;
    if (one->kind != YamlNode::Kind::kScalar || !is_glob(glob)) continue;
    const bool some = std::any_of(events.begin(), events.end(), [&](std::string_view event) {
      return glob_matches(glob, event);
    });
    if (some) continue;
    std::string all;
    for (const std::string_view event : events) all.append(all.empty() ? "" : ", ").append(event);
    expected(faults, "events", *one, "one or several of " + all, did_you_mean(glob, events));
  }
}

void read_rule(const YamlNode& node, const Reading& into) {
  AlertsConfig& alerts = into.config.alerts;
  AlertRule rule;
  MapReader map(into.faults, node, alert_rule_shape());
  read_globs(map, "events", into.faults, rule.events);
  refuse_unknown_events(map, into.faults);
  read_globs(map, "names", into.faults, rule.names);
  for (const YamlNode* const one : map.list("receivers")) {
    constexpr std::string_view kWhat = "the name of a receiver";
    const YamlText* const text = read_text(into.faults, "receivers", *one, kWhat);
    if (text == nullptr) continue;
    const bool known = std::any_of(alerts.receivers.begin(), alerts.receivers.end(),
                                   [&](const ReceiverConfig& it) { return it.name == *text; });
    if (known) {
      rule.receivers.push_back(*text);
    } else {
      into.faults.add(*one, "receivers: there is no receiver " + quote(*text));
    }
  }
  alerts.rules.push_back(std::move(rule));
}

}  // namespace

const Shape& alerts_shape() {
  static const Shape shape{
      "alerts",
      "alerts",
      {{"receivers", form::list(form::map(receiver_shape), 1, AlertsConfig::kReceiversMax),
        kRequired, "Who is told."},
       {"rules", form::list(form::map(alert_rule_shape), 1, kRulesMax), "",
        "Who is told what; otherwise all to everybody."},
       {"group", form::time(Duration{0}, hours{1}), "2s",
        "An alert waits so long for others, which then go in the same message."},
       {"rate", form::whole(1, 1000), "20", "Messages a minute to a receiver."},
       {"timeout", form::time(milliseconds{100}, minutes{1}), "10s",
        "The longest that an attempt may take."},
       {"retry_min", form::time(milliseconds{100}, hours{1}), "1s",
        "The pause after a failure, which doubles with each."},
       {"retry_max", form::time(milliseconds{100}, hours{24}), "5m", "The longest pause."},
       {"give_up", form::time(seconds{1}, hours{24 * 7}), "1h",
        "What could not be told for so long is let go."},
       {"queue", form::whole(1, 1024), "256", "Alerts that wait."}},
      {}};
  return shape;
}

void read_alerts(const YamlNode& node, const Reading& into) {
  AlertsConfig& alerts = into.config.alerts;
  MapReader map(into.faults, node, alerts_shape());
  ReceiverReader reader(into);
  for (const YamlNode* const one : map.list("receivers")) {
    reader.read(*one);
  }
  for (const YamlNode* const one : map.list("rules")) read_rule(*one, into);
  map.duration("group", alerts.group);
  map.integer("rate", alerts.rate);
  map.duration("timeout", alerts.timeout);
  map.duration("retry_min", alerts.retry_min);
  map.duration("retry_max", alerts.retry_max);
  if (alerts.retry_max < alerts.retry_min) {
    into.faults.add(map.has("retry_max") ? *map.find("retry_max") : *map.find("retry_min"),
                    "retry_max: found less than retry_min, expected as much or more");
  }
  map.duration("give_up", alerts.give_up);
  map.integer("queue", alerts.queue);
}

}  // namespace holdfast
