// SPDX-License-Identifier: Apache-2.0
#include "config/packed_tree.h"

#include <gtest/gtest.h>

#include <random>
#include <string>

#include "config/faults.h"
#include "config/load.h"
#include "config/merge.h"
#include "config/packed_servers.h"
#include "config/sealed.h"
#include "config/yaml_tree.h"

namespace holdfast {
namespace {

YamlNode tree_of(std::string_view document) {
  Faults faults("f");
  return parse_yaml(document, faults).value_or(YamlNode{});
}

void expect_same(const YamlNode& one, const YamlNode& other) {
  EXPECT_EQ(one.kind, other.kind);
  EXPECT_EQ(one.quoted, other.quoted);
  EXPECT_EQ(one.line, other.line);
  EXPECT_EQ(one.column, other.column);
  EXPECT_EQ(one.text, other.text);
  ASSERT_EQ(one.children.size(), other.children.size());
  for (std::size_t i = 0; i < one.children.size(); ++i) {
    expect_same(one.children[i], other.children[i]);
  }
}

const std::string kDocument = "list: [1, \"two\", null, {a: 'b', c: }]\nempty: {}\n" +
                              std::string(300, '\n') + std::string(40, ' ') +
                              "long: " + std::string(70'000, 'x') + "\n";

TEST(PackedTree, IsTheTreeAgain) {
  for (const std::string& document : {std::string(), std::string("word"), kDocument}) {
    const YamlNode tree = tree_of(document);
    const Result<YamlNode> again = unpacked(packed(tree));
    ASSERT_TRUE(again);
    expect_same(*again, tree);
  }
}

TEST(PackedTree, WhatIsCutOrGoesOnIsRefused) {
  const std::string bytes = packed(tree_of("a: [b, {c: d}]\n"));
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_FALSE(unpacked(bytes.substr(0, size))) << size;
  }
  EXPECT_FALSE(unpacked(bytes + '\0'));
  EXPECT_EQ(unpacked("").error().message, "the sealed configuration is no tree of values");
}

TEST(PackedTree, WhatNoDocumentCanSayIsRefused) {
  const auto node = [](char kind, int children, const std::string& rest = "") {
    return std::string{kind, 1, 1, 0, static_cast<char>(children)} + rest;
  };
  const std::string scalar = node(1, 0);
  ASSERT_TRUE(unpacked(node(3, 2, scalar + scalar)));
  EXPECT_FALSE(unpacked(node(3, 1, scalar))) << "a key without a value";
  EXPECT_FALSE(unpacked(node(3, 2, node(2, 0) + scalar))) << "a list as a key";
  EXPECT_FALSE(unpacked(node(1, 1, scalar))) << "a scalar with children";
  EXPECT_FALSE(unpacked(node(4, 0))) << "no kind";
  EXPECT_FALSE(unpacked(node(2, 100))) << "more children than bytes";
  EXPECT_FALSE(unpacked(std::string("\2\1\1\0\xff\xff\xff\xff\xff\xff", 10)));
  std::string deep = scalar;
  for (std::size_t i = 1; i < kYamlDepthMax; ++i) deep = node(2, 1, deep);
  EXPECT_TRUE(unpacked(deep));
  EXPECT_FALSE(unpacked(node(2, 1, deep)));
}

TEST(PackedTree, AnyBytesAreFine) {
  const std::string good = packed(tree_of(kDocument.substr(0, 60)));
  std::mt19937 random(1);
  for (int round = 0; round < 20'000; ++round) {
    std::string bytes = good;
    for (int i = 0; i < 3; ++i) bytes[random() % bytes.size()] = static_cast<char>(random());
    const Result<YamlNode> tree = unpacked(bytes);
    if (!tree) continue;
    EXPECT_TRUE(unpacked(packed(*tree)));
  }
}

TEST(LoadSealed, SaysWhatTheDocumentSays) {
  const Loaded loaded = load_config(
      "version: 1\nvariables: {vip: 192.0.2.10/24}\nvrrp:\n  instances:\n    - {name: web, "
      "interface: eth0, virtual_router_id: 51, addresses: [\"${vip}\"]}\n",
      "f", "host");
  ASSERT_TRUE(loaded.ok());
  const Result<Config> sealed = load_sealed({"f", "host", packed(loaded.tree)});
  ASSERT_TRUE(sealed) << sealed.error().message;
  EXPECT_EQ(*sealed, loaded.config);
  EXPECT_EQ(sealed->node, "host");
}

// But an instance may track one.
TEST(LoadSealed, OfAPartHasNoVirtualServers) {
  const Loaded loaded = load_config(
      "version: 1\nchecks: [{name: app, tcp: \"10.0.0.9:80\"}]\nvrrp:\n  instances:\n    - {name: "
      "web, interface: eth0, virtual_router_id: 51, addresses: [192.0.2.10/24], track: [{check: "
      "app}, {virtual_server: shop}]}\nvirtual_servers:\n  - {name: shop, address: "
      "\"192.0.2.10:80\", check: {tcp: {}}, real_servers: [\"10.0.0.1:80\"]}\n",
      "f", "host");
  ASSERT_TRUE(loaded.ok()) << loaded.diagnostics.front().to_string();
  Config expected = loaded.config;
  expected.virtual_servers.clear();
  ASSERT_EQ(expected.checks.size(), 2U);
  expected.checks.pop_back();  // of the server
  YamlNode tree = loaded.tree;
  for (const bool taken_out : {false, true}) {
    if (taken_out) take_child(tree, "virtual_servers");
    const auto part = load_sealed({"f", "host", packed(tree), {}, Part::kWithoutServers});
    ASSERT_TRUE(part) << part.error().message;
    EXPECT_EQ(*part, expected) << taken_out;
  }
  EXPECT_FALSE(load_sealed({"f", "host", packed(tree)})) << "what it tracks is not there";
  expected.virtual_servers = loaded.config.virtual_servers;
  const std::string servers = packed_servers(loaded.config.virtual_servers);
  const auto balanced = load_sealed({"f", "host", packed(tree), servers, Part::kWithoutChecks});
  ASSERT_TRUE(balanced) << balanced.error().message;
  EXPECT_EQ(*balanced, expected);
  EXPECT_FALSE(load_sealed({"f", "host", packed(tree), servers + "s", Part::kWithoutChecks}));
}

TEST(LoadSealed, RefusesWhatIsNoConfiguration) {
  EXPECT_EQ(load_sealed({"f", "host", ""}).error().message,
            "the sealed configuration is no tree of values");
  const std::string loud = packed(tree_of("version: 1\nlog: {level: loud}\n"));
  EXPECT_TRUE(load_sealed({"f", "host", loud}).error().message.starts_with("f:2:14: level: "));
}

}  // namespace
}  // namespace holdfast
