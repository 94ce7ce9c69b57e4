// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <utility>

#include "import/context.h"

// vrrp_script, track_file and vrrp_track_process: the checks that instances track.
namespace holdfast::importer {
namespace {

constexpr std::int64_t kSecond = 1'000'000;
constexpr std::int64_t kDay = 86'400 * kSecond;
constexpr std::size_t kCommMax = 15;

// `weight -20 reverse`
void read_weight(Scope& scope, std::int64_t most, Tracked& into) {
  const Directive* const weight = scope.take("weight");
  if (weight == nullptr) return;
  const auto value = parse_number(weight->argument());
  if (!value || *value < -most || *value > most) {
    scope.findings().report(
        *weight, "expected a number from " + std::to_string(-most) + " to " + std::to_string(most));
    return;
  }
  into.weight = static_cast<int>(*value);
  into.reverse = weight->argument(2) == "reverse";
}

Tracked begin(const Directive& block, Context& context) {
  Tracked one;
  one.block = &block;
  one.comments = block.comments;
  one.name = context.name("check", block, block.argument());
  one.check = Yaml::map();
  one.check.put("name", Yaml::text(one.name));
  return one;
}

void keep(std::map<std::string, Tracked, std::less<>>& into, const Directive& block, Tracked one) {
  into.insert_or_assign(std::string(block.argument()), std::move(one));
}

void put_seconds(Scope& scope, std::string_view name, std::string_view key, Yaml& into) {
  if (const auto time = scope.seconds(name, 0, 3600 * kSecond)) {
    into.put(key, Yaml::plain(duration_text(*time)), scope.comments());
  }
}

}  // namespace

void translate_script(const Directive& block, Context& context) {
  Scope scope(Section::kScript, block.children, context.findings);
  Tracked one = begin(block, context);
  const Directive* const user = scope.take("user");
  const Directive* const script = scope.take("script");
  std::optional<Yaml> command;
  if (script != nullptr) {
    // Words that are in no quotes are no part of the command there, and no user of it.
    if (script->words.size() > 2) {
      context.findings.report(*script,
                              "keepalived takes the first word only, unless all are in quotes");
    }
    command = translate_command(*script, user, context);
    if (!command) context.findings.report(*script, "so nothing can track it");
  } else {
    context.findings.report(block, "it has no 'script'");
  }
  if (command) one.check.put("script", std::move(*command), scope.comments());
  const std::int64_t interval = scope.seconds("interval", 10'000, kDay).value_or(kSecond);
  one.check.put("interval", Yaml::plain(duration_text(interval)), scope.comments());
  std::int64_t timeout = interval;
  if (const Directive* at = scope.take("timeout")) {
    timeout = scope.seconds("timeout", 1000, kDay).value_or(interval);
    if (timeout > interval) {
      context.findings.report(*at, "a timeout is at most the interval, which is taken");
      timeout = interval;
    }
  }
  one.check.put("timeout", Yaml::plain(duration_text(timeout)), scope.comments());
  for (const char* key : {"rise", "fall"}) {
    if (const auto value = scope.number(key, 1, 1000)) {
      one.check.put(key, Yaml::number(*value), scope.comments());
    }
  }
  if (scope.take("init_fail") != nullptr) {
    one.check.put("initial_state", Yaml::plain("down"), scope.comments());
  }
  read_weight(scope, 253, one);
  scope.finish(&one.check);
  one.check.comment_at_end(block.closing_comments);
  if (!command) one.check = Yaml::map();
  keep(context.scripts, block, std::move(one));
}

void translate_track_file(const Directive& block, Context& context) {
  Scope scope(Section::kTrackFile, block.children, context.findings);
  Tracked one = begin(block, context);
  one.weight = 1;
  const Directive* const file = scope.take("file");
  const bool path = file != nullptr && file->argument().starts_with('/');
  if (path) {
    one.check.put("file", Yaml::text(file->argument()), scope.comments());
  } else {
    context.findings.report(file != nullptr ? *file : block,
                            "expected the absolute path of a file");
  }
  read_weight(scope, 2'147'483'647, one);
  one.weight = std::clamp(one.weight, -253, 253);
  scope.finish(&one.check);
  one.check.comment_at_end(block.closing_comments);
  if (!path) one.check = Yaml::map();
  keep(context.files, block, std::move(one));
}

void translate_process(const Directive& block, Context& context) {
  Scope scope(Section::kTrackProcess, block.children, context.findings);
  Tracked one = begin(block, context);
  Yaml process = Yaml::map();
  const Directive* const full = scope.take("full_command");
  const Directive* const match = scope.take("param_match");
  const Directive* const command = scope.take("process");
  const bool given = command != nullptr && command->words.size() > 1;
  if (!given) {
    context.findings.report(command != nullptr ? *command : block, "expected a process");
  } else if (command->words.size() == 2 && full == nullptr && match == nullptr) {
    // The kernel's name of it has 15 bytes, and no folder.
    const std::string_view whole = command->argument();
    process.put("name", Yaml::text(whole.substr(whole.rfind('/') + 1).substr(0, kCommMax)));
  } else {
    Yaml& words = process.put("command", Yaml::list());
    for (std::size_t i = 1; i < command->words.size(); ++i) {
      words.add(Yaml::text(command->escaped(i)));
    }
    if (match == nullptr || match->argument() != "partial") {
      context.findings.report(match != nullptr ? *match : *command,
                              "the first words of a command line must match; more may follow");
    }
  }
  if (const auto least = scope.number("quorum", 0, 65535)) process.put("min", Yaml::number(*least));
  if (const auto most = scope.number("quorum_max", 0, 65535)) {
    process.put("max", Yaml::number(*most));
    if (*most == 0) process.put("min", Yaml::number(0));
  }
  put_seconds(scope, "delay", "delay", process);
  put_seconds(scope, "fork_delay", "fork_delay", process);
  put_seconds(scope, "terminate_delay", "terminate_delay", process);
  read_weight(scope, 254, one);
  one.weight = std::clamp(one.weight, -253, 253);
  one.check.put("process", std::move(process), scope.comments());
  scope.finish(&one.check);
  one.check.comment_at_end(block.closing_comments);
  if (!given) one.check = Yaml::map();
  keep(context.processes, block, std::move(one));
}

void write_checks(Context& context) {
  for (auto* const kind : {&context.scripts, &context.files, &context.processes}) {
    for (auto& [name, one] : *kind) {
      if (!one.used) {
        context.findings.note(*one.block,
                              "nothing tracks '" + name +
                                  "', so that keepalived does nothing for it, and it is "
                                  "left out");
      } else if (!one.check.empty()) {
        context.document.at("checks", Yaml::Kind::kList)
            .add(std::move(one.check.block()), one.comments);
      }
    }
  }
}

}  // namespace holdfast::importer
