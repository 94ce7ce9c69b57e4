// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "config/compose.h"
#include "tests/unit/config/faults_of.h"

// What we show to operators must be what the parser takes, and says.
namespace holdfast {
namespace {

const std::filesystem::path kSource = HOLDFAST_SOURCE_DIR;

std::string read(const std::filesystem::path& path) {
  std::ifstream file(path);
  EXPECT_TRUE(file) << path;
  return {std::istreambuf_iterator<char>(file), {}};
}

// The fenced blocks of one language in a Markdown document.
std::vector<std::string> blocks(const std::filesystem::path& path, const std::string& language) {
  const std::string text = read(path);
  const std::string fence = "\n```" + language + "\n";
  std::vector<std::string> found;
  for (std::size_t at = text.find(fence); at != std::string::npos; at = text.find(fence, at)) {
    at += fence.size();
    found.push_back(text.substr(at, text.find("```", at) - at));
  }
  return found;
}

TEST(Documents, EveryExampleIsValid) {
  std::size_t examples = 0;
  for (const auto& entry : std::filesystem::directory_iterator(kSource / "config" / "examples")) {
    SCOPED_TRACE(entry.path());
    EXPECT_FALSE(config_of(read(entry.path())).instances.empty());
    ++examples;
  }
  EXPECT_GE(examples, 3U);
}

TEST(Documents, EveryYamlBlockIsValid) {
  std::vector<std::filesystem::path> documents{kSource / "docs" / "configuration.md",
                                               kSource / "docs" / "configuration-routing.md"};
  if (std::filesystem::exists(kSource / "README.md")) documents.push_back(kSource / "README.md");
  for (const auto& document : documents) {
    SCOPED_TRACE(document);
    const std::vector<std::string> yaml = blocks(document, "yaml");
    EXPECT_FALSE(yaml.empty());
    for (const std::string& block : yaml) config_of(block);
  }
}

// Each node that they name makes something valid of them, where nothing is there to include.
TEST(Documents, EveryYamlBlockOfAFleetIsValid) {
  const Outside nothing{
      [](const std::string&) -> Result<std::vector<std::string>> {
        return std::vector<std::string>{};
      },
      [](const std::string& file) -> Result<std::string> { return fail("cannot open " + file); },
      [](const std::string&) -> std::optional<std::string> { return std::nullopt; }};
  std::size_t nodes = 0;
  for (const std::string& block : blocks(kSource / "docs" / "configuration-fleet.md", "yaml")) {
    for (const std::string& node : load_config(block, "f", "lb1", &nothing).nodes) {
      SCOPED_TRACE(node);
      const Loaded loaded = load_config(block, "f", node, &nothing);
      EXPECT_EQ(texts_of(loaded.diagnostics), Texts{});
      EXPECT_FALSE(loaded.config.instances.empty());
      ++nodes;
    }
  }
  EXPECT_GE(nodes, 2U);
}

// The reference shows a faulty file, and then the answer to it.
TEST(Documents, TheFaultsShownAreTheFaultsFound) {
  const std::vector<std::string> text = blocks(kSource / "docs" / "configuration.md", "text");
  ASSERT_GE(text.size(), 2U);
  std::string answer;
  for (const Diagnostic& fault : load_config(text[0], "holdfast.yaml", "host").diagnostics) {
    answer += fault.to_string() + '\n';
  }
  EXPECT_EQ(answer, text[1]);
}

}  // namespace
}  // namespace holdfast
