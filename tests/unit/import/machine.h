// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>

#include <map>
#include <set>
#include <string>
#include <vector>

#include "config/load.h"
#include "import/import.h"

namespace holdfast::importer {

// A machine of files in memory. A glob matches what it is the name of, or, with a `*` at its end,
// what begins with it.
struct MemoryMachine {
  std::map<std::string, std::string> files{};
  std::set<std::string> users{};
  std::map<std::string, std::string> variables{};
  std::string config_id = "lb1";

  Machine machine() const {
    return {.read = [this](const std::string& path) -> Result<std::string> {
              const auto found = files.find(path);
              if (found == files.end()) return fail("No such file or directory");
              return found->second;
            },
            .glob =
                [this](const std::string& pattern) {
                  std::vector<std::string> found;
                  const bool many = pattern.ends_with('*');
                  const std::string start = many ? pattern.substr(0, pattern.size() - 1) : pattern;
                  for (const auto& [path, text] : files) {
                    if (path == pattern || (many && path.starts_with(start))) found.push_back(path);
                  }
                  return found;
                },
            .find_program = [](const std::string& name) -> std::optional<std::string> {
              return name == "killall" ? std::optional<std::string>("/usr/bin/killall")
                                       : std::nullopt;
            },
            .user_exists = [this](const std::string& name) { return users.contains(name); },
            .environment = [this](const std::string& name) -> std::optional<std::string> {
              const auto found = variables.find(name);
              return found == variables.end() ? std::nullopt : std::optional(found->second);
            },
            .config_id = config_id};
  }
};

inline Imported imported(const std::string& text, MemoryMachine machine = {}) {
  machine.files["/etc/keepalived/keepalived.conf"] = text;
  Imported result = import_keepalived("/etc/keepalived/keepalived.conf", machine.machine());
  EXPECT_TRUE(result.problems.empty()) << report_text(result);
  return result;
}

// What Holdfast makes of what was imported: it must be valid.
inline Config loaded(const Imported& result) {
  const Loaded config = load_config(result.yaml, "result", "lb1");
  for (const Diagnostic& fault : config.diagnostics) {
    ADD_FAILURE() << fault.to_string() << "\n" << result.yaml;
  }
  return config.config;
}

inline Config loaded(const std::string& text, const MemoryMachine& machine = {}) {
  return loaded(imported(text, machine));
}

// LINE KIND DIRECTIVE, without the reasons.
inline std::vector<std::string> findings(const Imported& result) {
  std::vector<std::string> all;
  for (const Finding& one : result.findings) {
    const char* const kind = one.kind == Finding::Kind::kNote       ? "note"
                             : one.kind == Finding::Kind::kReported ? "reported"
                                                                    : "unknown";
    all.push_back(std::to_string(one.place.line) + ' ' + kind + ' ' + one.directive);
  }
  return all;
}

// An instance that is whole, with these lines in it.
inline std::string instance(const std::string& lines,
                            const std::string& addresses = "192.0.2.10/24",
                            const std::string& name = "web") {
  return "vrrp_instance " + name + " {\n interface eth0\n virtual_router_id 51\n" + lines +
         "\n virtual_ipaddress {\n " + addresses + "\n }\n}\n";
}

inline InstanceConfig loaded_instance(const std::string& lines,
                                      const std::string& addresses = "192.0.2.10/24") {
  const Config config = loaded(instance(lines, addresses));
  EXPECT_EQ(config.instances.size(), 1U);
  return config.instances.empty() ? InstanceConfig{} : config.instances[0];
}

}  // namespace holdfast::importer
