// SPDX-License-Identifier: Apache-2.0
#include "ctl/doctor/firewall.h"

#include <algorithm>
#include <cstdint>
#include <map>
#include <optional>

#include "ctl/document.h"

namespace holdfast::ctl {
namespace {

enum class Holds : std::uint8_t { kNo, kMaybe, kYes };
enum class Verdict : std::uint8_t { kGoesOn, kAccepted, kDropped, kUnknown };

constexpr int kVrrp = 112;
constexpr int kDepthMax = 16;  // the kernel's own bound on jumps

struct Advert {
  Family family{};
  std::string interface;
  std::string group;  // empty: unicast, from anywhere
};

std::string word(const Json& json) {
  if (json.is_string()) return json.get<std::string>();
  return json.is_number_integer() ? std::to_string(json.get<std::int64_t>()) : "";
}

// A value, a set of them, or what is not understood: a range, a prefix, a named set.
Holds is_among(const Json& right, const std::vector<std::string>& values) {
  const Json* list = &right;
  if (right.is_object() && right.contains("set")) list = &right.at("set");
  if (list->is_array()) {
    Holds best = Holds::kNo;
    for (const Json& one : *list) best = std::max(best, is_among(one, values));
    return best;
  }
  const std::string text = word(*list);
  if (text.empty() || text.starts_with('@')) return Holds::kMaybe;
  return std::find(values.begin(), values.end(), text) != values.end() ? Holds::kYes : Holds::kNo;
}

Holds compare(const Json& left, const Json& right, const Advert& advert) {
  const bool v4 = advert.family == Family::kIpv4;
  if (left.contains("meta")) {
    const std::string key = word(left.at("meta").at("key"));
    if (key == "l4proto") return is_among(right, {"vrrp", std::to_string(kVrrp)});
    if (key == "iifname" || key == "iif") {
      const std::string name = word(right);
      if (name.ends_with('*')) {
        return advert.interface.starts_with(name.substr(0, name.size() - 1)) ? Holds::kYes
                                                                             : Holds::kNo;
      }
      return is_among(right, {advert.interface});
    }
    if (key == "nfproto") return is_among(right, {v4 ? "ipv4" : "ipv6"});
    if (key == "protocol") return is_among(right, {v4 ? "ip" : "ip6"});
    return Holds::kMaybe;
  }
  if (left.contains("ct") && word(left.at("ct").at("key")) == "state") {
    return is_among(right, {"new"});
  }
  if (!left.contains("payload") || !left.at("payload").contains("field")) return Holds::kMaybe;
  const std::string protocol = word(left.at("payload").at("protocol"));
  const std::string field = word(left.at("payload").at("field"));
  if (protocol == "tcp" || protocol == "udp" || protocol == "icmp" || protocol == "icmpv6" ||
      protocol == "sctp" || protocol == "dccp" || protocol == "th") {
    return protocol == "th" ? Holds::kMaybe : Holds::kNo;
  }
  if (protocol != (v4 ? "ip" : "ip6")) return protocol == "ether" ? Holds::kMaybe : Holds::kNo;
  if (field == "protocol" || field == "nexthdr") {
    return is_among(right, {"vrrp", std::to_string(kVrrp)});
  }
  if (field == "daddr" && !advert.group.empty()) return is_among(right, {advert.group});
  return Holds::kMaybe;
}

Holds match_holds(const Json& match, const Advert& advert) {
  const std::string op = word(match.at("op"));
  const Holds holds = compare(match.at("left"), match.at("right"), advert);
  if (op == "==" || op == "in") return holds;
  if (op != "!=" || holds == Holds::kMaybe) return Holds::kMaybe;
  return holds == Holds::kYes ? Holds::kNo : Holds::kYes;
}

class Ruleset {
 public:
  explicit Ruleset(const Json& document) {
    for (const Json& one : document.at("nftables")) {
      if (one.contains("chain")) chains_.push_back(&one.at("chain"));
      if (!one.contains("rule")) continue;
      const Json& rule = one.at("rule");
      rules_[key_of(rule, word(rule.at("chain")))].push_back(&rule);
    }
  }

