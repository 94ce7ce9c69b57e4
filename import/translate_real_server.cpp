// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cctype>
#include <utility>

#include "import/context.h"
#include "import/services.h"
#include "import/translate_servers.h"

// real_server, and how packets get to one.
namespace holdfast::importer {
namespace {

// As an event names it, after the virtual server; without a port it is that of the service.
std::string server_text(const Directive& block) {
  const std::string endpoint = endpoint_text(block.argument(), block.argument(2));
  return block.argument(2).empty() ? endpoint + "*" : endpoint;
}

}  // namespace

std::string lower(std::string_view text) {
  std::string result(text);
  std::transform(result.begin(), result.end(), result.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return result;
}

std::optional<Yaml> forwarding_of(const Directive& at, Findings& findings) {
  const std::string method = lower(at.argument());
  if (method == "nat") return Yaml::plain("masquerade");
  if (method == "dr") return Yaml::plain("direct");
  if (method != "tun") {
    findings.report(at, "expected NAT, DR or TUN");
    return std::nullopt;
  }
  Yaml tunnel = Yaml::map();
  tunnel.put("tunnel", Yaml::plain("ipip"));
  for (std::size_t i = 2; i < at.words.size(); ++i) {
    const std::string_view word = at.argument(i);
    if (word == "type") {
      tunnel.put("tunnel", Yaml::text(at.argument(++i)));
    } else if (word == "port") {
      tunnel.put("port", Yaml::plain(std::string(at.argument(++i))));
    } else if (word == "csum") {
      tunnel.put("checksum", Yaml::truth(true));
    } else if (word == "remcsum") {
      tunnel.put("remote_checksum", Yaml::truth(true));
    }
  }
  if (tunnel.size() == 1 && tunnel.find("tunnel")->scalar() == "ipip") return Yaml::plain("tunnel");
  return tunnel;
}

Yaml translate_real_server(const Directive& block, const ServerDefaults& of, Context& context,
                           std::vector<std::string>& mailed) {
  Findings& findings = context.findings;
  Scope server(Section::kRealServer, block.children, findings);
  Yaml map = Yaml::map();
  map.put("address", Yaml::text(endpoint_text(block.argument(), block.argument(2))));
  if (const auto weight = server.number("weight", 0, 65535)) {
    if (*weight != 1) map.put("weight", Yaml::number(*weight), server.comments());
  }
  if (const auto upper = server.number("uthreshold", 0, 0xffffffff)) {
    map.put("upper", Yaml::number(*upper), server.comments());
  }
  if (const auto least = server.number("lthreshold", 0, 0xffffffff)) {
    map.put("lower", Yaml::number(*least), server.comments());
  }
  if (const Directive* method = server.take("lvs_method")) {
    if (auto forwarding = forwarding_of(*method, findings)) {
      map.put("forwarding", std::move(*forwarding), server.comments());
    }
  }
  if (const auto own = server.truth("inhibit_on_failure"); own && *own != of.inhibit) {
    map.put("on_failure", Yaml::plain(*own ? "zero_weight" : "remove"), server.comments());
  }
  CheckDefaults defaults = of.checks;
  read_check_defaults(server, defaults);
  if (const Yaml* weight = map.find("weight")) {
    defaults.weight = parse_number(weight->scalar()).value_or(1);
  }
  defaults.has_port = !block.argument(2).empty() || of.has_port;
  Yaml checks = translate_checkers(server, defaults, context);
  if (!checks.empty()) map.put("checks", std::move(checks), server.comments());
  const bool mails = server.truth("smtp_alert").value_or(of.mails);
  if (mails && !of.mails) mailed.push_back(server_text(block));
  if (!mails && of.mails) {
    findings.report(*server.take("smtp_alert"), "all servers of a virtual server are told of");
  }
  server.finish(&map);
  map.comment_at_end(block.closing_comments);
  return map;
}

void hoist_checks(Yaml& servers, Yaml& into) {
  const auto checks_of = [](const YamlEntry& entry) { return entry.value.find("checks"); };
  const auto& entries = servers.entries();
  if (entries.empty() || checks_of(entries[0]) == nullptr) return;
  const Yaml first = *checks_of(entries[0]);
  const bool same = std::all_of(entries.begin(), entries.end(), [&](const YamlEntry& entry) {
    return checks_of(entry) != nullptr && *checks_of(entry) == first;
  });
  const auto short_key = [](Yaml& map) {
    const Yaml* const all = map.find("checks");
    if (all == nullptr || all->size() != 1) return;
    Yaml one = all->entries()[0].value;
    map.remove("checks");
    map.put("check", std::move(one));
  };
  if (same) {
    for (YamlEntry& entry : servers.entries()) entry.value.remove("checks");
    into.put("checks", first);
    short_key(into);
  } else {
    for (YamlEntry& entry : servers.entries()) short_key(entry.value);
  }
}

}  // namespace holdfast::importer
