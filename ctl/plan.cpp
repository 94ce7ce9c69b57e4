// SPDX-License-Identifier: Apache-2.0
#include "ctl/plan.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "config/faults.h"
#include "config/load.h"
#include "config/merge.h"
#include "config/yaml_tree.h"
#include "ctl/document.h"

namespace holdfast::ctl {
namespace {

using Kind = YamlNode::Kind;

constexpr std::size_t kValueMax = 60;

// A value on one line.
std::string short_text(const YamlNode& node) {
  std::string text;
  if (node.kind == Kind::kScalar) {
    text = node.text;
  } else if (node.kind == Kind::kNull) {
    text = "nothing";
  } else {
    const bool map = node.kind == Kind::kMap;
    for (std::size_t i = 0; i < node.children.size() && text.size() <= kValueMax;
         i += map ? 2 : 1) {
      if (i > 0) text += ", ";
      if (map) text += node.children[i].text + ": ";
      const bool secret = map && node.children[i].text == "password";
      text += secret ? "(not shown)" : short_text(node.children[map ? i + 1 : i]);
    }
    text = (map ? '{' : '[') + text + (map ? '}' : ']');
  }
  for (char& c : text) c = c < ' ' || c > '~' ? '?' : c;
  if (text.size() > kValueMax) text = text.substr(0, kValueMax) + "...";
  return text;
}

bool alike(const YamlNode& a, const YamlNode& b) {
  return a.kind == b.kind && a.text == b.text &&
         std::equal(a.children.begin(), a.children.end(), b.children.begin(), b.children.end(),
                    alike);
}

// The entries of a map, or of a list whose entries have names; nothing of anything else.
std::optional<std::map<std::string, const YamlNode*>> entries_of(const YamlNode& node) {
  std::map<std::string, const YamlNode*> entries;
  if (node.kind == Kind::kMap) {
    for (std::size_t i = 0; i + 1 < node.children.size(); i += 2) {
      entries.emplace(node.children[i].text, &node.children[i + 1]);
    }
    return entries;
  }
  if (node.kind != Kind::kSequence || node.children.empty()) return std::nullopt;
  for (const YamlNode& entry : node.children) {
    const YamlNode* name = child_of(entry, "name");
    if (name == nullptr || !entries.emplace(name->text, &entry).second) return std::nullopt;
  }
  return entries;
}

using Path = std::vector<std::string>;

// What a reload does to virtual routers (VrrpCore::configure): another router on the wire begins
// anew, anything else changes while it runs.
class Interruptions {
 public:
  Interruptions(const Config& from, const Config& to) : from_(from), to_(to) {}

  std::string of(const Path& path) const {
    if (path.size() > 1 && path[0] == "vrrp" && path[1] == "sync_groups") return kMaster;
    if (path.size() < 3 || path[0] != "vrrp" || path[1] != "instances") return of_servers(path);
    const InstanceConfig* before = find(from_, path[2]);
    const InstanceConfig* after = find(to_, path[2]);
    if (before == nullptr) return "";
    const std::string held = addresses_of(*before);
    if (after == nullptr) return "if it is MASTER here, " + held + " go to a peer, or nowhere";
    const std::string key = path.size() > 3 ? path[3] : "";
    if (key == "interface" || key == "virtual_router_id" || key == "version" ||
        (key == "addresses" && before->family() != after->family())) {
      const std::string apart = key == "interface" ? "" : std::string("; ") + kApart;
      return "it begins anew: if it is MASTER here, a hand-over of " + held + apart;
    }
    if (key == "addresses") return joined(gone(*before, *after), apart(*before, *after));
    if (key == "excluded_addresses") return gone(*before, *after);
    if (key == "advert_interval") return "nothing, if all nodes change within three intervals";
    if (key == "authentication") return "peers with other keys or passwords are not heard";
    return of_way(key, *before, *after);
  }

 private:
  static constexpr const char* kMaster = "the MASTER may become another";
  static constexpr const char* kApart =
      "nodes that differ in it refuse each other's adverts, so that until all have it, two may be "
      "MASTER";

  // What decides who hears whom, who is the better one, and where the addresses are.
  static std::string of_way(const std::string& key, const InstanceConfig& before,
                            const InstanceConfig& after) {
    if (key == "unicast" || key == "multicast_group" || key == "checksum") return kApart;
    if (key == "source_address") return "peers that allow or name another do not hear it";
    if (key == "allowed_sources") return "peers that are not in it are not heard";
    if (key == "virtual_mac" || key == "ipvlan") {
      return "the addresses move to another device: if it is MASTER here, clients learn another "
             "MAC address";
    }
    if (key == "accept" && before.accept && !after.accept) {
      return "connections to this node by its addresses";
    }
    for (const char* one : {"priority", "preempt", "track", "witness"}) {
      if (key == one) return kMaster;
    }
    return "";
  }

  static std::string joined(const std::string& one, const std::string& other) {
    return one + (one.empty() || other.empty() ? "" : "; ") + other;
  }

