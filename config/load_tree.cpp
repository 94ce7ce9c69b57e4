// SPDX-License-Identifier: Apache-2.0
#include "config/load_tree.h"

#include <array>
#include <cstddef>
#include <utility>

#include "config/compose.h"
#include "config/faults.h"
#include "config/load_parts.h"
#include "config/load_process.h"
#include "config/merge.h"
#include "config/packed_servers.h"
#include "config/packed_tree.h"
#include "config/part.h"
#include "config/reader.h"
#include "config/sealed.h"
#include "config/shapes.h"
#include "config/validate.h"
#include "config/warnings.h"

// The shape of the document: which keys there are, and what stands under each.
namespace holdfast {
namespace {

constexpr std::size_t kChecksMax = 20'000;
constexpr std::size_t kServicesMax = 4096;
constexpr std::size_t kLabelsMax = 1'000'000;  // as many as a document has values

constexpr std::array kLogLevels{
    Choice<LogLevel>{"debug", LogLevel::kDebug}, Choice<LogLevel>{"info", LogLevel::kInfo},
    Choice<LogLevel>{"warning", LogLevel::kWarning}, Choice<LogLevel>{"error", LogLevel::kError}};
constexpr std::array kLogFormats{Choice<LogFormat>{"text", LogFormat::kText},
                                 Choice<LogFormat>{"json", LogFormat::kJson}};

const Shape& log_shape() {
  static const Shape shape{
      "log",
      "log",
      {{"level", form::words(kLogLevels), "info", "The least that is written."},
       {"format", form::words(kLogFormats), "text",
        "json: one object a line, for programs that read it."}},
      {}};
  return shape;
}

void read_log(const YamlNode& node, const Reading& into) {
  MapReader map(into.faults, node, log_shape());
  map.choice("level", kLogLevels, into.config.log.level);
  map.choice("format", kLogFormats, into.config.log.format);
}

void read_checks(MapReader& map, const Reading& into) {
  const auto checks = map.list("checks");
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

// What a node of its own may say, too.
Keys sections() {
  return {
      {"node", form::text(kNameText), "",
       "What this node is called in status and logs; otherwise its host name."},
      {"log", form::map(log_shape), "", "What is logged, and how."},
      {"vrrp", form::map(vrrp_shape), "", "The virtual routers, and what belongs to them."},
      {"static", form::map(static_shape), "",
       "Addresses, routes and rules that are there while holdfastd runs."},
      {"checks", form::list(form::map(check_shape), 0, kChecksMax), "",
       "What is watched, to be tracked by instances or to tell whether servers work."},
      {"resolver", form::map(resolver_shape), "",
       "How names of hosts are looked up; otherwise as /etc/resolv.conf says."},
      {"load_balancing", form::map(load_balancing_shape), "",
       "What all virtual servers have in common."},
      {"virtual_servers", form::list(form::map(virtual_server_shape), 0, kServicesMax), "",
       "What is spread over real servers."},
      {"monitoring", form::map(monitoring_shape), "", "Status and metrics over HTTP."},
      {"alerts", form::map(alerts_shape), "",
       "Who is told what happens, by mail, webhook, syslog or script."},
      {"witness", form::map(witness_shape), "",
       "An etcd that decides when nodes do not hear each other."},
      {"variables", form::names(form::any()), "",
       "Values with names: ${NAME} stands for one anywhere in a value."},
  };
}

// Of one entry of `nodes`, which compose() lays over the document.
const Shape& overlay_shape() {
  static const Shape shape{
      "overlay",
      "what is a node's own",
      sections() + Keys{{"labels", form::list(form::text(kAnyText), 0, kLabelsMax), "",
                         "Names by which entries that begin with @ choose this node."}},
      {}};
  return shape;
}

}  // namespace

const Shape& document_shape() {
  static const Shape shape{
      "configuration",
      "the configuration",
      Keys{{"version", form::whole(1, 1), kRequired, "The version of this format."}} + sections() +
          Keys{{"include", form::text(kAnyText) | form::list(form::text(kAnyText), 0, kIncludesMax),
                "", "Files, or patterns of them, of which this document is laid on top."},
               {"nodes", form::names(form::map(overlay_shape) | form::nothing()), "",
                "What only some nodes have: by host name, by pattern, or by @label."}},
      {}};
  return shape;
}

namespace {

void read_document(const YamlNode& root, Part part, const Reading& into) {
  MapReader map(into.faults, root, document_shape());
  int version = 1;
  map.integer("version", version);
  map.text("node", into.config.node);
  if (const YamlNode* log = map.find("log")) read_log(*log, into);
  if (const YamlNode* vrrp = map.find("vrrp")) read_vrrp(*vrrp, into);
  if (const YamlNode* fixed = map.find("static")) read_static(*fixed, into);
  if (const YamlNode* resolver = map.find("resolver")) read_resolver(*resolver, into);
  if (const YamlNode* monitoring = map.find("monitoring")) read_monitoring(*monitoring, into);
  if (const YamlNode* alerts = map.find("alerts")) read_alerts(*alerts, into);
  into.places.witness_there = map.has("witness");
  if (const YamlNode* witness = map.find("witness")) read_witness(*witness, into);
  read_checks(map, into);
  if (part != Part::kWithoutServers) read_virtual_servers(map, into);
  if (part != Part::kWhole) into.places.all_services_named = false;
  validate(into.config, into.places, into.faults);
}

}  // namespace

void read_tree(const YamlNode& root, const std::string& file, Faults& faults, Loaded& loaded) {
  Places places;
  read_document(root, Part::kWhole, {faults, loaded.config, places});
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

Result<Config> load_sealed(const SealedDocument& sealed) {
  const Result<YamlNode> tree = unpacked(sealed.text);
  if (!tree) return tl::unexpected(tree.error());
  Config config;
  config.node = sealed.host_name;
  Faults faults(sealed.file);
  Places places;
  read_document(*tree, sealed.part, {faults, config, places});
  if (!faults.empty()) return fail(faults.take().front().to_string());
  if (sealed.part == Part::kWithoutChecks) {
    auto servers = unpacked_servers(sealed.servers);
    if (!servers) return tl::unexpected(servers.error());
    config.virtual_servers = std::move(*servers);
  }
  return config;
}

Result<Config> load_sealed(const OwnedFd& memfd) {
  const Result<SealedDocument> sealed = unseal(memfd);
  if (!sealed) return tl::unexpected(sealed.error());
  return load_sealed(*sealed);
}

}  // namespace holdfast
