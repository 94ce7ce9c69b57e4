// SPDX-License-Identifier: Apache-2.0
#include "import/import.h"

#include <algorithm>
#include <array>
#include <utility>

#include "import/context.h"

namespace holdfast::importer {
namespace {

// `eth0 0.5 1`
void read_delays(const Directive& block, Context& context) {
  for (const Directive& entry : block.children) {
    const auto down = parse_seconds(entry.argument());
    const auto up = entry.words.size() > 2 ? parse_seconds(entry.argument(2)) : down;
    constexpr std::int64_t kMost = 255'000'000;
    if (!down || !up || *down > kMost || *up > kMost) {
      context.findings.report(entry, "expected times from 0s to 255s");
      continue;
    }
    context.delays[entry.name()] = {*down, *up};
  }
}

void read_ssl(const Directive& block, Context& context) {
  Scope scope(Section::kSsl, block.children, context.findings);
  for (const char* key : {"certificate", "key"}) {
    if (const Directive* one = scope.take(key)) {
      context.ssl.put(key, Yaml::text(one->argument()), scope.comments());
    }
  }
  scope.finish(nullptr);
}

void translate_each(Scope& file, std::string_view name, Context& context,
                    void (*translate)(const Directive&, Context&)) {
  for (const Directive* block : file.take_all(name)) translate(*block, context);
  // They stand where the block does now, by itself.
  file.comments();
}

// In the order in which one part needs the other.
void translate_file(Scope& file, Context& context) {
  for (const Directive* block : file.take_all("global_defs")) translate_globals(*block, context);
  context.head = file.comments();
  for (const Directive* block : file.take_all("interface_up_down_delays")) {
    read_delays(*block, context);
  }
  context.document.comment_at_end(file.comments());
  translate_each(file, "garp_group", context, translate_garp_group);
  translate_static(file, context);
  translate_each(file, "vrrp_script", context, translate_script);
  translate_each(file, "track_file", context, translate_track_file);
  translate_each(file, "vrrp_track_file", context, translate_track_file);
  translate_each(file, "vrrp_track_process", context, translate_process);
  translate_each(file, "vrrp_sync_group", context, plan_sync_group);
  translate_each(file, "vrrp_instance", context, translate_instance);
  translate_each(file, "vrrp_sync_group", context, translate_sync_group);
  if (const Directive* ssl = file.take("SSL")) read_ssl(*ssl, context);
  for (const Directive* group : file.take_all("virtual_server_group")) {
    context.server_groups.insert_or_assign(std::string(group->argument()), group);
  }
  context.document.comment_at_end(file.comments());
  translate_each(file, "virtual_server", context, translate_virtual_server);
  write_checks(context);
  write_mail(context);
}

// The parts in the order of the reference.
Yaml arranged(Yaml& document, std::vector<std::string> comments) {
  constexpr std::array kOrder{
      "node", "vrrp", "static", "checks", "load_balancing", "virtual_servers", "alerts"};
  Yaml whole = Yaml::map();
  whole.put("version", Yaml::number(1), std::move(comments));
  for (const char* key : kOrder) {
    for (YamlEntry& entry : document.entries()) {
      if (entry.key != key || (entry.value.empty() && entry.value.end_comments().empty())) continue;
      if (entry.key == "vrrp" && entry.value.empty()) {
        whole.comment_at_end(entry.value.end_comments());
        continue;
      }
      whole.put(key, std::move(entry.value), std::move(entry.comments));
    }
  }
  return whole;
}

// What must come first there comes last as it is made: the instances after their defaults.
void order_vrrp(Yaml& vrrp) {
  constexpr std::array kOrder{"start_delay",     "process",   "notify",     "announce",
                              "announce_groups", "instances", "sync_groups"};
  const auto place = [&](const YamlEntry& entry) {
    return std::find(kOrder.begin(), kOrder.end(), entry.key) - kOrder.begin();
  };
  std::stable_sort(vrrp.entries().begin(), vrrp.entries().end(),
                   [&](const YamlEntry& a, const YamlEntry& b) { return place(a) < place(b); });
  for (YamlEntry& entry : vrrp.entries()) {
    if (entry.key == "instances" || entry.key == "sync_groups") entry.value.block();
  }
}

}  // namespace

Imported import_keepalived(const std::string& path, const Machine& machine) {
  Imported imported;
  const Source source = preprocess(path, machine);
  const Tree tree = build_tree(source);
  imported.problems = source.problems;
  imported.problems.insert(imported.problems.end(), tree.problems.begin(), tree.problems.end());
  if (!imported.problems.empty()) return imported;

  Findings findings;
  for (const Problem& remark : source.remarks) {
    const std::size_t colon = std::min(remark.message.find(':'), remark.message.size());
    findings.add(
        {Finding::Kind::kReported, remark.place, remark.message.substr(0, colon), remark.message});
  }
  Context context(machine, findings);
  Scope file(Section::kFile, tree.directives, findings);
  translate_file(file, context);
  file.finish(&context.document);
  order_vrrp(context.document.at("vrrp", Yaml::Kind::kMap));
  std::vector<std::string> head{"Made of " + path + " by holdfastctl import."};
  head.insert(head.end(), context.head.begin(), context.head.end());
  Yaml whole = arranged(context.document, std::move(head));
  whole.comment_at_end(context.document.end_comments());
  whole.comment_at_end(tree.comments);
  imported.yaml = to_text(whole);
  imported.findings = findings.sorted();
  imported.translated = findings.translated();
  imported.reported = findings.reported() + static_cast<int>(source.remarks.size());
  imported.unknown = findings.unknown();
  return imported;
}

}  // namespace holdfast::importer
