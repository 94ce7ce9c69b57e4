// SPDX-License-Identifier: Apache-2.0
#include "ctl/check.h"

#include <unistd.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "common/program_file.h"
#include "config/excerpt.h"
#include "config/load.h"
#include "config/named_files.h"
#include "config/outside.h"
#include "config/pattern_faults.h"
#include "config/sealed.h"
#include "config/shape.h"
#include "ctl/fleet_json.h"
#include "ctl/networks.h"

namespace holdfast::ctl {
namespace {

void add(std::vector<Diagnostic>& all, const std::vector<Diagnostic>& more) {
  all.insert(all.end(), more.begin(), more.end());
}

// A document and what a node makes of it, with the lines that its faults and warnings mean.
struct Reading {
  std::string text;
  Loaded loaded;
};

std::string lines_of(const Reading& reading, const std::string& file) {
  const Loaded& loaded = reading.loaded;
  return with_excerpts(loaded.diagnostics, file, reading.text, loaded.included) +
         with_excerpts(loaded.warnings, file, reading.text, loaded.included);
}

Loaded load(const std::string& text, const std::string& file, const std::string& node) {
  const Outside outside = real_outside(false);
  return load_config(text, file, node, &outside);
}

// systemd shows them to the service alone.
void forget_credentials(Loaded& loaded) {
  std::erase_if(loaded.keys, [](const InFile<PlacedKey>& one) { return one.key.file.empty(); });
  for (auto* const files :
       {&loaded.files, &loaded.alert_files, &loaded.witness_files, &loaded.witness_secrets}) {
    std::erase_if(*files,
                  [](const InFile<PlacedFile>& one) { return one.path.starts_with(kCredential); });
  }
}

// holdfastd would refuse it.
void add_if_not_obeyed(std::vector<Diagnostic>& warnings, const std::string& file) {
  if (const Result<void> trusted = trusted_orders(file); !trusted) {
    warnings.push_back(
        {file, 1, 1, "is not obeyed by holdfastd: " + trusted.error().message, "not-obeyed"});
  }
}

// What this node has of what the file names.
void look_around(Loaded& loaded, const std::string& file) {
  // To others some of the files would be out of sight.
  if (::geteuid() == 0) {
    const auto credentials = credentials_directory();
    if (!credentials) forget_credentials(loaded);
    read_named_files(loaded, file, credentials);
    add_if_not_obeyed(loaded.warnings, file);
    for (const auto& [included, text] : loaded.included) {
      add_if_not_obeyed(loaded.warnings, included);
    }
  }
  add(loaded.warnings, outside_networks(loaded.addresses, local_networks(), file));
}

// Of `node`, here and now.
void examine(Loaded& loaded, const std::string& file, const std::string& node) {
  if (loaded.ok() && node == host_name()) look_around(loaded, file);
  add_pattern_faults(loaded, file);
}

CheckReport check_node(Reading reading, const CheckOptions& options, const std::string& node) {
  Loaded& loaded = reading.loaded;
  const std::string& file = options.file;
  examine(loaded, file, node);
  CheckReport report{loaded.ok() && (loaded.warnings.empty() || !options.strict),
                     lines_of(reading, file)};
  if (!report.good) return report;
  report.text += file + ": valid" + (loaded.nodes.empty() ? "" : " for " + node) + ", " +
                 std::to_string(loaded.config.instances.size()) + " virtual routers, " +
                 std::to_string(loaded.config.checks.size()) + " checks, " +
                 std::to_string(loaded.config.virtual_servers.size()) + " virtual servers";
  if (!loaded.warnings.empty()) {
    report.text += "; warnings: " + std::to_string(loaded.warnings.size());
  }
  report.text += "\n";
  return report;
}

}  // namespace

Result<Loaded> examined(const std::string& file, std::string node) {
  const Result<std::string> document = read_document(file);
  if (!document) return tl::unexpected(document.error());
  if (node.empty()) node = host_name();
  Loaded loaded = load(*document, file, node);
  examine(loaded, file, node);
  return loaded;
}

CheckReport check_file(const CheckOptions& options) {
  const Result<std::string> document = read_document(options.file);
  if (!document) return {false, document.error().message + "\n"};
  const std::string node = options.node.empty() ? host_name() : options.node;
  Loaded loaded = load(*document, options.file, node);
  const std::vector<std::string> nodes = loaded.nodes;
  const bool own = nodes.empty() || std::find(nodes.begin(), nodes.end(), node) != nodes.end();
  if (own || !options.node.empty()) {
    return check_node({*document, std::move(loaded)}, options, node);
  }
  // The file of a fleet that this host is none of.
  CheckReport all{true, ""};
  for (const std::string& one : nodes) {
    CheckReport report = check_node({*document, load(*document, options.file, one)}, options, one);
    if (!report.good) report.text = "Of the node " + one + ":\n" + report.text;
    all.good = all.good && report.good;
    all.text += report.text;
  }
  return all;
}

CheckReport check_json(const CheckOptions& options) {
  const Result<std::string> document = read_document(options.file);
  std::vector<std::string> nodes{options.node.empty() ? host_name() : options.node};
  if (document && options.node.empty()) {
    const std::vector<std::string> named = load(*document, options.file, nodes.front()).nodes;
    const bool own = std::find(named.begin(), named.end(), nodes.front()) != named.end();
    if (!named.empty() && !own) nodes = named;
  }
  bool good = true;
  Json all = Json::array();
  for (const std::string& node : nodes) {
    Loaded loaded;
    if (document) {
      loaded = load(*document, options.file, node);
      examine(loaded, options.file, node);
    } else {
      loaded.diagnostics.push_back({options.file, 1, 1, document.error().message});
    }
    Json findings = Json::array();
    for (const auto* found : {&loaded.diagnostics, &loaded.warnings}) {
      for (const Diagnostic& one : *found) findings.push_back(finding_json(one, node));
    }
    const bool fine = loaded.ok() && (loaded.warnings.empty() || !options.strict);
    good = good && fine;
    all.push_back({{"node", node}, {"good", fine}, {"findings", findings}});
  }
  return {good, dumped({{"api", 1}, {"file", options.file}, {"good", good}, {"nodes", all}})};
}

CheckReport render_file(const CheckOptions& options) {
  const Result<std::string> document = read_document(options.file);
  if (!document) return {false, document.error().message + "\n"};
  const std::string node = options.node.empty() ? host_name() : options.node;
  Reading reading{*document, load(*document, options.file, node)};
  if (!reading.loaded.ok()) return {false, lines_of(reading, options.file)};
  const std::string& effective = reading.loaded.effective;
  return {true, "# The configuration of " + node + ", from " + options.file + "\n" +
                    (effective.empty() ? *document : effective)};
}

}  // namespace holdfast::ctl
