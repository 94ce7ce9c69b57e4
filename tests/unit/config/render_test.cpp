// SPDX-License-Identifier: Apache-2.0
#include "config/render.h"

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

#include "tests/unit/config/faults_of.h"

namespace holdfast {
namespace {

using Kind = YamlNode::Kind;

YamlNode tree_of(std::string_view document) {
  Faults faults("f");
  const auto tree = parse_yaml(document, faults);
  EXPECT_EQ(texts_of(faults.take()), Texts{}) << document;
  return tree.value_or(YamlNode{});
}

bool alike(const YamlNode& a, const YamlNode& b) {
  if (a.kind != b.kind || a.text != b.text || a.children.size() != b.children.size()) return false;
  for (std::size_t i = 0; i < a.children.size(); ++i) {
    if (!alike(a.children[i], b.children[i])) return false;
  }
  return true;
}

TEST(Render, IsReadable) {
  EXPECT_EQ(render_yaml(tree_of("version: 1\nvrrp: {instances: [{name: web, addresses: "
                                "[192.0.2.1/24, 'fe80::1/64']}]}\nlog: {}\nchecks: []\nnode:\n")),
            "version: 1\n"
            "vrrp:\n"
            "  instances:\n"
            "    - name: web\n"
            "      addresses:\n"
            "        - 192.0.2.1/24\n"
            "        - \"fe80::1/64\"\n"
            "log: {}\n"
            "checks: []\n"
            "node: ~\n");
}

TEST(Render, ReferencesStayWhatTheyAre) {
  YamlNode node;
  node.kind = Kind::kScalar;
  node.text = "a${b}";
  EXPECT_EQ(render_yaml(node), "\"a$${b}\"\n");
}

// Any tree is read again as it was; references apart, which this level does not know.
TEST(Render, IsReadAsTheSameTree) {
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE(seed);
  std::mt19937 random(seed);
  const std::vector<std::string> pieces{"a",        "-",        ":",
                                        " ",        "#",        "\"",
                                        "'",        "\\",       "\n",
                                        "~",        "null",     "true",
                                        "1",        "{",        "[",
                                        "]",        "}",        ",",
                                        "&",        "*",        "!",
                                        "%",        "@",        "\x7f",
                                        "\t",       "\xc3\xa4", "...",
                                        "\xc2\x85", "---",      "|",
                                        ">",        "?",        "\xf0\x9f\x8c\x8d",
                                        "\x01"};
  const auto pick = [&](std::size_t below) {
    return std::uniform_int_distribution<std::size_t>(0, below - 1)(random);
  };
  const auto scalar = [&] {
    YamlNode node;
    node.kind = Kind::kScalar;
    std::string text;
    for (std::size_t i = pick(6); i > 0; --i) text += pieces[pick(pieces.size())];
    node.text = text;
    return node;
  };
  const auto grow = [&](const auto& self, int depth) -> YamlNode {
    YamlNode node = scalar();
    const std::size_t kind = depth == 0 ? 0 : pick(4);
    if (kind == 0) return node;
    if (kind == 1) return YamlNode{};
    node.text = "";
    node.kind = kind == 2 ? Kind::kSequence : Kind::kMap;
    for (std::size_t i = pick(4); i > 0; --i) {
      if (kind == 3) {
        node.children.push_back(scalar());
        node.children.back().text = node.children.back().text + std::to_string(i);
        node.children.back().quoted = true;
      }
      node.children.push_back(self(self, depth - 1));
    }
    return node;
  };
  for (int i = 0; i < 500; ++i) {
    const YamlNode tree = grow(grow, 4);
    const std::string text = render_yaml(tree);
    ASSERT_TRUE(alike(tree_of(text), tree)) << text;
  }
}

}  // namespace
}  // namespace holdfast
