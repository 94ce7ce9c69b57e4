// SPDX-License-Identifier: Apache-2.0
#include "config/load.h"

#include <array>
#include <cstddef>
#include <utility>

#include "config/compose.h"
#include "config/faults.h"
#include "config/load_parts.h"
#include "config/load_process.h"
#include "config/merge.h"
#include "config/reader.h"
#include "config/render.h"
#include "config/sealed.h"
#include "config/validate.h"
#include "config/warnings.h"
#include "config/yaml_tree.h"

// The shape of the document: which keys there are, and what stands under each.
namespace holdfast {
namespace {

constexpr std::size_t kChecksMax = 20'000;

constexpr std::array kLogLevels{
    Choice<LogLevel>{"debug", LogLevel::kDebug}, Choice<LogLevel>{"info", LogLevel::kInfo},
    Choice<LogLevel>{"warning", LogLevel::kWarning}, Choice<LogLevel>{"error", LogLevel::kError}};
constexpr std::array kLogFormats{Choice<LogFormat>{"text", LogFormat::kText},
                                 Choice<LogFormat>{"json", LogFormat::kJson}};

void read_log(const YamlNode& node, const Reading& into) {
  MapReader map(into.faults, node, "log", {"level", "format"});
  map.choice("level", kLogLevels, into.config.log.level);
  map.choice("format", kLogFormats, into.config.log.format);
}

void read_checks(MapReader& map, const Reading& into) {
  const auto checks = map.list("checks", 0, kChecksMax);
  for (const YamlNode* check : checks) read_check(*check, into);
  const YamlNode* list = map.find("checks");
  const bool all_read = list == nullptr || (list->kind == YamlNode::Kind::kSequence &&
                                            list->children.size() == checks.size());
  into.places.all_checks_named = into.places.all_checks_named && all_read;
}

// `vrrp: process:`, which is not the workers' business, and so not in their Config.
ProcessConfig read_vrrp_process(const YamlNode& root, Faults& faults) {
  const YamlNode* node = &root;
  for (const std::string_view key : {"vrrp", "process"}) {
    node = child_of(*node, key);
    if (node == nullptr) return {};
  }
  return read_process(faults, *node);
}

std::vector<InFile<PlacedAddress>> placed_addresses(const Config& config, const Places& places) {
  std::vector<InFile<PlacedAddress>> all;
  for (std::size_t i = 0; i < config.instances.size(); ++i) {
    const InstanceConfig& instance = config.instances[i];
    const auto add = [&](const std::vector<VirtualAddress>& addresses,
                         const std::vector<const YamlNode*>& nodes) {
      for (std::size_t j = 0; j < addresses.size(); ++j) {
        const std::string& device = addresses[j].device;
        all.push_back(in_file<PlacedAddress>(
            *nodes[j], device.empty() ? instance.interface : device, addresses[j].address));
      }
    };
    add(instance.addresses, places.instances[i].addresses);
    add(instance.excluded_addresses, places.instances[i].excluded_addresses);
  }
  return all;
}

void read_document(const YamlNode& root, const Reading& into) {
  MapReader map(
      into.faults, root, "the configuration",
      {"version", "node", "log", "static", "vrrp", "checks", "resolver", "load_balancing",
       "virtual_servers", "monitoring", "alerts", "witness", "include", "variables", "nodes"});
  map.require({"version"});
  int version = 1;
  map.integer("version", 1, 1, version);
  map.name("node", into.config.node);
  if (const YamlNode* log = map.find("log")) read_log(*log, into);
  if (const YamlNode* vrrp = map.find("vrrp")) read_vrrp(*vrrp, into);
  if (const YamlNode* fixed = map.find("static")) read_static(*fixed, into);
  if (const YamlNode* resolver = map.find("resolver")) read_resolver(*resolver, into);
  if (const YamlNode* monitoring = map.find("monitoring")) read_monitoring(*monitoring, into);
  if (const YamlNode* alerts = map.find("alerts")) read_alerts(*alerts, into);
  into.places.witness_there = map.has("witness");
  if (const YamlNode* witness = map.find("witness")) read_witness(*witness, into);
  read_checks(map, into);
  read_virtual_servers(map, into);
  validate(into.config, into.places, into.faults);
}

void read_tree(const YamlNode& root, const std::string& file, Faults& faults, Loaded& loaded) {
  Places places;
  read_document(root, {faults, loaded.config, places});
  loaded.vrrp_process = read_vrrp_process(root, faults);
  if (faults.empty()) loaded.warnings = warnings_of(loaded.config, places, file);
  loaded.addresses = placed_addresses(loaded.config, places);
  for (std::size_t i = 0; i < places.instances.size(); ++i) {
    const YamlNode* name = places.instances[i].name;
    loaded.instances.push_back(
        in_file<PlacedInstance>(name == nullptr ? root : *name, loaded.config.instances[i].name));
  }
  loaded.keys = std::move(places.keys);
  loaded.commands = std::move(places.commands);
  loaded.files = std::move(places.files);
  loaded.alert_files = std::move(places.alert_files);
  loaded.witness_files = std::move(places.witness_files);
  loaded.witness_secrets = std::move(places.witness_secrets);
  loaded.patterns = std::move(places.patterns);
}

}  // namespace

Loaded load_config(std::string_view document, std::string_view file, std::string_view node,
                   const Outside* outside) {
  Loaded loaded;
  loaded.config.node = node;
  Faults faults(file);
  if (document.size() > kDocumentSizeMax) {
    faults.add(1, 1, "found a document of more than 16 MiB, expected a configuration");
  } else if (std::optional<YamlNode> tree = parse_yaml(document, faults)) {
    Composition composition;
    compose(std::move(*tree), file, node, outside, faults, composition);
    if (composition.resolved) read_tree(composition.root, std::string(file), faults, loaded);
    if (composition.composed) loaded.effective = render_yaml(composition.root);
    loaded.included = std::move(composition.included);
    loaded.nodes = std::move(composition.nodes);
  }
  loaded.diagnostics = faults.take();
  return loaded;
}

}  // namespace holdfast
