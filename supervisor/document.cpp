// SPDX-License-Identifier: Apache-2.0
#include "supervisor/document.h"

#include <limits.h>
#include <sha256.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <utility>

#include "common/core/result.h"
#include "common/program_file.h"
#include "config/excerpt.h"
#include "config/load.h"
#include "config/merge.h"
#include "config/named_files.h"
#include "config/outside.h"
#include "config/packed_servers.h"
#include "config/packed_tree.h"
#include "config/pattern_faults.h"
#include "config/sealed.h"
#include "supervisor/core/supervisor_core.h"

namespace holdfast::supervisor {
namespace {

constexpr std::size_t kExcerptsMax = 20;  // enough to see what is wrong

// Of one after the other.
std::string sha256_of(const std::string& text, const std::map<std::string, std::string>& included) {
  SHA256_CTX context;
  SHA256Init(&context);
  const auto take = [&context](const std::string& part) {
    SHA256Update(&context, reinterpret_cast<const std::uint8_t*>(part.data()), part.size());
  };
  take(text);
  for (const auto& [path, one] : included) take(one);
  std::array<char, SHA256_DIGEST_STRING_LENGTH> digits{};
  SHA256End(&context, digits.data());
  return digits.data();
}

// What the workers will read must say what was read here.
void check_effective(Loaded& loaded, const std::string& file, const std::string& node) {
  if (!loaded.ok() || loaded.effective.empty()) return;
  const Loaded again = load_config(loaded.effective, file, node);
  if (again.ok() && again.config == loaded.config) return;
  const std::string why = again.ok() ? "" : ": " + again.diagnostics.front().message;
  loaded.diagnostics.push_back(
      {file, 1, 1, "the configuration of this node cannot be written as one document" + why});
}

// They were there a moment ago: an error is a lack of this node's own, such as of descriptors.
Result<std::map<std::string, UnixUser>> users_of(
    const std::vector<InFile<PlacedCommand>>& commands) {
  std::map<std::string, UnixUser> users;
  for (const InFile<PlacedCommand>& placed : commands) {
    const std::string& name = placed.command.user;
    if (users.contains(name)) continue;
    Result<UnixUser> user = look_up_user(name);
    if (!user) return tl::unexpected(user.error());
    users.emplace(name, std::move(*user));
  }
  return users;
}

Result<std::vector<OwnedFd>> seal_all(std::map<std::string, std::string>&& files) {
  std::vector<OwnedFd> sealed;
  for (auto& [path, text] : files) {
    Result<OwnedFd> one = seal({path, {}, std::move(text)});
    if (!one) return tl::unexpected(one.error());
    sealed.push_back(std::move(*one));
  }
  return sealed;
}

// The parts that workers are handed; and that without servers, for those on their way out.
Result<void> seal_parts(const std::string& file, const std::string& node, YamlNode tree,
                        Document& document) {
  const Config& config = *document.config;
  const auto put = [&](Part part, std::string servers = {}) -> Result<void> {
    Result<OwnedFd> sealed = seal({file, node, packed(tree), std::move(servers), part});
    if (!sealed) return tl::unexpected(sealed.error());
    document.sealed.at(static_cast<std::size_t>(part)) = std::move(*sealed);
    return {};
  };
  const auto handed = [&config](Part part) {
    return std::any_of(kRoles.begin(), kRoles.end(),
                       [&](Role role) { return part_for(role) == part && wanted(role, config); });
  };
  Result<void> done;
  if (handed(Part::kWhole)) done = put(Part::kWhole);
  take_child(tree, "virtual_servers");
  if (done) done = put(Part::kWithoutServers);
  if (done && handed(Part::kWithoutChecks)) {
    done = put(Part::kWithoutChecks, packed_servers(config.virtual_servers));
  }
  return done;
}

}  // namespace

int Document::sealed_for(Role role) const {
  const OwnedFd& own = sealed.at(static_cast<std::size_t>(part_for(role)));
  return (own ? own : sealed.at(static_cast<std::size_t>(Part::kWithoutServers))).get();
}

Loading load_document(const ConfigSource& source) {
  const std::string& file = source.file;
  // Before it is read: whoever may change it commands root.
  if (const Result<void> trusted = trusted_orders(file); !trusted) {
    return {std::nullopt, {file + ": is not obeyed: " + trusted.error().message}};
  }
  const std::string node = source.node.empty() ? host_name() : source.node;
  Result<std::string> text = read_document(file);
  if (!text) return {std::nullopt, {text.error().message}};
  const Outside outside = real_outside(true);
  Loaded loaded = load_config(*text, file, node, &outside);
  check_effective(loaded, file, node);
  Loading loading;
  NamedFiles files;
  if (loaded.ok()) files = read_named_files(loaded, file, credentials_directory());
  add_pattern_faults(loaded, file);
  for (const Diagnostic& fault : loaded.diagnostics) {
    loading.faults.push_back(fault.to_string());
    if (loading.excerpts.size() < kExcerptsMax) {
      loading.excerpts.push_back(excerpt_of(fault, file, *text, loaded.included));
    }
  }
  if (!loaded.ok()) return loading;
  auto users = users_of(loaded.commands);
  if (!users) return {std::nullopt, {users.error().message}};
  std::string sha256 = sha256_of(*text, loaded.included);
  if (!loaded.effective.empty()) text = std::move(loaded.effective);
  Document document;
  document.config = std::make_shared<Config>(std::move(loaded.config));
  // The workers can read no file and have no environment.
  if (const auto sealed = seal_parts(file, node, std::move(loaded.tree), document); !sealed) {
    return {std::nullopt, {sealed.error().message}};
  }
  Result<OwnedFd> sealed_text = seal({file, node, std::move(*text)});
  if (!sealed_text) return {std::nullopt, {sealed_text.error().message}};
  Result<std::vector<OwnedFd>> tls_files = seal_all(std::move(files.tls.files));
  if (!tls_files) return {std::nullopt, {tls_files.error().message}};
  Result<std::vector<OwnedFd>> alert_files = seal_all(std::move(files.alerts.files));
  if (!alert_files) return {std::nullopt, {alert_files.error().message}};
  files.witness.files.merge(files.witness_secrets.files);
  Result<std::vector<OwnedFd>> witness_files = seal_all(std::move(files.witness.files));
  if (!witness_files) return {std::nullopt, {witness_files.error().message}};
  for (const Diagnostic& one : loaded.warnings) document.warnings.push_back(one.to_string());
  document.text = std::move(*sealed_text);
  document.vrrp_process = std::move(loaded.vrrp_process);
  document.sha256 = std::move(sha256);
  document.users = std::move(*users);
  document.secrets = std::move(files.keys.secrets);
  document.tls_files = std::move(*tls_files);
  document.alert_files = std::move(*alert_files);
  document.witness_files = std::move(*witness_files);
  document.loaded_at = std::chrono::system_clock::now();
  loading.document = std::move(document);
  return loading;
}

}  // namespace holdfast::supervisor
