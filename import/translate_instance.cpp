// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <utility>

#include "common/core/ip.h"
#include "import/context.h"

// vrrp_instance.
namespace holdfast::importer {
namespace {

constexpr std::int64_t kSecond = 1'000'000;
constexpr std::int64_t kTick = 10'000;  // of VRRPv3's interval
constexpr std::size_t kPasswordMax = 8;

class InstanceReader {
 public:
  InstanceReader(const Directive& block, Context& context)
      : block_(block),
        context_(context),
        findings_(context.findings),
        scope_(Section::kInstance, block.children, context.findings) {}

  void read();

 private:
  bool read_family();
  void put_identity();
  void put_interval();
  void put_preempt();
  void put_way();
  void put_peers(const Directive& peers);
  void put_device();
  void put_authentication();
  void put_addresses(std::string_view directive, std::string_view key, bool one_family);
  void put_routing();
  void put_accept();
  void read_implied();
  void refuse(std::string_view name, bool does, const char* why);

  const Directive& block_;
  Context& context_;
  Findings& findings_;
  Scope scope_;
  Yaml instance_ = Yaml::map();
  std::string interface_;
  std::int64_t version_ = 2;
  std::int64_t priority_ = 100;
  std::int64_t vrid_ = 0;
  bool v6_ = false;
  bool unicast_ = false;
};

// By the first of its addresses, as keepalived has it.
bool InstanceReader::read_family() {
  const auto lists = scope_.take_all("virtual_ipaddress");
  for (const Directive* list : lists) {
    for (const Directive& entry : list->children) {
      const auto family = is_v6(entry.name());
      if (!family) continue;
      v6_ = *family;
      return true;
    }
  }
  for (const Directive* list : lists) {
    for (const Directive& entry : list->children) report_no_address(entry, findings_);
  }
  return false;
}

void InstanceReader::put_identity() {
  instance_.put("interface", Yaml::text(interface_));
  scope_.take_all("interface");
  if (const auto id = scope_.number("virtual_router_id", 1, 255)) {
    vrid_ = *id;
    instance_.put("virtual_router_id", Yaml::number(*id), scope_.comments());
  }
  version_ = v6_ ? 3 : context_.globals.version;
  const Directive* const given = scope_.take("version");
  if (const auto version = scope_.number("version", 2, 3)) {
    if (v6_ && *version == 2) findings_.report(*given, "IPv6 is VRRPv3, with keepalived too");
    if (!v6_) version_ = *version;
  }
  instance_.put("version", Yaml::number(version_), scope_.comments());
  const Directive* const state = scope_.take("state");
  const bool master = state != nullptr && state->argument() == "MASTER";
  if (state != nullptr && !master && state->argument() != "BACKUP") {
    findings_.report(*state,
                     "expected MASTER or BACKUP; keepalived takes anything else for BACKUP");
  }
  priority_ = master ? 255 : 100;  // so keepalived has it, where none is given
  if (!scope_.has("priority") && master) {
    findings_.note(*state, "without a priority, MASTER is an owner: 255, for keepalived too");
  }
  priority_ = scope_.number("priority", 1, 255).value_or(priority_);
  instance_.put("priority", Yaml::number(priority_), scope_.comments());
}

void InstanceReader::put_interval() {
  const Directive* const given = scope_.take("advert_int");
  const std::int64_t unit = version_ == 2 ? kSecond : kTick;
  const std::int64_t most = version_ == 2 ? 255 * kSecond : 4095 * kTick;
  std::int64_t interval = scope_.seconds("advert_int", 1, 255 * kSecond).value_or(kSecond);
  const std::int64_t fitting = std::clamp((interval + unit / 2) / unit * unit, unit, most);
  if (fitting != interval && given != nullptr) {
    findings_.report(*given, "with version " + std::to_string(version_) + " it is a multiple of " +
                                 duration_text(unit) + " from " + duration_text(unit) + " to " +
                                 duration_text(most) + ": " + duration_text(fitting) + " is taken");
  }
  instance_.put("advert_interval", Yaml::plain(duration_text(fitting)), scope_.comments());
  if (const auto adverts = scope_.number("down_timer_adverts", 1, 100)) {
    instance_.put("down_timer_adverts", Yaml::number(*adverts), scope_.comments());
  } else if (context_.globals.down_timer_adverts) {
    instance_.put("down_timer_adverts", Yaml::number(*context_.globals.down_timer_adverts));
  }
}

void InstanceReader::put_preempt() {
  const Directive* const state = scope_.take("state");
  const bool master = state != nullptr && state->argument() == "MASTER";
  const Directive* const never = scope_.take("nopreempt");
  const Directive* const delay = scope_.take("preempt_delay");
  const auto time = scope_.seconds("preempt_delay", 0, 1000 * kSecond);
  scope_.take_all("preempt");
  if (priority_ == 255) {
    if (state != nullptr && !master) {
      findings_.note(*state, "who has priority 255 is MASTER at once, as the RFC says");
    }
    return;
  }
  if (master && (never != nullptr || delay != nullptr)) {
    findings_.note(never != nullptr ? *never : *delay,
                   "left out: keepalived ignores it too beside 'state MASTER'");
    return;
  }
  if (never != nullptr) {
    instance_.put("preempt", Yaml::truth(false), scope_.comments());
    if (delay != nullptr) findings_.note(*delay, "left out: it says nothing beside 'nopreempt'");
  } else if (time && *time != 0) {
    Yaml preempt = Yaml::map();
    preempt.put("delay", Yaml::plain(duration_text(*time)));
    instance_.put("preempt", std::move(preempt), scope_.comments());
  }
}

void InstanceReader::put_peers(const Directive& peers) {
  Yaml list = Yaml::list();
  for (const Directive& entry : peers.children) {
    const auto family = is_v6(entry.name());
    if (!family || *family != v6_) {
      findings_.report(entry, "expected an IP address of the family of the instance");
      continue;
    }
    // keepalived looks at the TTL of a peer only if it is told to.
    Yaml peer = Yaml::map();
    peer.put("address", Yaml::text(entry.name()));
    peer.put("min_ttl", Yaml::number(0));
    for (std::size_t i = 1; i < entry.words.size(); i += 2) {
      const auto value = parse_number(entry.argument(i + 1));
      const std::string_view key = entry.argument(i);
      if ((key != "min_ttl" && key != "max_ttl") || !value || *value < 0 || *value > 255) {
        findings_.report(entry, "expected min_ttl or max_ttl, and a number from 0 to 255");
        continue;
      }
      peer.put(key, Yaml::number(*value));
    }
    list.add(std::move(peer), entry.comments);
  }
  if (list.empty()) {
    findings_.report(peers, "there are no peers, so that adverts go to the multicast group");
    return;
  }
  unicast_ = true;
  Yaml unicast = Yaml::map();
  if (const auto ttl = scope_.number("unicast_ttl", 1, 255)) {
    unicast.put("ttl", Yaml::number(*ttl));
  }
  unicast.put("peers", std::move(list));
  instance_.put("unicast", std::move(unicast), scope_.comments());
}

void InstanceReader::put_way() {
  for (const std::string_view name : {"mcast_src_ip", "unicast_src_ip"}) {
    const Directive* const source = scope_.take(name);
    if (source == nullptr) continue;
    const auto family = is_v6(source->argument());
    if (!family || *family != v6_) {
      findings_.report(*source, "expected an IP address of the family of the instance");
      continue;
    }
    instance_.put("source_address", Yaml::text(source->argument()), scope_.comments());
  }
  if (const Directive* peers = scope_.take("unicast_peer")) put_peers(*peers);
  const Directive* const group = scope_.take("mcast_dst_ip");
  const std::string& global = v6_ ? context_.globals.group6 : context_.globals.group4;
  if (unicast_) {
    if (group != nullptr) findings_.note(*group, "left out: it says nothing beside 'unicast_peer'");
  } else if (group != nullptr || !global.empty()) {
    const std::string_view text = group != nullptr ? group->argument() : std::string_view(global);
    if (text != "224.0.0.18" && text != "ff02::12") {
      instance_.put("multicast_group", Yaml::text(text), scope_.comments());
    }
  }
  const bool only = scope_.truth("v3_checksum_as_v2").value_or(context_.globals.message_only);
  if (only && version_ == 3 && !v6_) {
    instance_.put("checksum", Yaml::plain("message-only"), scope_.comments());
  }
}

void InstanceReader::put_device() {
  for (const std::string_view kind : {"use_vmac", "use_ipvlan"}) {
    const Directive* const use = scope_.take(kind);
    if (use == nullptr) continue;
    Yaml device = Yaml::map();
    if (!context_.globals.vmac_prefix.empty() && kind == "use_vmac") {
      device.put("name", Yaml::text(context_.globals.vmac_prefix + (v6_ ? "6." : ".") +
                                    std::to_string(vrid_)));
    }
    for (std::size_t i = 1; i < use->words.size(); ++i) {
      const std::string_view word = use->argument(i);
      if (word == "name") {
        device.put("name", Yaml::text(use->argument(++i)));
      } else if (word == "group") {
        findings_.report(*use, "a device of Holdfast is in no group of interfaces");
        ++i;
      } else if (word == "netlink_notify_msg" || word == "bridge") {
        continue;  // so it is
      } else if (word == "private" || word == "vepa" || word.find(':') != std::string_view::npos ||
                 is_v6(word)) {
        findings_.report(*use,
                         "'" + std::string(word) +
                             "': a device has the MAC address of the RFC or of its interface, "
                             "no other, no address for adverts, and is in bridge mode");
      } else {
        device.put("name", Yaml::text(word));
      }
    }
    const bool base = kind == "use_vmac" && scope_.take("vmac_xmit_base") != nullptr;
    if (base || (unicast_ && kind == "use_vmac")) device.put("adverts_from", Yaml::plain("base"));
    instance_.put(kind == "use_vmac" ? "virtual_mac" : "ipvlan",
                  device.empty() ? Yaml::truth(true) : std::move(device), scope_.comments());
  }
}

void InstanceReader::put_authentication() {
  const Directive* const block = scope_.take("authentication");
  if (block == nullptr) return;
  Scope inner(Section::kAuthentication, block->children, findings_);
  const Directive* const type = inner.take("auth_type");
  const Directive* const password = inner.take("auth_pass");
  const bool plain = type != nullptr && type->argument() == "PASS" && password != nullptr;
  if (type != nullptr && type->argument() == "AH") {
    findings_.report(*type, "AH was withdrawn by RFC 3768: sign adverts by 'authentication: keys'");
  } else if (type != nullptr && type->argument() != "PASS") {
    findings_.report(*type, "expected PASS; with anything else keepalived sends no password");
  } else if (plain && version_ == 3) {
    findings_.report(*block, "VRRPv3 has no password, and keepalived sends none then");
  } else if (plain) {
    const std::string_view text = password->argument();
    const bool good = !text.empty() && std::all_of(text.begin(), text.end(),
                                                   [](char c) { return c > ' ' && c < 0x7f; });
    if (good) {
      Yaml authentication = Yaml::map();
      authentication.put("password", Yaml::text(text.substr(0, kPasswordMax)));
      std::vector<std::string> comments = scope_.comments();
      for (std::string& one : inner.comments()) comments.push_back(std::move(one));
      instance_.put("authentication", std::move(authentication), std::move(comments));
      if (text.size() > kPasswordMax) {
        findings_.note(*password, "cut after 8 characters, as keepalived does");
      }
    } else {
      findings_.report(*password, "a password has 1 to 8 printable characters");
    }
  }
  inner.finish(nullptr);
}

void InstanceReader::put_addresses(std::string_view directive, std::string_view key,
                                   bool one_family) {
  Yaml list = Yaml::list();
  for (const Directive* block : scope_.take_all(directive)) {
    for (const Directive& entry : block->children) {
      auto address = translate_address(entry, interface_,
                                       one_family ? std::optional(v6_) : std::nullopt, findings_);
      if (!address) continue;
      context_.held.insert(IpPrefix::parse(entry.name())->address.to_string());
      list.add(std::move(*address), entry.comments);
    }
    list.comment_at_end(block->closing_comments);
  }
  if (!list.empty()) instance_.put(key, std::move(list), scope_.comments());
}

void InstanceReader::put_routing() {
  for (const auto& [directive, rules] :
       {std::pair{"virtual_routes", false}, {"virtual_rules", true}}) {
    Yaml list = Yaml::list();
    for (const Directive* block : scope_.take_all(directive)) {
      for (const Directive& entry : block->children) {
        auto one = rules ? translate_rule(entry, context_) : translate_route(entry, findings_);
        if (one) list.add(std::move(*one), entry.comments);
      }
    }
    if (!list.empty()) instance_.put(directive, std::move(list), scope_.comments());
  }
}

void InstanceReader::put_accept() {
  const Directive* const strict = scope_.take("strict_mode");
  const bool is_strict = scope_.truth("strict_mode").value_or(context_.globals.strict);
  if (strict != nullptr && is_strict) {
    findings_.report(*strict,
                     "of what it asks for, the accept mode is taken over; Holdfast follows the "
                     "RFC, and refuses less");
  }
  const Directive* const yes = scope_.take("accept");
  const Directive* const no = scope_.take("no_accept");
  if (priority_ == 255 || (yes == nullptr && no == nullptr && !is_strict)) return;
  if (no != nullptr || yes == nullptr) {
    instance_.put("accept", Yaml::truth(false), scope_.comments());
  }
}

void InstanceReader::refuse(std::string_view name, bool does, const char* why) {
  const Directive* const one = scope_.take(name);
  if (one != nullptr && scope_.truth(name).value_or(does) != does) findings_.report(*one, why);
}

// What Holdfast does anyway, and what it never does.
void InstanceReader::read_implied() {
  for (const std::string_view name : {"native_ipv6", "promote_secondaries", "check_unicast_src",
                                      "unicast_fault_no_peer", "track_src_ip"}) {
    scope_.take_all(name);
  }
  refuse("lower_prio_no_advert", false, "a lower advert is answered, as RFC 9568 says");
  refuse("higher_prio_send_advert", true, "a node that loses always sends a last advert");
  refuse("skip_check_adv_addr", false, "every address of every advert is looked at");
  if (const Directive* extra = scope_.take("garp_extra_if");
      extra != nullptr && extra->argument() != "0") {
    findings_.report(*extra, "'announce: refresh' announces on every interface with an address");
  }
  if (const Directive* lower = scope_.take("notify_master_rx_lower_pri")) {
    const Directive* const master = scope_.take("notify_master");
    if (master == nullptr || master->argument() != lower->argument()) {
      findings_.report(*lower,
                       "the winner of a conflict is told MASTER again, by 'notify: master'");
    }
  }
}

void InstanceReader::read() {
  const Directive* const interface = scope_.take("interface");
  const bool addresses = read_family();
  const char* missing = nullptr;
  if (interface == nullptr)
    missing = "Holdfast needs its interface, where adverts and addresses go";
  if (!addresses) missing = "Holdfast needs at least one address in virtual_ipaddress";
  if (!scope_.has("virtual_router_id")) missing = "it has no virtual_router_id";
  if (missing != nullptr) {
    findings_.report_block(block_, std::string(missing) + "; the instance is left out");
    scope_.name_unknown();  // most often one of them is what is missing
    return;
  }
  interface_ = interface->argument();
  const std::string name = context_.name("instance", block_, block_.argument());
  context_.instances.insert_or_assign(std::string(block_.argument()), name);
  instance_.put("name", Yaml::text(name), scope_.comments());
  put_identity();
  put_interval();
  put_preempt();
  put_way();
  put_device();
  put_authentication();
  put_addresses("virtual_ipaddress", "addresses", true);
  put_addresses("virtual_ipaddress_excluded", "excluded_addresses", false);
  put_routing();
  put_accept();
  const Tracker tracker{interface_, context_.weightless.contains(std::string(block_.argument())),
                        priority_ == 255};
  Yaml tracks = translate_tracks(scope_, tracker, context_);
  if (!tracks.empty()) instance_.put("track", std::move(tracks), scope_.comments());
  Yaml announce = translate_announce(scope_, "garp_");
  if (!announce.empty()) instance_.put("announce", std::move(announce), scope_.comments());
  read_implied();
  Yaml notify = translate_notify(scope_, context_);
  if (!notify.empty()) instance_.put("notify", std::move(notify), scope_.comments());
  if (scope_.truth("smtp_alert").value_or(context_.mail.of_vrrp)) {
    context_.mail.instances.insert(name);
  }
  scope_.finish(&instance_);
  instance_.comment_at_end(block_.closing_comments);
  Yaml& vrrp = context_.document.at("vrrp", Yaml::Kind::kMap);
  vrrp.at("instances", Yaml::Kind::kList).add(std::move(instance_.block()), block_.comments);
}

}  // namespace

void translate_instance(const Directive& block, Context& context) {
  InstanceReader(block, context).read();
}

}  // namespace holdfast::importer
