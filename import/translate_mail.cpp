// SPDX-License-Identifier: Apache-2.0
#include <utility>

#include "import/context.h"

// What keepalived mails, as `alerts`: one receiver, and a rule for what has smtp_alert.
namespace holdfast::importer {
namespace {

constexpr std::int64_t kSecond = 1'000'000;
constexpr const char* kReceiver = "mail";

// `smtp_server mail.example.net 587`; keepalived's own default is this host.
std::string server_of(const Directive* one) {
  const std::string host(one == nullptr ? "127.0.0.1" : one->argument());
  const std::string port(one == nullptr ? "" : one->argument(2));
  const bool v6 = host.find(':') != std::string::npos;
  const std::string end = ":" + (port.empty() ? "25" : port);
  return host == "localhost" ? "127.0.0.1" + end : v6 ? "[" + host + "]" + end : host + end;
}

bool has_domain(std::string_view address) {
  return address.find('@') != std::string_view::npos;
}

// "On call <oncall@example.net>" is oncall@example.net.
std::string address_in(std::string_view text) {
  const std::size_t open = text.find('<');
  if (open == std::string_view::npos) return std::string(text);
  text.remove_prefix(open + 1);
  return std::string(text.substr(0, text.find('>')));
}

Yaml texts(const std::vector<std::string>& all) {
  Yaml list = Yaml::list();
  for (const std::string& one : all) list.add(Yaml::text(one));
  return list;
}

// A rule takes so many names.
void add_rules(const std::vector<std::string>& events, const std::set<std::string>& names,
               Yaml& rules) {
  constexpr std::size_t kNames = 32;
  Yaml some = Yaml::list();
  const auto add = [&] {
    Yaml rule = Yaml::map();
    rule.put("events", texts(events));
    rule.put("names", std::exchange(some, Yaml::list()));
    rules.add(std::move(rule));
  };
  for (const std::string& name : names) {
    some.add(Yaml::text(name));
    if (some.size() == kNames) add();
  }
  if (!some.empty()) add();
}

}  // namespace

void read_mail(Scope& scope, Context& context) {
  Mail& mail = context.mail;
  if (const Directive* block = scope.take("notification_email")) {
    mail.at = block;
    for (const Directive& entry : block->children) {
      for (const Word& word : entry.words) {
        if (has_domain(word.text)) {
          mail.to.push_back(address_in(word.text));
        } else {
          context.findings.report(*block, "Holdfast takes addresses with a domain only");
        }
      }
    }
  }
  if (const Directive* from = scope.take("notification_email_from")) {
    if (has_domain(from->argument())) {
      mail.from = address_in(from->argument());
    } else {
      context.findings.report(*from, "Holdfast takes addresses with a domain only");
    }
  }
  mail.server = server_of(scope.take("smtp_server"));
  mail.timeout = scope.seconds("smtp_connect_timeout", kSecond / 10, 60 * kSecond);
  const auto all = scope.truth("smtp_alert");
  mail.of_vrrp = scope.truth("smtp_alert_vrrp").value_or(all.value_or(false));
  mail.of_checkers = scope.truth("smtp_alert_checker").value_or(all.value_or(false));
  if (scope.take("no_checker_emails") != nullptr) mail.of_checkers = false;
  if (scope.take("no_email_faults") != nullptr) mail.faults = false;
  mail.comments = scope.comments();
}

void write_mail(Context& context) {
  const Mail& mail = context.mail;
  if (mail.at == nullptr || mail.to.empty()) return;
  if (mail.instances.empty() && mail.services.empty() && mail.servers.empty()) {
    context.findings.note(*mail.at,
                          "keepalived mails what has smtp_alert, which nothing has: no 'alerts'");
    return;
  }
  if (mail.from.empty()) {
    context.findings.report(*mail.at,
                            "Holdfast needs notification_email_from: whom mails are from");
    return;
  }
  context.findings.note(*mail.at,
                        "keepalived mails without TLS: so does 'tls: none' in the result; take it "
                        "out if the server has STARTTLS");
  Yaml email = Yaml::map();
  email.put("server", Yaml::text(mail.server));
  email.put("from", Yaml::text(mail.from));
  email.put("to", texts(mail.to));
  email.put("tls", Yaml::plain("none"));
  Yaml receiver = Yaml::map();
  receiver.put("name", Yaml::text(kReceiver));
  receiver.put("email", std::move(email));
  Yaml alerts = Yaml::map();
  alerts.at("receivers", Yaml::Kind::kList).add(std::move(receiver));
  Yaml rules = Yaml::list();
  std::vector<std::string> states{"master", "backup"};
  if (mail.faults) states.emplace_back("fault");
  add_rules(states, mail.instances, rules);
  add_rules({"service_down"}, mail.services, rules);
  add_rules({"server_down"}, mail.servers, rules);
  alerts.put("rules", std::move(rules));
  if (mail.timeout) alerts.put("timeout", Yaml::plain(duration_text(*mail.timeout)));
  context.document.put("alerts", std::move(alerts), mail.comments);
}

}  // namespace holdfast::importer
