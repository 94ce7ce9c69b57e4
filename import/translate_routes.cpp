// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <utility>

#include "common/core/ip.h"
#include "import/context.h"

// The entries of virtual_routes and virtual_rules, and of static_routes and static_rules.
namespace holdfast::importer {
namespace {

bool is_any_of(std::string_view word, std::initializer_list<std::string_view> words) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

// Options of a route that make it another one: without them it must not stand there.
bool decides(std::string_view option) {
  return is_any_of(option, {"tos", "dsfield", "encap", "vrf", "append", "or", "as", "local",
                            "broadcast", "multicast", "anycast", "nat", "xresolve"});
}

// A number, or a name that the kernel itself knows.
std::optional<Yaml> table_of(std::string_view text) {
  if (is_any_of(text, {"main", "default", "local"})) return Yaml::text(text);
  const auto number = parse_number(text);
  if (!number || *number < 1 || *number > 0xffffffff) return std::nullopt;
  return Yaml::number(*number);
}

// The words of an entry, one after the other.
class Words {
 public:
  explicit Words(const Directive& entry) : entry_(entry) {}
  bool done() const { return at_ >= entry_.words.size(); }
  std::string_view next() { return done() ? std::string_view() : entry_.argument(at_++); }
  std::string_view peek() const { return entry_.argument(at_); }

 private:
  const Directive& entry_;
  std::size_t at_ = 0;
};

class RouteReader {
 public:
  RouteReader(const Directive& entry, Findings& findings)
      : entry_(entry), findings_(findings), words_(entry) {}

  std::optional<Yaml> read() {
    while (!words_.done() && good_) read_option(words_.next());
    if (!to_.empty()) {
      Yaml whole = Yaml::map();
      whole.put("to", Yaml::text(to_));
      for (YamlEntry& one : route_.entries()) whole.put(one.key, std::move(one.value));
      if (!hops_.empty()) whole.put("nexthops", std::move(hops_));
      if (good_) return whole;
    } else if (good_) {
      findings_.report(entry_, "expected a destination, such as 192.0.2.0/24 or default");
    }
    return std::nullopt;
  }

 private:
  void read_option(std::string_view word) {
    const Row* const row = find_directive(Section::kRoute, word);
    if (row == nullptr) {
      if (to_.empty() && (word == "default" || IpPrefix::parse(word))) {
        to_ = word;
      } else {
        leave_out("'" + std::string(word) + "': keepalived 2.3 has no such option of a route");
      }
    } else if (!row->translated()) {
      const std::string why = "'" + std::string(word) + "': " + std::string(row->reason);
      if (decides(word)) {
        leave_out(why);
      } else {
        findings_.report(entry_, why);
        skip_values();
      }
    } else if (is_any_of(word, {"blackhole", "unreachable", "prohibit", "throw"})) {
      route_.put("type", Yaml::text(word));
    } else if (word == "nexthop") {
      hops_.add(Yaml::map());
    } else if (word == "onlink") {
      target().put("onlink", Yaml::truth(true));
    } else if (word == "no_track") {
      route_.put("no_track", Yaml::truth(true));
    } else if (!is_any_of(word, {"unicast", "inet", "inet6", "add"})) {
      read_valued(word);
    }
  }

  void read_valued(std::string_view word) {
    if (is_any_of(words_.peek(), {"inet", "inet6"})) words_.next();  // via inet6 ADDRESS
    const std::string_view value = words_.next();
    if (word == "to") {
      to_ = value;
    } else if (word == "type") {
      if (value != "unicast") route_.put("type", Yaml::text(value));
    } else if (word == "via" || word == "gw") {
      target().put("via", Yaml::text(value));
    } else if (word == "dev") {
      target().put("dev", Yaml::text(value));
    } else if (word == "weight") {
      target().put("weight", Yaml::plain(std::string(value)));
    } else if (is_any_of(word, {"metric", "priority", "preference"})) {
      route_.put("metric", Yaml::plain(std::string(value)));
    } else if (word == "table") {
      const auto table = table_of(value);
      if (!table) leave_out("names of tables are not read from files: give its number");
      if (table) route_.put("table", *table);
    } else {
      route_.put(word, Yaml::text(value));  // src, scope
    }
  }

  Yaml& target() { return hops_.empty() ? route_ : hops_.entries().back().value; }

  // The values of an option that is left out, up to the next option.
  void skip_values() {
    while (!words_.done() && find_directive(Section::kRoute, words_.peek()) == nullptr &&
           (!to_.empty() || !IpPrefix::parse(words_.peek()))) {
      words_.next();
    }
  }

