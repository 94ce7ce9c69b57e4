// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cstdlib>
#include <utility>

#include "import/context.h"

// What instances and groups track, and whom they tell.
namespace holdfast::importer {
namespace {

struct Weight {
  int value = 0;
  bool reverse = false;
};

// `NAME [weight N] [reverse|noreverse]`
Weight weight_of(const Directive& entry, Weight weight, Findings& findings) {
  for (std::size_t i = 1; i < entry.words.size(); ++i) {
    const std::string_view word = entry.argument(i);
    if (word == "weight") {
      const auto value = parse_number(entry.argument(++i));
      if (!value || std::abs(*value) > 254) {
        findings.report(entry, "expected a weight from -253 to 253");
        continue;
      }
      weight.value = std::clamp(static_cast<int>(*value), -253, 253);
      if (weight.value != *value) findings.report(entry, "a weight is at most 253");
    } else if (word == "reverse" || word == "noreverse") {
      weight.reverse = word == "reverse";
    } else {
      findings.report(entry, "'" + std::string(word) + "': expected weight, reverse or noreverse");
    }
  }
  return weight;
}

class TrackReader {
 public:
  TrackReader(Scope& scope, const Tracker& tracker, Context& context)
      : scope_(scope), tracker_(tracker), context_(context) {}

  Yaml read() {
    interfaces();
    checks("track_script", "vrrp_script", context_.scripts);
    checks("track_file", "track_file", context_.files);
    checks("track_process", "vrrp_track_process", context_.processes);
    return std::move(list_);
  }

 private:
  void interfaces() {
    bool own = false;
    for (const Directive* block : scope_.take_all("track_interface")) {
      for (const Directive& entry : block->children) {
        const Weight weight = weight_of(entry, {}, context_.findings);
        own = own || entry.name() == tracker_.interface;
        if (entry.name() == tracker_.interface && weight.value == 0 && !delayed(entry.name())) {
          continue;  // an instance goes with its interface anyway
        }
        Yaml one = Yaml::map();
        one.put("interface", Yaml::text(entry.name()));
        add(entry, std::move(one), weight, entry.name());
      }
    }
    if (own || !delayed(tracker_.interface)) return;
    Yaml one = Yaml::map();
    one.put("interface", Yaml::text(tracker_.interface));
    put_delays(one, tracker_.interface);
    list_.add(std::move(one));
  }

  void checks(std::string_view directive, const std::string& kind,
              std::map<std::string, Tracked, std::less<>>& known) {
    for (const Directive* block : scope_.take_all(directive)) {
      for (const Directive& entry : block->children) {
        const auto found = known.find(entry.name());
        if (found == known.end()) {
          context_.findings.report(entry, "there is no such " + kind);
          continue;
        }
        Tracked& tracked = found->second;
        tracked.used = true;
        const Weight weight =
            weight_of(entry, {tracked.weight, tracked.reverse}, context_.findings);
        if (tracked.check.empty()) {
          context_.findings.report(entry, "it is left out, since that " + kind + " is");
          continue;
        }
        Yaml one = Yaml::map();
        one.put("check", Yaml::text(tracked.name));
        add(entry, std::move(one), weight, "");
      }
    }
  }

  void add(const Directive& entry, Yaml one, Weight weight, const std::string& interface) {
    if (weight.value != 0 && (tracker_.weightless || tracker_.owner)) {
      context_.findings.note(
          entry, tracker_.owner
                     ? "left out: keepalived too moves no priority of 255"
                     : "left out: keepalived too ignores weights of members of a sync group, "
                       "unless it has sync_group_tracking_weight");
      return;
    }
    if (weight.value != 0) one.put("weight", Yaml::number(weight.value));
    if (weight.reverse) one.put("reverse", Yaml::truth(true));
    if (!interface.empty()) put_delays(one, interface);
    for (const YamlEntry& before : list_.entries()) {
      const Yaml* const name = before.value.find(one.entries()[0].key);
      if (name == nullptr || !(*name == one.entries()[0].value)) continue;
      context_.findings.report(entry, "it is tracked already");
      return;
    }
    std::vector<std::string> comments = scope_.comments();
    comments.insert(comments.end(), entry.comments.begin(), entry.comments.end());
    list_.add(std::move(one), std::move(comments));
  }

