// SPDX-License-Identifier: Apache-2.0
#include "config/yaml_node.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace holdfast {
namespace {

YamlNode scalar(std::string_view text) {
  YamlNode node;
  node.kind = YamlNode::Kind::kScalar;
  node.text = text;
  return node;
}

std::vector<std::string> texts(const YamlNodes& nodes) {
  std::vector<std::string> all;
  for (const YamlNode& one : nodes) all.emplace_back(one.text);
  return all;
}

using Texts = std::vector<std::string>;

TEST(YamlText, KeepsWhatItIsGiven) {
  for (const std::size_t size : {0U, 1U, 14U, 15U, 16U, 255U, 256U, 70'000U}) {
    const std::string text = std::string(size, 'x').append(size > 3 ? "\0y" : "", size > 3 ? 2 : 0);
    YamlText one(text);
    EXPECT_EQ(std::string(one), text);
    EXPECT_EQ(one.size(), text.size());
    EXPECT_EQ(one.empty(), text.empty());
    YamlText copy = one;
    EXPECT_EQ(copy, one);
    YamlText moved = std::move(copy);
    EXPECT_EQ(moved, text);
    for (const std::string_view other : {"", "short", "longer than what stands within"}) {
      one = other;
      EXPECT_EQ(one, other);
      one = moved;
      EXPECT_EQ(one, text);
    }
  }
}

TEST(YamlText, MayBecomeAPartOfItself) {
  YamlText text("name of what is long: and more of it");
  text = text.substr(5);
  EXPECT_EQ(text, "of what is long: and more of it");
  text = text.substr(0, 2);
  EXPECT_EQ(text, "of");
  YamlText& same = text;
  text = same;
  EXPECT_EQ(text, "of");
  text = std::move(same);
  EXPECT_EQ(text, "of");
}

TEST(YamlNodes, AreAsAVectorIs) {
  YamlNodes nodes;
  EXPECT_TRUE(nodes.empty());
  EXPECT_EQ(nodes.begin(), nodes.end());
  for (int i = 0; i < 10; ++i) {
    nodes.push_back(scalar("a text that stands elsewhere " + std::to_string(i)));
    nodes.back().children.push_back(scalar(std::to_string(i)));
  }
  ASSERT_EQ(nodes.size(), 10U);
  EXPECT_EQ(texts(nodes[9].children), Texts{"9"});
  YamlNodes copy = nodes;
  copy.erase(copy.begin() + 1, copy.end() - 1);
  ASSERT_EQ(copy.size(), 2U);
  EXPECT_TRUE(copy[1].text.ends_with(" 9"));
  EXPECT_EQ(texts(copy[1].children), Texts{"9"});
  EXPECT_EQ(nodes.size(), 10U);
  nodes = std::move(copy);
  EXPECT_EQ(nodes.size(), 2U);
  nodes.erase(nodes.begin(), nodes.end());
  EXPECT_TRUE(nodes.empty());
  nodes.resize(3);
  EXPECT_EQ(texts(nodes), Texts(3));
  nodes.resize(1);
  EXPECT_EQ(nodes.size(), 1U);
}

TEST(YamlNodes, TakeWhatIsGiven) {
  std::vector<YamlNode> given{scalar("one"), scalar("two, which is a text of more than it holds")};
  YamlNodes nodes;
  nodes.push_back(scalar("former"));
  nodes.take(given);
  EXPECT_EQ(texts(nodes), (Texts{"one", "two, which is a text of more than it holds"}));
  nodes.take({});
  EXPECT_TRUE(nodes.empty());
}

// A value may become what it holds.
TEST(YamlNodes, MayBecomeAPartOfThemselves) {
  YamlNode node;
  node.children.push_back(scalar("inner"));
  node.children.back().children.push_back(scalar("innermost"));
  node.children = std::move(node.children[0].children);
  EXPECT_EQ(texts(node.children), Texts{"innermost"});
}

}  // namespace
}  // namespace holdfast