  // The addresses of adverts must be the same everywhere; the others are each node's own.
  static std::string apart(const InstanceConfig& before, const InstanceConfig& after) {
    std::set<IpAddress> old;
    std::set<IpAddress> now;
    for (const VirtualAddress& one : before.addresses) old.insert(one.address);
    for (const VirtualAddress& one : after.addresses) now.insert(one.address);
    return old == now ? "" : kApart;
  }

  static const InstanceConfig* find(const Config& config, const std::string& name) {
    const auto found = std::find_if(config.instances.begin(), config.instances.end(),
                                    [&](const InstanceConfig& one) { return one.name == name; });
    return found == config.instances.end() ? nullptr : &*found;
  }

  static std::string addresses_of(const InstanceConfig& instance) {
    std::string all;
    for (const VirtualAddress& one : instance.held()) {
      all += (all.empty() ? "" : ", ") + one.address.to_string();
    }
    return all;
  }

  static std::string gone(const InstanceConfig& before, const InstanceConfig& after) {
    std::set<IpAddress> stay;
    for (const VirtualAddress& one : after.held()) stay.insert(one.address);
    std::string all;
    for (const VirtualAddress& one : before.held()) {
      if (!stay.contains(one.address)) all += (all.empty() ? "" : ", ") + one.address.to_string();
    }
    return all.empty() ? "" : "connections to " + all;
  }

  static std::string of_servers(const Path& path) {
    if (path.size() < 2 || path[0] != "virtual_servers") return "";
    return path.size() == 2 ? "connections of a virtual server that goes, or changes its address"
                            : "";
  }

  const Config& from_;
  const Config& to_;
};

class Difference {
 public:
  explicit Difference(const Interruptions& interruptions) : interruptions_(interruptions) {}

  void compare(const YamlNode& from, const YamlNode& to) {
    if (alike(from, to)) return;
    const auto before = entries_of(from);
    const auto after = entries_of(to);
    if (!before || !after || from.kind != to.kind) {
      add(shown(from) + " -> " + shown(to));
      return;
    }
    for (const auto& [name, value] : *before) {
      path_.push_back(name);
      const auto other = after->find(name);
      if (other == after->end()) {
        add("taken out" + (value->kind == Kind::kScalar ? ", was " + shown(*value) : ""));
      } else {
        compare(*value, *other->second);
      }
      path_.pop_back();
    }
    for (const auto& [name, value] : *after) {
      if (before->contains(name)) continue;
      path_.push_back(name);
      added(*value);
      path_.pop_back();
    }
  }

  std::vector<PlannedChange> take() { return std::move(changes_); }

 private:
  // A whole section that is new is told entry by entry.
  void added(const YamlNode& value) {
    const auto entries = path_.size() < 3 ? entries_of(value) : std::nullopt;
    if (!entries || entries->empty() || (path_.size() == 2 && value.kind == Kind::kMap)) {
      add("added, " + shown(value));
      return;
    }
    for (const auto& [name, entry] : *entries) {
      path_.push_back(name);
      added(*entry);
      path_.pop_back();
    }
  }

  std::string shown(const YamlNode& value) const {
    const bool secret = std::find(path_.begin(), path_.end(), "authentication") != path_.end();
    return secret ? "(not shown)" : short_text(value);
  }

  void add(const std::string& change) {
    std::string what;
    for (const std::string& one : path_) what += one + ": ";
    changes_.push_back({what + change, interruptions_.of(path_)});
  }

  const Interruptions& interruptions_;
  Path path_;
  std::vector<PlannedChange> changes_;
};

YamlNode tree_of(std::string_view document) {
  Faults faults("");
  return parse_yaml(document, faults).value_or(YamlNode{});
}

}  // namespace

std::vector<PlannedChange> plan(std::string_view from, std::string_view to, std::string_view node) {
  const Config before = load_config(from, "", node).config;
  const Config after = load_config(to, "", node).config;
  const Interruptions interruptions(before, after);
  Difference difference(interruptions);
  difference.compare(tree_of(from), tree_of(to));
  return difference.take();
}

std::string plan_text(const std::vector<PlannedChange>& changes) {
  if (changes.empty()) return "Nothing changes.\n";
  std::string text;
  std::size_t interrupting = 0;
  for (const PlannedChange& one : changes) {
    text += "  " + one.what + "\n";
    if (one.interrupts.empty()) continue;
    ++interrupting;
    text += "      interrupts: " + one.interrupts + "\n";
  }
  const std::size_t count = changes.size();
  return std::to_string(count) + (count == 1 ? " change" : " changes") + ", " +
         (interrupting == 0 ? "which interrupt nothing"
                            : std::to_string(interrupting) + " of which may interrupt something") +
         ":\n" + text;
}

std::string plan_json(const std::string& node, const std::vector<PlannedChange>& changes) {
  Json all = Json::array();
  for (const PlannedChange& one : changes) {
    all.push_back({{"what", one.what},
                   {"interrupts", one.interrupts.empty() ? Json() : Json(one.interrupts)}});
  }
  return dumped({{"api", 1}, {"node", node}, {"changes", all}});
}

}  // namespace holdfast::ctl