  void leave_out(const std::string& why) {
    findings_.report(entry_, why + "; the route is left out");
    good_ = false;
  }

  const Directive& entry_;
  Findings& findings_;
  Words words_;
  std::string to_;
  Yaml route_ = Yaml::map();
  Yaml hops_ = Yaml::list();
  bool good_ = true;
};

// One word of a rule, and what follows it; nothing: good, else why it cannot be.
std::optional<std::string> read_rule_word(Words& words, std::string_view word, Yaml& rule) {
  const Row* const row = find_directive(Section::kRule, word);
  if (row == nullptr) return "keepalived 2.3 has no such option of a rule; the rule is left out";
  if (!row->translated() && word != "track_group") return std::string(row->reason);
  if (is_any_of(word, {"blackhole", "unreachable", "prohibit"})) {
    rule.put("action", Yaml::text(word));
  } else if (word == "no_track") {
    rule.put("no_track", Yaml::truth(true));
  } else if (word == "inet6") {
    rule.put("family", Yaml::plain("ipv6"));
  } else if (!is_any_of(word, {"inet", "unicast"})) {
    const std::string_view value = words.next();
    if (is_any_of(word, {"preference", "priority", "pref", "order"})) {
      rule.put("priority", Yaml::plain(std::string(value)));
    } else if (word == "table" || word == "lookup") {
      const auto table = table_of(value);
      if (!table) return "names of tables are not read from files: give its number";
      rule.put("table", *table);
    } else if (word == "fwmark") {
      rule.put("fwmark", Yaml::plain(std::string(value)));
    } else if (word != "track_group" && value != "all" && value != "default") {
      rule.put(word == "dev" ? "iif" : word, Yaml::text(value));  // from, to, iif, oif
    }
  }
  return std::nullopt;
}

template <typename Translate>
void translate_list(Scope& file, std::string_view block, std::string_view key, Context& context,
                    Translate translate) {
  for (const Directive* list : file.take_all(block)) {
    std::vector<std::string> comments = file.comments();
    for (const Directive& entry : list->children) {
      std::optional<Yaml> one = translate(entry);
      comments.insert(comments.end(), entry.comments.begin(), entry.comments.end());
      if (!one) continue;
      Yaml& into = context.document.at("static", Yaml::Kind::kMap).at(key, Yaml::Kind::kList);
      into.add(std::move(*one), std::exchange(comments, {}));
    }
  }
}

}  // namespace

std::optional<Yaml> translate_route(const Directive& entry, Findings& findings) {
  return RouteReader(entry, findings).read();
}

std::optional<Yaml> translate_rule(const Directive& entry, Context& context) {
  Yaml rule = Yaml::map();
  rule.put("priority", Yaml::plain(""));
  Words words(entry);
  while (!words.done()) {
    const std::string_view word = words.next();
    if (word == "track_group") {
      report_option(Section::kRule, entry, word, context.findings);
      words.next();
      continue;
    }
    const auto fault = read_rule_word(words, word, rule);
    if (!fault) continue;
    context.findings.report(entry, "'" + std::string(word) + "': " + *fault);
    return std::nullopt;
  }
  if (rule.find("priority")->scalar().empty()) {
    context.findings.report(entry, "a rule needs a priority: it gets " +
                                       std::to_string(context.next_rule) +
                                       ", where keepalived picks one");
    rule.put("priority", Yaml::number(context.next_rule++));
  }
  return rule;
}

void translate_static(Scope& file, Context& context) {
  Findings& findings = context.findings;
  translate_list(file, "static_ipaddress", "addresses", context,
                 [&](const Directive& entry) -> std::optional<Yaml> {
                   const std::string& device = context.globals.default_interface;
                   auto address = translate_address(entry, device, std::nullopt, findings);
                   if (!address) return std::nullopt;
                   Yaml map = Yaml::map();
                   if (address->kind() == Yaml::Kind::kScalar) {
                     map.put("address", *address);
                   } else {
                     map = *address;
                   }
                   if (map.find("device") == nullptr) map.put("device", Yaml::text(device));
                   return map;
                 });
  translate_list(file, "static_routes", "routes", context,
                 [&](const Directive& entry) { return translate_route(entry, findings); });
  translate_list(file, "static_rules", "rules", context,
                 [&](const Directive& entry) { return translate_rule(entry, context); });
}

}  // namespace holdfast::importer
