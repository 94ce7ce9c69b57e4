// SPDX-License-Identifier: Apache-2.0
#include "import/translate_servers.h"

#include <algorithm>
#include <utility>

#include "common/core/ip.h"
#include "import/context.h"
#include "import/services.h"

// virtual_server and virtual_server_group.
namespace holdfast::importer {
namespace {

constexpr std::int64_t kSecond = 1'000'000;

class ServerReader {
 public:
  ServerReader(const Directive& block, Context& context)
      : block_(block),
        context_(context),
        findings_(context.findings),
        scope_(Section::kVirtualServer, block.children, context.findings) {}

  void read();

 private:
  std::string read_services();
  void put_scheduler();
  void put_persistence();
  void put_quorum();
  void put_servers();
  void put_ha_suspend();
  bool has_port() const;
  void write(const std::string& name);

  const Directive& block_;
  Context& context_;
  Findings& findings_;
  Scope scope_;
  Services services_;
  Yaml common_ = Yaml::map();  // all but name and addresses
  std::string protocol_ = "tcp";
  bool v6_mark_ = false;
  bool mails_ = false;               // smtp_alert
  std::vector<std::string> mailed_;  // servers that say so while it does not
  CheckDefaults defaults_;
};

// What it is called; empty, if there is nothing to be served.
std::string ServerReader::read_services() {
  const std::string_view kind = block_.argument();
  if (kind == "fwmark") {
    add_mark(block_, block_.argument(2), services_, findings_);
    return "fwmark-" + std::string(block_.argument(2));
  }
  if (kind != "group") {
    if (!add_address(kind, block_.argument(2), services_)) return "";
    std::string name = std::string(kind);
    if (!block_.argument(2).empty()) name += "-" + std::string(block_.argument(2));
    std::replace(name.begin(), name.end(), ':', '-');
    return name;
  }
  const auto group = context_.server_groups.find(block_.argument(2));
  if (group == context_.server_groups.end()) return "";
  read_group(*group->second, services_, findings_);
  if (context_.globals.one_service && !services_.addresses.empty()) {
    common_.put("one_service", Yaml::truth(true));
  }
  return std::string(block_.argument(2));
}

void ServerReader::put_scheduler() {
  const Directive* scheduler = scope_.take("lvs_sched");
  if (const Directive* old = scope_.take("lb_algo"); scheduler == nullptr) scheduler = old;
  const std::string name = scheduler != nullptr ? std::string(scheduler->argument()) : "wlc";
  common_.put("scheduler", Yaml::text(name), scope_.comments());
  Yaml flags = Yaml::list();
  const auto add = [&](const char* flag, std::initializer_list<const char*> directives) {
    bool wanted = false;
    for (const char* one : directives) wanted = scope_.take(one) != nullptr || wanted;
    if (wanted) flags.add(Yaml::plain(flag));
  };
  add("fallback", {"sh-fallback", "mh-fallback", "flag-1"});
  add("port", {"sh-port", "mh-port", "flag-2"});
  if (!flags.empty()) common_.put("scheduler_flags", std::move(flags), scope_.comments());
  const Directive* method = scope_.take("lvs_method");
  if (const Directive* old = scope_.take("lb_kind"); method == nullptr) method = old;
  if (method != nullptr) {
    if (auto forwarding = forwarding_of(*method, findings_)) {
      common_.put("forwarding", std::move(*forwarding), scope_.comments());
    }
  }
  if (scope_.take("ops") != nullptr) {
    common_.put("one_packet", Yaml::truth(true), scope_.comments());
  }
}

void ServerReader::put_persistence() {
  const Directive* const timeout = scope_.take("persistence_timeout");
  const Directive* const prefix = scope_.take("persistence_granularity");
  const Directive* const engine = scope_.take("persistence_engine");
  if (timeout == nullptr && prefix == nullptr && engine == nullptr) return;
  Yaml persistence = Yaml::map();
  std::int64_t time = 360;
  if (timeout != nullptr && timeout->words.size() > 1) {
    time = scope_.number("persistence_timeout", 1, 86'400).value_or(time);
  }
  persistence.put("timeout", Yaml::plain(duration_text(time * kSecond)));
  if (prefix != nullptr) {
    std::string_view text = prefix->argument();
    if (text.starts_with('/')) text.remove_prefix(1);
    int length = 0;
    if (const auto mask = IpAddress::parse(text); mask && mask->is_v4()) {
      for (const std::uint8_t byte : mask->bytes()) length += __builtin_popcount(byte);
    } else if (const auto number = parse_number(text)) {
      length = static_cast<int>(*number);
    }
    if (length >= 1 && length <= 128) {
      persistence.put("prefix", Yaml::number(length));
    } else {
      findings_.report(*prefix, "expected a netmask, or the length of a prefix");
    }
  }
  if (engine != nullptr) persistence.put("engine", Yaml::text(engine->argument()));
  const bool time_alone = persistence.size() == 1;
  common_.put("persistence", time_alone ? *persistence.find("timeout") : persistence,
              scope_.comments());
}

void ServerReader::put_quorum() {
  const auto quorum = scope_.number("quorum", 1, 0xffffffff);
  const auto hysteresis = scope_.number("hysteresis", 0, quorum.value_or(1) - 1);
  if (hysteresis && *hysteresis != 0) {
    Yaml map = Yaml::map();
    map.put("up", Yaml::number(quorum.value_or(1)));
    map.put("hysteresis", Yaml::number(*hysteresis));
    common_.put("quorum", std::move(map), scope_.comments());
  } else if (quorum) {
    common_.put("quorum", Yaml::number(*quorum), scope_.comments());
  }
  for (const char* key : {"quorum_up", "quorum_down"}) {
    const Directive* const script = scope_.take(key);
    if (script == nullptr) continue;
    if (auto command = translate_command(*script, context_)) {
      common_.put(key, std::move(*command), scope_.comments());
    }
  }
  if (scope_.take("omega") != nullptr) common_.put("omega", Yaml::truth(true), scope_.comments());
  const Directive* const sorry = scope_.take("sorry_server");
  const Directive* const way = scope_.take("sorry_server_lvs_method");
  if (sorry == nullptr) return;
  Yaml address = Yaml::text(endpoint_text(sorry->argument(), sorry->argument(2)));
  if (way == nullptr) {
    common_.put("sorry_server", std::move(address), scope_.comments());
  } else if (auto forwarding = forwarding_of(*way, findings_)) {
    Yaml map = Yaml::map();
    map.put("address", std::move(address));
    map.put("forwarding", std::move(*forwarding));
    common_.put("sorry_server", std::move(map), scope_.comments());
  }
}

void ServerReader::put_ha_suspend() {
  const Directive* const one = scope_.take("ha_suspend");
  if (one == nullptr) return;
  const bool held =
      std::any_of(services_.hosts.begin(), services_.hosts.end(),
                  [this](const std::string& host) { return context_.held.contains(host); });
  if (held) {
    common_.put("ha_suspend", Yaml::truth(true), scope_.comments());
  } else {
    findings_.report(*one, "no VRRP instance has an address of this virtual server");
  }
}

bool ServerReader::has_port() const {
  const auto ends_in_port = [](const std::string& text) {
    return text.find(':') != std::string::npos;
  };
  return !services_.addresses.empty() && !block_.argument(2).empty() &&
         (block_.argument() != "group" || ends_in_port(services_.addresses[0]));
}

void ServerReader::put_servers() {
  const bool inhibit = scope_.truth("inhibit_on_failure").value_or(false);
  if (inhibit) common_.put("on_failure", Yaml::plain("zero_weight"), scope_.comments());
  read_check_defaults(scope_, defaults_);
  if (defaults_.down_first) common_.put("initially", Yaml::plain("down"), scope_.comments());
  defaults_.down_first = false;
  const ServerDefaults of{defaults_, inhibit, mails_, has_port()};
  Yaml servers = Yaml::list();
  for (const Directive* one : scope_.take_all("real_server")) {
    scope_.comments();  // they stand at the server
    servers.add(translate_real_server(*one, of, context_, mailed_), one->comments);
  }
  hoist_checks(servers, common_);
  for (YamlEntry& entry : servers.entries()) {
    const bool alone = entry.value.size() == 1 && entry.value.end_comments().empty();
    if (alone) entry.value = Yaml(*entry.value.find("address"));
  }
  common_.put("real_servers", std::move(servers));
}

void ServerReader::write(const std::string& name) {
  Yaml& all = context_.document.at("virtual_servers", Yaml::Kind::kList);
  const bool both = !services_.addresses.empty() && !services_.marks.empty();
  const auto add = [&](const std::string& wanted, std::string_view one, std::string_view many,
                       Yaml list) {
    Yaml server = Yaml::map();
    const std::string given = context_.name("virtual_server", block_, wanted);
    server.put("name", Yaml::text(given));
    if (mails_) context_.mail.services.insert(given);
    const std::string of_it = given + '/';
    if (mails_) context_.mail.servers.insert(of_it + '*');
    for (const std::string& address : mailed_) context_.mail.servers.insert(of_it + address);
    if (list.size() == 1) {
      server.put(one, list.entries()[0].value);
    } else {
      server.put(many, std::move(list));
    }
    if (one == "mark" && v6_mark_) server.put("family", Yaml::plain("ipv6"));
    if (one != "mark" && protocol_ != "tcp") server.put("protocol", Yaml::text(protocol_));
    for (const YamlEntry& entry : common_.entries()) {
      if (one == "mark" && entry.key == "one_service") continue;
      server.put(entry.key, entry.value, entry.comments);
    }
    server.comment_at_end(common_.end_comments());
    all.add(std::move(server.block()), block_.comments);
  };
  Yaml list = Yaml::list();
  for (const std::string& one : services_.addresses) list.add(Yaml::text(one));
  if (!list.empty()) add(name, "address", "addresses", std::move(list));
  Yaml marks = Yaml::list();
  for (const std::int64_t one : services_.marks) marks.add(Yaml::number(one));
  if (!marks.empty()) add(both ? name + "-marks" : name, "mark", "marks", std::move(marks));
}

void ServerReader::read() {
  std::string name = read_services();
  if (name.empty() || (services_.addresses.empty() && services_.marks.empty())) {
    findings_.report_block(block_,
                           "there is nothing that it serves: expected an address, a group or "
                           "a firewall mark");
    return;
  }
  if (const Directive* protocol = scope_.take("protocol")) protocol_ = lower(protocol->argument());
  if (protocol_ != "tcp") name += "-" + protocol_;
  if (const Directive* family = scope_.take("ip_family")) v6_mark_ = family->argument() == "inet6";
  put_scheduler();
  put_persistence();
  put_ha_suspend();
  put_quorum();
  mails_ = scope_.truth("smtp_alert").value_or(context_.mail.of_checkers);
  put_servers();
  scope_.finish(&common_);
  common_.comment_at_end(block_.closing_comments);
  write(name);
  // keepalived takes the last failing server out, too.
  Yaml& balancing = context_.document.at("load_balancing", Yaml::Kind::kMap);
  if (balancing.find("panic_threshold") == nullptr) {
    balancing.put("panic_threshold", Yaml::plain("none"));
  }
}

}  // namespace

void translate_virtual_server(const Directive& block, Context& context) {
  ServerReader(block, context).read();
}

}  // namespace holdfast::importer
