// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "tests/unit/import/machine.h"

// Whole files, written for this test, with what may be met in the field. Each says by lines as
// `#? 12 reported smtp_alert` what must be found in it; all must be valid for Holdfast.
namespace holdfast::importer {
namespace {

namespace fs = std::filesystem;

std::string read(const fs::path& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

MemoryMachine machine_of(const fs::path& folder) {
  MemoryMachine machine;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (entry.is_regular_file()) machine.files[entry.path().string()] = read(entry.path());
  }
  return machine;
}

// `conf.d/*.conf` is `conf.d/*` here.
Machine real_names(const MemoryMachine& memory) {
  Machine machine = memory.machine();
  machine.glob = [inner = machine.glob](const std::string& pattern) {
    const std::size_t star = pattern.find('*');
    return inner(star == std::string::npos ? pattern : pattern.substr(0, star + 1));
  };
  return machine;
}

TEST(Corpus, EachIsValidAndReportsWhatItSays) {
  const fs::path folder = fs::path(HOLDFAST_SOURCE_DIR) / "tests" / "corpus" / "keepalived";
  const MemoryMachine machine = machine_of(folder);
  int files = 0;
  for (const auto& entry : fs::directory_iterator(folder)) {
    if (!entry.is_regular_file()) continue;
    SCOPED_TRACE(entry.path());
    ++files;
    const Imported result = import_keepalived(entry.path().string(), real_names(machine));
    ASSERT_TRUE(result.problems.empty()) << report_text(result);
    const Config config = loaded(result);
    EXPECT_FALSE(config.instances.empty() && config.virtual_servers.empty());
    std::vector<std::string> expected;
    std::ifstream lines(entry.path());
    for (std::string line; std::getline(lines, line);) {
      if (line.starts_with("#? ")) expected.push_back(line.substr(3));
    }
    EXPECT_EQ(findings(result), expected) << report_text(result) << result.yaml;
  }
  EXPECT_GE(files, 7);
}

TEST(Corpus, WhatIsGenerated) {
  const fs::path folder = fs::path(HOLDFAST_SOURCE_DIR) / "tests" / "corpus" / "keepalived";
  const MemoryMachine machine = machine_of(folder);
  const Config config =
      loaded(import_keepalived((folder / "generated.conf").string(), real_names(machine)));
  EXPECT_EQ(config.node, "lb1");
  ASSERT_EQ(config.instances.size(), 3U);
  EXPECT_EQ(config.instances[2].interface, "eth0.3");
  EXPECT_EQ(config.instances[2].priority, Priority{130});
  EXPECT_EQ(config.instances[2].addresses.size(), 2U);
  ASSERT_EQ(config.virtual_servers.size(), 2U);
  EXPECT_EQ(config.virtual_servers[1].real_servers.size(), 2U);
  EXPECT_EQ(config.checks.size(), 4U);
  EXPECT_EQ(config.fixed.routes.size(), 1U);
}

// Debian's examples of keepalived, where it is installed: they are its own, and not in this tree.
TEST(Corpus, TheExamplesOfKeepalived) {
  const fs::path folder = "/usr/share/doc/keepalived/samples";
  if (!fs::exists(folder)) GTEST_SKIP() << "no " << folder;
  const MemoryMachine machine = machine_of(folder);
  for (const auto& [path, text] : machine.files) {
    if (path.find("keepalived.conf.") == std::string::npos) continue;
    SCOPED_TRACE(path);
    const Imported result = import_keepalived(path, real_names(machine));
    EXPECT_TRUE(result.problems.empty()) << report_text(result);
    // One is in the words of keepalived 1, which keepalived 2 does not know either.
    const bool old = path.ends_with(".vrrp.lvs_syncd");
    EXPECT_EQ(result.unknown, old ? 3 : 0) << report_text(result);
    EXPECT_GT(result.translated, 0);
  }
}

}  // namespace
}  // namespace holdfast::importer
