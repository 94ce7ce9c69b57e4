// SPDX-License-Identifier: Apache-2.0
#include <utility>

#include "import/context.h"

// global_defs and garp_group.
namespace holdfast::importer {
namespace {

constexpr std::int64_t kSecond = 1'000'000;
constexpr std::int64_t kHour = 3600 * kSecond;

std::string text_of(Scope& scope, std::string_view name) {
  const Directive* const one = scope.take(name);
  return one == nullptr ? std::string() : std::string(one->argument());
}

void put_seconds(Scope& scope, std::string_view name, std::int64_t least, std::int64_t most,
                 std::string_view key, Yaml& into) {
  if (const auto time = scope.seconds(name, least, most)) {
    into.put(key, Yaml::plain(duration_text(*time)), scope.comments());
  }
}

void put_number(Scope& scope, std::string_view name, std::int64_t least, std::int64_t most,
                std::string_view key, Yaml& into) {
  if (const auto value = scope.number(name, least, most)) {
    into.put(key, Yaml::number(*value), scope.comments());
  }
}

void read_values(Scope& scope, Context& context) {
  Globals& globals = context.globals;
  if (const auto version = scope.number("vrrp_version", 2, 3)) globals.version = *version;
  if (scope.has("vrrp_mcast_group4")) globals.group4 = text_of(scope, "vrrp_mcast_group4");
  if (scope.has("vrrp_mcast_group6")) globals.group6 = text_of(scope, "vrrp_mcast_group6");
  if (scope.has("default_interface"))
    globals.default_interface = text_of(scope, "default_interface");
  if (scope.has("vmac_prefix")) globals.vmac_prefix = text_of(scope, "vmac_prefix");
  if (const Directive* user = scope.take("script_user")) {
    globals.script_user = user->argument();
    if (!user->argument(2).empty() && user->argument(2)[0] != ':') {
      context.findings.report(*user, "a program has the groups of its user, and no other");
    }
  }
  globals.down_timer_adverts = scope.number("vrrp_down_timer_adverts", 1, 100);
  globals.message_only = scope.truth("v3_checksum_as_v2").value_or(globals.message_only);
  globals.log_failures = scope.truth("checker_log_all_failures").value_or(globals.log_failures);
  if (const Directive* strict = scope.take("vrrp_strict")) {
    globals.strict = true;
    context.findings.report(*strict,
                            "of what it asks for, the accept mode is taken over; Holdfast follows "
                            "the RFC, and refuses less");
  }
  if (scope.take("nftables_ipvs") != nullptr) globals.one_service = true;
  if (scope.has("enable_script_security") && globals.script_user.empty() &&
      !context.machine.user_exists("keepalived_script")) {
    globals.script_user = "keepalived_script";
  }
}

// What Holdfast does anyway, and what it never does.
void read_implied(Scope& scope, Context& context) {
  for (const std::string_view name :
       {"enable_script_security", "set_supplementary_groups", "include_check", "dynamic_interfaces",
        "vrrp_check_unicast_src", "reload_check_config"}) {
    scope.take_all(name);
  }
  for (const std::string_view name : {"vrrp_iptables", "nftables"}) {
    if (const Directive* one = scope.take(name); one != nullptr && !one->argument().empty()) {
      context.findings.note(*one, "what 'accept: false' needs stands in a table of Holdfast's own");
    }
  }
  const auto never = [&](std::string_view name, bool does, const char* why) {
    const Directive* const one = scope.take(name);
    if (one == nullptr) return;
    if (scope.truth(name).value_or(does) != does) context.findings.report(*one, why);
  };
  never("vrrp_higher_prio_send_advert", true, "a node that loses always sends a last advert");
  never("vrrp_lower_prio_no_advert", false, "a lower advert is answered, as RFC 9568 says");
  never("vrrp_skip_check_adv_addr", false, "every address of every advert is looked at");
  never("vrrp_notify_priority_changes", false,
        "no one is told of a change of priority; the status shows it");
}

void write_process(Scope& scope, Yaml& vrrp) {
  Yaml process = Yaml::map();
  if (scope.take("vrrp_no_swap") != nullptr)
    process.put("memory_locked", Yaml::truth(true), scope.comments());
  if (const auto priority = scope.number("vrrp_rt_priority", 1, 99)) {
    Yaml& real_time = process.put("real_time", Yaml::map(), scope.comments());
    real_time.put("priority", Yaml::number(*priority));
    // In microseconds there, at least 10 ms here.
    if (const auto limit = scope.number("vrrp_rlimit_rttime", 10'000, 60 * kSecond)) {
      real_time.put("limit", Yaml::plain(duration_text(*limit)));
    }
  }
  if (const Directive* cpus = scope.take("vrrp_cpu_affinity")) {
    Yaml& list = process.put("cpu_affinity", Yaml::list(), scope.comments());
    for (std::size_t i = 1; i < cpus->words.size(); ++i) {
      if (const auto cpu = parse_number(cpus->argument(i))) list.add(Yaml::number(*cpu));
    }
  }
  if (!process.empty()) vrrp.put("process", std::move(process));
}

void write_fifo(Scope& scope, Context& context) {
  for (const std::string_view name : {"notify_fifo", "vrrp_notify_fifo"}) {
    const Directive* const fifo = scope.take(name);
    if (fifo == nullptr) continue;
    if (!fifo->argument(2).empty()) context.findings.report(*fifo, "the FIFO is root's alone");
    if (name == "notify_fifo") {
      context.findings.report(*fifo, "only VRRP has a FIFO, virtual servers have none");
    }
    Yaml& vrrp = context.document.at("vrrp", Yaml::Kind::kMap);
    vrrp.at("notify", Yaml::Kind::kMap).put("fifo", Yaml::text(fifo->argument()), scope.comments());
  }
}

// lvs_sync_daemon eth1 [inst] VI_1 id 5 maxlen 1400 port 8848 ttl 1 group 224.0.0.81
Yaml sync_of(const Directive& one) {
  Yaml sync = Yaml::map();
  sync.put("interface", Yaml::text(one.argument()));
  std::string group;
  std::string port;
  for (std::size_t i = 2; i < one.words.size(); ++i) {
    const std::string_view word = one.argument(i);
    const std::string_view value = one.argument(i + 1);
    if (word == "id" || word == "maxlen" || word == "ttl") {
      sync.put(word == "maxlen" ? "max_length" : word, Yaml::plain(std::string(value)));
      ++i;
    } else if (word == "port") {
      port = value;
      ++i;
    } else if (word == "group") {
      group = value;
      ++i;
    } else if (word != "inst") {
      sync.put("instance", Yaml::text(word));
    }
  }
  if (!group.empty()) sync.put("group", Yaml::text(group));
  if (!port.empty()) sync.put("port", Yaml::plain(port));
  return sync;
}

void write_balancing(Scope& scope, Context& context) {
  Yaml balancing = Yaml::map();
  if (const Directive* one = scope.take("lvs_sync_daemon")) {
    balancing.put("sync", sync_of(*one), scope.comments());
  }
  if (const Directive* one = scope.take("lvs_timeouts")) {
    Yaml& timeouts = balancing.put("timeouts", Yaml::map(), scope.comments());
    for (std::size_t i = 1; i + 1 < one->words.size(); i += 2) {
      const std::string_view kind = one->argument(i);
      const auto time = parse_number(one->argument(i + 1));
      if (!time) continue;
      timeouts.put(kind == "tcpfin" ? "tcp_fin" : kind,
                   Yaml::plain(duration_text(*time * kSecond)));
    }
  }
  put_number(scope, "nftables_ipvs_start_fwmark", 1, 0xffffffff, "mark_start", balancing);
  if (balancing.empty()) return;
  Yaml& into = context.document.at("load_balancing", Yaml::Kind::kMap);
  for (YamlEntry& entry : balancing.entries()) {
    into.put(entry.key, std::move(entry.value), std::move(entry.comments));
  }
}

}  // namespace

Yaml translate_announce(Scope& scope, const std::string& prefix) {
  Yaml announce = Yaml::map();
  put_number(scope, prefix + "master_repeat", 1, 100, "repeat", announce);
  put_seconds(scope, prefix + "master_delay", 0, kHour, "delay", announce);
  put_seconds(scope, prefix + "master_refresh", 0, 24 * kHour, "refresh", announce);
  put_number(scope, prefix + "master_refresh_repeat", 1, 100, "refresh_repeat", announce);
  Yaml lower = Yaml::map();
  put_number(scope, prefix + "lower_prio_repeat", 0, 100, "repeat", lower);
  put_seconds(scope, prefix + "lower_prio_delay", 0, kHour, "delay", lower);
  if (!lower.empty()) announce.put("lower_priority", std::move(lower));
  return announce;
}

void translate_globals(const Directive& block, Context& context) {
  Scope scope(Section::kGlobal, block.children, context.findings);
  const Directive* const id = scope.take("router_id");
  if (id != nullptr && id->argument().empty()) {
    context.findings.report(*id, "it names nothing: the node is called by its host name");
  } else if (id != nullptr) {
    context.document.put("node", Yaml::text(context.name("node", *id, id->argument())),
                         scope.comments());
  }
  read_values(scope, context);
  read_implied(scope, context);
  write_fifo(scope, context);
  write_balancing(scope, context);
  read_mail(scope, context);
  Yaml& vrrp = context.document.at("vrrp", Yaml::Kind::kMap);
  put_seconds(scope, "vrrp_startup_delay", 0, kHour, "start_delay", vrrp);
  write_process(scope, vrrp);
  const bool least = scope.truth("vrrp_min_garp").value_or(false);
  Yaml announce = translate_announce(scope, "vrrp_garp_");
  if (least && announce.find("repeat") == nullptr) announce.put("repeat", Yaml::number(1));
  if (least && announce.find("delay") == nullptr) announce.put("delay", Yaml::plain("0s"));
  put_seconds(scope, "vrrp_garp_interval", 0, 10 * kSecond, "arp_interval", announce);
  put_seconds(scope, "vrrp_gna_interval", 0, 10 * kSecond, "na_interval", announce);
  if (!announce.empty()) vrrp.put("announce", std::move(announce));
  scope.finish(&vrrp);
}

void translate_garp_group(const Directive& block, Context& context) {
  Scope scope(Section::kGarpGroup, block.children, context.findings);
  Yaml group = Yaml::map();
  Yaml interfaces = Yaml::list();
  if (const Directive* one = scope.take("interface")) interfaces.add(Yaml::text(one->argument()));
  if (const Directive* list = scope.take("interfaces")) {
    for (const Directive& entry : list->children) {
      for (const Word& word : entry.words) interfaces.add(Yaml::text(word.text));
    }
  }
  group.put("interfaces", std::move(interfaces), scope.comments());
  put_seconds(scope, "garp_interval", 0, 10 * kSecond, "arp_interval", group);
  put_seconds(scope, "gna_interval", 0, 10 * kSecond, "na_interval", group);
  scope.finish(&group);
  Yaml& vrrp = context.document.at("vrrp", Yaml::Kind::kMap);
  vrrp.at("announce_groups", Yaml::Kind::kList).add(std::move(group), block.comments);
}

}  // namespace holdfast::importer