  bool delayed(const std::string& interface) const { return context_.delays.contains(interface); }

  void put_delays(Yaml& one, const std::string& interface) const {
    const auto found = context_.delays.find(interface);
    if (found == context_.delays.end()) return;
    one.put("down_delay", Yaml::plain(duration_text(found->second.down)));
    if (found->second.up != found->second.down) {
      one.put("up_delay", Yaml::plain(duration_text(found->second.up)));
    }
  }

  Scope& scope_;
  const Tracker& tracker_;
  Context& context_;
  Yaml list_ = Yaml::list();
};

}  // namespace

Yaml translate_tracks(Scope& scope, const Tracker& tracker, Context& context) {
  return TrackReader(scope, tracker, context).read();
}

Yaml translate_notify(Scope& scope, Context& context) {
  Yaml notify = Yaml::map();
  for (const char* state : {"master", "backup", "fault", "stop", "any"}) {
    const std::string name =
        std::string(state) == "any" ? "notify" : "notify_" + std::string(state);
    const Directive* const one = scope.take(name);
    if (one == nullptr) continue;
    if (auto command = translate_command(*one, context)) {
      notify.put(state, std::move(*command), scope.comments());
    }
  }
  const Directive* const priorities = scope.take("notify_priority_changes");
  if (priorities != nullptr && scope.truth("notify_priority_changes").value_or(false)) {
    context.findings.report(*priorities,
                            "no one is told of a change of priority; the status shows it");
  }
  return notify;
}

void plan_sync_group(const Directive& block, Context& context) {
  const auto named = [&block](std::string_view name) {
    return std::any_of(block.children.begin(), block.children.end(),
                       [name](const Directive& one) { return one.name() == name; });
  };
  if (named("sync_group_tracking_weight") || named("global_tracking")) return;
  for (const Directive& one : block.children) {
    if (one.name() != "group") continue;
    for (const Directive& entry : one.children) {
      for (const Word& word : entry.words) context.weightless.insert(word.text);
    }
  }
}

void translate_sync_group(const Directive& block, Context& context) {
  Scope scope(Section::kSyncGroup, block.children, context.findings);
  Yaml group = Yaml::map();
  group.put("name", Yaml::text(context.name("group", block, block.argument())));
  Yaml members = Yaml::list();
  std::vector<std::string> names;
  if (const Directive* list = scope.take("group")) {
    for (const Directive& entry : list->children) {
      for (const Word& word : entry.words) {
        const auto found = context.instances.find(word.text);
        if (found == context.instances.end()) {
          context.findings.report(entry, "no instance '" + word.text + "' was translated");
        } else {
          members.add(Yaml::text(found->second));
          names.push_back(found->second);
        }
      }
    }
  }
  const bool useless = members.empty();
  group.put("instances", std::move(members), scope.comments());
  for (const std::string_view name : {"sync_group_tracking_weight", "global_tracking"}) {
    scope.take_all(name);
  }
  Yaml tracks = translate_tracks(scope, {}, context);
  if (!tracks.empty()) group.put("track", std::move(tracks), scope.comments());
  Yaml notify = translate_notify(scope, context);
  if (!notify.empty()) group.put("notify", std::move(notify));
  // Its members are told of one by one.
  if (scope.truth("smtp_alert").value_or(false)) {
    context.mail.instances.insert(names.begin(), names.end());
  }
  scope.finish(&group);
  group.comment_at_end(block.closing_comments);
  if (useless) {
    context.findings.report(block, "it is left out, since it has no instance");
    return;
  }
  Yaml& vrrp = context.document.at("vrrp", Yaml::Kind::kMap);
  vrrp.at("sync_groups", Yaml::Kind::kList).add(std::move(group.block()), block.comments);
}

}  // namespace holdfast::importer