  // "filter input" of the first chain that drops it; nothing: none does for sure.
  std::optional<std::string> dropped_by(const Advert& advert) const {
    for (const Json* const chain : chains_) {
      if (!chain->contains("hook") || word(chain->at("hook")) != "input") continue;
      const std::string family = word(chain->at("family"));
      const std::string own = advert.family == Family::kIpv4 ? "ip" : "ip6";
      if (family != "inet" && family != own) continue;
      const std::string name = word(chain->at("name"));
      Verdict verdict = walk(*chain, name, advert, 0);
      if (verdict == Verdict::kGoesOn && chain->contains("policy") &&
          word(chain->at("policy")) == "drop") {
        verdict = Verdict::kDropped;
      }
      if (verdict != Verdict::kDropped) continue;
      return printable(family + " " + word(chain->at("table")) + " " + name);
    }
    return std::nullopt;
  }

 private:
  static std::string key_of(const Json& of, const std::string& chain) {
    return word(of.at("family")) + '\n' + word(of.at("table")) + '\n' + chain;
  }

  Verdict walk(const Json& table, const std::string& chain, const Advert& advert, int depth) const {
    if (depth > kDepthMax) return Verdict::kUnknown;
    const auto found = rules_.find(key_of(table, chain));
    if (found == rules_.end()) return Verdict::kGoesOn;
    for (const Json* const rule : found->second) {
      if (!rule->contains("expr")) continue;
      const auto verdict = verdict_of(*rule, table, advert, depth);
      if (!verdict) return Verdict::kGoesOn;  // return
      if (*verdict != Verdict::kGoesOn) return *verdict;
    }
    return Verdict::kGoesOn;
  }

  // Nothing: it leaves the chain.
  std::optional<Verdict> verdict_of(const Json& rule, const Json& table, const Advert& advert,
                                    int depth) const {
    Holds holds = Holds::kYes;
    const auto ends = [&](Verdict verdict) {
      return holds == Holds::kYes ? verdict : Verdict::kUnknown;
    };
    for (const Json& one : rule.at("expr")) {
      if (one.contains("match")) {
        holds = std::min(holds, match_holds(one.at("match"), advert));
        if (holds == Holds::kNo) return Verdict::kGoesOn;
      } else if (one.contains("accept") || one.contains("queue")) {
        return ends(Verdict::kAccepted);
      } else if (one.contains("drop") || one.contains("reject")) {
        // One that may be dropped here is no finding, unless it is dropped further on as well.
        return holds == Holds::kYes ? Verdict::kDropped : Verdict::kGoesOn;
      } else if (one.contains("return")) {
        if (holds == Holds::kYes) return std::nullopt;
        return Verdict::kUnknown;
      } else if (one.contains("jump") || one.contains("goto")) {
        const Json& jump = one.contains("jump") ? one.at("jump") : one.at("goto");
        const Verdict there = walk(table, word(jump.at("target")), advert, depth + 1);
        if (there == Verdict::kGoesOn && one.contains("jump")) return there;
        if (there == Verdict::kDropped && holds != Holds::kYes) return Verdict::kGoesOn;
        return there == Verdict::kGoesOn ? std::nullopt : std::optional(ends(there));
      } else if (one.contains("limit") || one.contains("xt") || one.contains("vmap")) {
        holds = std::min(holds, Holds::kMaybe);
        if (one.contains("vmap")) return Verdict::kUnknown;
      }
    }
    return Verdict::kGoesOn;
  }

  std::vector<const Json*> chains_;
  std::map<std::string, std::vector<const Json*>> rules_;
};

}  // namespace

Result<Findings> firewall_findings(const Config& config, const std::string& ruleset) {
  return shown<Findings>(ruleset, [&](const Json& document) {
    const Ruleset rules(document);
    Findings findings;
    for (const InstanceConfig& instance : config.instances) {
      const Advert advert{instance.family(), instance.interface,
                          instance.unicast ? "" : instance.group().to_string()};
      const auto chain = rules.dropped_by(advert);
      if (!chain) continue;
      const bool v4 = advert.family == Family::kIpv4;
      findings.push_back(
          {"firewall",
           "Instance " + instance.name + ": the nftables chain " + *chain +
               " drops protocol 112 (VRRP) that comes in by " + instance.interface + ".",
           "This node hears no other, and takes the addresses though another holds them: two "
           "masters.",
           "Before what drops it: nft insert rule " + *chain + " meta l4proto 112 accept" +
               (v4 ? "" : " (and icmpv6)") + ", and in the file that sets up the firewall."});
    }
    return findings;
  });
}

}  // namespace holdfast::ctl
