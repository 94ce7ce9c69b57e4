// SPDX-License-Identifier: Apache-2.0
#include "supervisor/core/notify_plan.h"

#include <algorithm>
#include <optional>

namespace holdfast::supervisor {
namespace {

std::string kind_of(const Notice& notice) {
  switch (notice.of) {
    case NoticeOf::kInstance:
      return "INSTANCE";
    case NoticeOf::kGroup:
      return "GROUP";
    case NoticeOf::kService:
      return "VIRTUAL_SERVER";
  }
  return "";
}

using Key = std::optional<Command> NotifyScripts::*;

Key key_of(const std::string& state) {
  if (state == "MASTER") return &NotifyScripts::master;
  if (state == "BACKUP") return &NotifyScripts::backup;
  if (state == "FAULT") return &NotifyScripts::fault;
  return &NotifyScripts::stop;
}

std::optional<Command> script_of(const Notice& notice, const NotifyConfig& config, Key key) {
  const auto& all = notice.of == NoticeOf::kInstance ? config.instances : config.groups;
  const auto own = all.find(notice.name);
  if (own != all.end() && own->second.*key) return own->second.*key;
  return config.defaults.*key;
}

// A variable is one line for whoever prints it.
std::string one_line(std::string text) {
  for (char& c : text) {
    if (static_cast<unsigned char>(c) < 0x20) c = ' ';
  }
  return text;
}

}  // namespace

std::vector<Command> scripts_for(const Notice& notice, const NotifyConfig& config) {
  std::vector<Command> scripts;
  if (notice.of == NoticeOf::kService) {
    const auto own = config.services.find(notice.name);
    if (own == config.services.end()) return scripts;
    const auto& script = notice.state == "UP" ? own->second.up : own->second.down;
    if (script) scripts.push_back(*script);
    return scripts;
  }
  if (auto own = script_of(notice, config, key_of(notice.state))) scripts.push_back(*own);
  if (auto any = script_of(notice, config, &NotifyScripts::any)) {
    for (const std::string& word :
         {kind_of(notice), notice.name, notice.state, std::to_string(notice.priority.value)}) {
      any->words.push_back(word);
    }
    scripts.push_back(*any);
  }
  return scripts;
}

std::vector<std::string> environment_of(const Notice& notice, const Config& config) {
  std::vector<std::string> variables{
      "HOLDFAST_NODE=" + config.node,
      "HOLDFAST_KIND=" + kind_of(notice),
      "HOLDFAST_NAME=" + notice.name,
      "HOLDFAST_" + kind_of(notice) + "=" + notice.name,
      "HOLDFAST_STATE=" + notice.state,
      "HOLDFAST_PREVIOUS=" + notice.previous,
      "HOLDFAST_PRIORITY=" + std::to_string(notice.priority.value),
      "HOLDFAST_REASON=" + one_line(notice.reason),
  };
  const auto instance = std::find_if(
      config.instances.begin(), config.instances.end(),
      [&](const auto& one) { return notice.of == NoticeOf::kInstance && one.name == notice.name; });
  if (instance == config.instances.end()) return variables;
  std::string addresses;
  for (const IpPrefix& prefix : instance->addresses) {
    addresses += (addresses.empty() ? "" : " ") + prefix.to_string();
  }
  variables.push_back("HOLDFAST_INTERFACE=" + instance->interface);
  variables.push_back("HOLDFAST_VRID=" + std::to_string(instance->vrid.value));
  variables.push_back("HOLDFAST_VERSION=" + std::to_string(static_cast<int>(instance->version)));
  variables.push_back("HOLDFAST_ADDRESSES=" + addresses);
  return variables;
}

std::vector<std::string> alert_environment(const Alert& alert, const std::string& node) {
  return {"HOLDFAST_NODE=" + node, "HOLDFAST_EVENT=" + one_line(alert.event),
          "HOLDFAST_NAME=" + one_line(alert.name),
          std::string("HOLDFAST_RESOLVED=") + (alert.resolved ? "true" : "false"),
          "HOLDFAST_TEXT=" + one_line(alert.text)};
}

std::string fifo_line(const Notice& notice) {
  return kind_of(notice) + " \"" + notice.name + "\" " + notice.state + " " +
         std::to_string(notice.priority.value) + "\n";
}

}  // namespace holdfast::supervisor
