// SPDX-License-Identifier: Apache-2.0
#include "config/yaml_tree.h"

#include <gtest/gtest.h>

#include <string>

#include "tests/unit/config/faults_of.h"

namespace holdfast {
namespace {

struct Parsed {
  std::optional<YamlNode> root;
  Texts faults;
};

Parsed parse(std::string_view document) {
  Faults faults("f");
  Parsed parsed{parse_yaml(document, faults), {}};
  parsed.faults = texts_of(faults.take());
  return parsed;
}

// The tree on one line, each value with its place: {1:1 a: 1:4 1}.
std::string text_of(const YamlNode& node) {
  const std::string place = std::to_string(node.line) + ':' + std::to_string(node.column) + ' ';
  std::string text;
  switch (node.kind) {
    case YamlNode::Kind::kNull:
      return place + '~';
    case YamlNode::Kind::kScalar:
      return place + (node.quoted ? '"' + std::string(node.text) + '"' : std::string(node.text));
    case YamlNode::Kind::kSequence:
      for (const YamlNode& child : node.children)
        text += (text.empty() ? "" : ", ") + text_of(child);
      return place + '[' + text + ']';
    case YamlNode::Kind::kMap:
      for (std::size_t i = 0; i < node.children.size(); i += 2) {
        text += (text.empty() ? "" : ", ") + text_of(node.children[i]) + ": " +
                text_of(node.children[i + 1]);
      }
      return place + '{' + text + '}';
  }
  return {};
}

// The tree of a document without faults.
std::string tree_of(std::string_view document) {
  const Parsed parsed = parse(document);
  EXPECT_EQ(parsed.faults, Texts{}) << document;
  return parsed.root ? text_of(*parsed.root) : "nothing";
}

Texts faults_in(std::string_view document) {
  return parse(document).faults;
}

TEST(YamlTree, KeepsPlacesAndQuotes) {
  EXPECT_EQ(
      tree_of("a: 1\nb:\n  - x\n  - {c: \"2\", d: 'it''s'}\n"),
      "1:1 {1:1 a: 1:4 1, 2:1 b: 3:3 [3:5 x, 4:5 {4:6 c: 4:9 \"2\", 4:14 d: 4:17 \"it's\"}]}");
}

TEST(YamlTree, TakesAByteOrderMarkAndCrLf) {
  EXPECT_EQ(tree_of("\xef\xbb\xbf"
                    "a: 1\r\nb: x # c\r\n"),
            "1:1 {1:1 a: 1:4 1, 2:1 b: 2:4 x}");
}

TEST(YamlTree, TakesOneDocumentHoweverItIsMarked) {
  EXPECT_EQ(tree_of("%YAML 1.2\n---\na: 1\n...\n"), "3:1 {3:1 a: 3:4 1}");
  EXPECT_EQ(tree_of(""), "1:1 ~");
  EXPECT_EQ(tree_of("# only a comment\n"), "1:1 ~");
  EXPECT_EQ(tree_of("---\n"), "2:1 ~");
  EXPECT_EQ(tree_of("---"), "2:1 ~");
}

TEST(YamlTree, PutsAMissingValueWhereItsKeyOrDashIs) {
  EXPECT_EQ(tree_of("a:\nb: 1\n"), "1:1 {1:1 a: 1:1 ~, 2:1 b: 2:4 1}");
  EXPECT_EQ(tree_of("a: {b, c: }\n"), "1:1 {1:1 a: 1:4 {1:5 b: 1:5 ~, 1:8 c: 1:8 ~}}");
  EXPECT_EQ(tree_of("- a\n-\n\n- b\n- \n"), "1:1 [1:3 a, 2:1 ~, 4:3 b, 5:1 ~]");
  EXPECT_EQ(tree_of("- -\n- &x\n- *x\n"), "1:1 [1:3 [1:3 ~], 2:3 ~, 3:3 ~]");
  EXPECT_EQ(tree_of("a:\n  - ~\n  - {b: null}\n"), "1:1 {1:1 a: 2:3 [2:5 ~, 3:5 {3:6 b: 3:9 ~}]}");
}

TEST(YamlTree, ExpandsAnAliasWhereItIsUsed) {
  EXPECT_EQ(tree_of("a: &x [1, 2]\nb: *x\n"),
            "1:1 {1:1 a: 1:4 [1:8 1, 1:11 2], 2:1 b: 2:4 [1:8 1, 1:11 2]}");
  EXPECT_EQ(tree_of("a: &x 'q'\nb: *x\n"), "1:1 {1:1 a: 1:4 \"q\", 2:1 b: 2:4 \"q\"}");
}

TEST(YamlTree, RefusesDuplicateKeysWithBothPlaces) {
  const Parsed parsed = parse("a: 1\nb: 2\na: 3\n'a': 4\nc: {x: 1, x: 2}\n");
  EXPECT_EQ(parsed.faults, (Texts{"f:3:1: duplicate key 'a', first given at line 1, column 1",
                                  "f:4:1: duplicate key 'a', first given at line 1, column 1",
                                  "f:5:11: duplicate key 'x', first given at line 5, column 5"}));
  ASSERT_TRUE(parsed.root);
  EXPECT_EQ(text_of(*parsed.root), "1:1 {1:1 a: 1:4 1, 2:1 b: 2:4 2, 5:1 c: 5:4 {5:5 x: 5:8 1}}");
}

TEST(YamlTree, RefusesMergeKeysTagsAndKeysThatAreNoNames) {
  EXPECT_EQ(faults_in("a: &x {b: 1}\nc:\n  <<: *x\n"),
            Texts{"f:3:3: merge keys ('<<') are not supported: write the keys out"});
  // What they would bring is there all the same, so that nothing is said to be missing.
  const Parsed merged = parse("a: &x {b: 1, c: 2}\nd: {<<: *x, c: 3}\ne: {<<: [*x]}\n");
  EXPECT_EQ(merged.faults.size(), 2U);
  EXPECT_EQ(text_of(*merged.root),
            "1:1 {1:1 a: 1:4 {1:8 b: 1:11 1, 1:14 c: 1:17 2}, "
            "2:1 d: 2:4 {2:13 c: 2:16 3, 1:8 b: 1:11 1}, "
            "3:1 e: 3:4 {1:8 b: 1:11 1, 1:14 c: 1:17 2}}");
  const std::string tag = "found a tag (a word that begins with '!'), which has no meaning here";
  EXPECT_EQ(faults_in("a: !!int 1\n"), Texts{"f:1:4: " + tag});
  EXPECT_EQ(faults_in("a: ! 1\n"), Texts{"f:1:4: " + tag});
  EXPECT_EQ(faults_in("a: !x [1]\nb: !y {c: 1}\n"), (Texts{"f:1:4: " + tag, "f:2:4: " + tag}));
  EXPECT_EQ(faults_in("? [a]\n: 1\n"), Texts{"f:1:3: found no name, expected the name of a key"});
  EXPECT_EQ(tree_of("'<<': 1\n"), "1:1 {1:1 \"<<\": 1:7 1}");
}

TEST(YamlTree, RefusesASecondDocument) {
  const std::string more =
      "found more after the end of the document, expected one document in a file";
  EXPECT_EQ(faults_in("a: 1\n---\nb: 2\n"), Texts{"f:2:1: " + more});
  EXPECT_EQ(faults_in("{a: 1} b\n"), Texts{"f:1:8: " + more});
  EXPECT_EQ(
      faults_in("%YAML 1.2\na: 1\n"),
      Texts{"f:2:1: not valid YAML: found no '---' between a line that begins with '%' and the "
            "document"});
}

// One that was forgotten swallows what follows, up to the next.
TEST(YamlTree, RefusesAnOpenQuote) {
  for (const char* end : {"", "\n", "\nb: 1\n", "\nb: 'c'\n"}) {
    EXPECT_EQ(faults_in(std::string("a: 'x") + end),
              Texts{"f:1:4: found no closing ' on the line, expected one"});
  }
  EXPECT_EQ(faults_in("a: \"x\\\""), Texts{"f:1:4: found no closing \" on the line, expected one"});
  EXPECT_EQ(faults_in("a: &q \"x\nb: 1"),
            Texts{"f:1:7: found no closing \" on the line, expected one"});
  EXPECT_EQ(faults_in("a: &q \"x\nb: \"y\"\n"),
            Texts{"f:1:7: found no closing \" on the line, expected one"});
  EXPECT_EQ(faults_in("a: &q # why\n  'x\n  y'\n"),
            Texts{"f:2:3: found no closing ' on the line, expected one"});
  EXPECT_EQ(faults_in("a: 1\n'b: 2\nc: 'd'\n"),
            Texts{"f:2:1: found no closing ' on the line, expected one"});
  EXPECT_EQ(faults_in("{a: 'x}\nb: 1\n"),
            Texts{"f:1:5: found no closing ' on the line, expected one"});
  EXPECT_EQ(faults_in("a: 'it''s\n"), Texts{"f:1:4: found no closing ' on the line, expected one"});
  EXPECT_EQ(tree_of("a: \"x\\\\\"\n"), "1:1 {1:1 a: 1:4 \"x\\\"}");
}

TEST(YamlTree, ExplainsWhatIsNoYaml) {
  EXPECT_EQ(faults_in("a:\n\tb: 1\n"),
            Texts{"f:2:1: not valid YAML: found a tab, expected indentation by spaces"});
  EXPECT_EQ(
      faults_in("a:\n  b: 1\n c: 2\n"),
      Texts{"f:3:2: not valid YAML: found what does not belong to the map that begins at line "
            "1, column 1: a wrong indentation, or a missing bracket, comma or quote"});
  EXPECT_EQ(
      faults_in("a: [1, 2\nb: 3\n"),
      Texts{"f:2:2: not valid YAML: found what does not belong to the list that begins at line "
            "1, column 4: a wrong indentation, or a missing bracket, comma or quote"});
  EXPECT_EQ(faults_in("a: b: c\n"),
            Texts{"f:1:5: not valid YAML: found a ':' where no key ends: a wrong indentation, or a "
                  "value that needs quotes"});
  EXPECT_EQ(
      faults_in("a: *x\n"),
      Texts{"f:1:4: not valid YAML: found an alias to an anchor that is not defined before it"});
  EXPECT_EQ(
      faults_in("a: @x\n"),
      Texts{"f:1:4: not valid YAML: found a character that cannot begin a value: put the value "
            "in quotes"});
}

TEST(YamlTree, ExplainsWhatIsNoYamlWhereItStands) {
  const auto invalid = [](const std::string& place, const std::string& why) {
    return Texts{"f:" + place + ": not valid YAML: " + why};
  };
  const auto instead = [](const char* what) {
    return std::string("found a '") + what +
           "' where a value is expected: a missing value, or one that needs quotes";
  };
  EXPECT_EQ(faults_in(", \n"), invalid("1:1", instead(",")));
  EXPECT_EQ(faults_in("a: [1,, 2]\n"), invalid("1:7", instead(",")));
  EXPECT_EQ(faults_in("a: ]\n"), invalid("1:4", instead("]")));
  const std::string no_key =
      "found a ':' behind no key: a missing key, or a value that needs quotes";
  EXPECT_EQ(faults_in("{: 1}\n"), invalid("1:2", no_key));
  EXPECT_EQ(faults_in("a: [:80]\n"), invalid("1:5", no_key));
  EXPECT_EQ(faults_in("a: [fe80::]\n"),
            invalid("1:10",
                    "found a ':' at the end of a value in brackets or braces: put the value "
                    "in quotes"));
  const std::string no_colon =
      "found no ':' after what stands where a key is expected: a missing ':' or '-', or a wrong "
      "indentation";
  EXPECT_EQ(faults_in("a: 1\nb\nc: 2\n"), invalid("2:1", no_colon));
  EXPECT_EQ(faults_in("a: 1\nb\n"), invalid("2:1", no_colon));
  EXPECT_EQ(faults_in("a: -\n"),
            invalid("1:4",
                    "found a '-' where no entry of a list can begin: a wrong indentation, or "
                    "a value that needs quotes"));
  EXPECT_EQ(faults_in("-\tx\n"), invalid("1:2", "found a tab, expected a space"));
  EXPECT_EQ(faults_in("a: *.example\n"),
            invalid("1:5",
                    "found a '*' or '&' without the name of an anchor, expected letters, "
                    "digits, '_' or '-': put a text that begins so in quotes"));
  EXPECT_EQ(faults_in("a: \"\\d+\"\n"),
            invalid("1:5",
                    "found a '\\' that escapes nothing: double it, or put the value in "
                    "single quotes"));
  EXPECT_EQ(faults_in("a: !{x\n"),
            Texts{"f:1:4: found a tag (a word that begins with '!'), which has no meaning here"});
  // Said of nothing else, it is what libyaml says.
  EXPECT_EQ(faults_in("%FOO x\n---\na: 1\n"), invalid("1:5", "found unknown directive name"));
}

TEST(YamlTree, CountsColumnsInBytes) {
  EXPECT_EQ(tree_of("\u00e9: \u00fc # \u20ac\nb: [\u00df, x]\n\u20ac: {c: }\n"),
            "1:1 {1:1 \u00e9: 1:5 \u00fc, 2:1 b: 2:4 [2:5 \u00df, 2:9 x], "
            "3:1 \u20ac: 3:6 {3:7 c: 3:7 ~}}");
  EXPECT_EQ(faults_in("\u00e9: 1\nb: [\u00fc, @]\n"),
            Texts{"f:2:9: not valid YAML: found a character that cannot begin a value: put the "
                  "value in quotes"});
  EXPECT_EQ(faults_in("\u00e9: \"\u00fc\n"),
            Texts{"f:1:5: found no closing \" on the line, expected one"});
}

// libyaml alone would take the first colon for the end of a key.
TEST(YamlTree, TakesAnAddressThatBeginsWithColons) {
  EXPECT_EQ(tree_of("a: [::1, ::]\nb: {c: ::/0, d: ::1}\ne: ::1\n"),
            "1:1 {1:1 a: 1:4 [1:5 ::1, 1:10 ::], 2:1 b: 2:4 {2:5 c: 2:8 ::/0, 2:14 d: 2:17 ::1}, "
            "3:1 e: 3:4 ::1}");
  EXPECT_EQ(tree_of("a: '[::1]:80 ::2' # ::3\n::4: \u00e9\n"),
            "1:1 {1:1 a: 1:4 \"[::1]:80 ::2\", 2:1 ::4: 2:6 \u00e9}");
  EXPECT_EQ(tree_of("a: ::1\nb: \ue000\n"), "1:1 {1:1 a: 1:4 ::1, 2:1 b: 2:4 \ue000}");
  EXPECT_EQ(faults_in("a: [::1, @]\n").at(0).substr(0, 6), "f:1:10");
}

TEST(YamlTree, NamesTheKeyWhoseColonLacksABlank) {
  const auto lacks = [](const std::string& place, const std::string& key) {
    return Texts{"f:" + place + ": not valid YAML: found no blank after the colon of '" + key +
                 "', expected '" + key + ": ...'"};
  };
  EXPECT_EQ(faults_in("version:1\nnode: a\n"), lacks("1:1", "version"));
  EXPECT_EQ(faults_in("a:\n  - name:web\n    # why\n\n    interface: eth0\n"),
            lacks("2:5", "name"));
  EXPECT_EQ(faults_in("a:\n  - name: web\n    interface:eth0\n    b: 1\n"),
            lacks("3:5", "interface"));
  EXPECT_EQ(faults_in("a:\n  - name: web\n    interface:eth0\nb: 1\n"), lacks("3:5", "interface"));
  const Parsed parsed = parse("a: {name:web, b: 1}\n");
  EXPECT_EQ(parsed.faults,
            Texts{"f:1:5: found no blank after the colon of 'name', expected 'name: ...'"});
  EXPECT_EQ(text_of(*parsed.root), "1:1 {1:1 a: 1:4 {1:5 name: 1:5 web, 1:15 b: 1:18 1}}");
  // What is one text.
  EXPECT_EQ(tree_of("a: {fe80::1, dead:beef::1, http://x: 1}\n"),
            "1:1 {1:1 a: 1:4 {1:5 fe80::1: 1:5 ~, 1:14 dead:beef::1: 1:14 ~, 1:28 http://x: 1:38 "
            "1}}");
  EXPECT_EQ(faults_in("a: http://x: c\n").at(0).substr(0, 37),
            "f:1:12: not valid YAML: found a ':' w");
}

TEST(YamlTree, BoundsDepth) {
  const auto nested = [](std::size_t depth) {
    return std::string(depth, '[') + std::string(depth, ']');
  };
  EXPECT_EQ(faults_in(nested(kYamlDepthMax)), Texts{});
  EXPECT_EQ(faults_in(nested(kYamlDepthMax + 1)),
            Texts{"f:1:33: found values nested more than 32 deep"});
  const Texts open_ended = faults_in(std::string(100'000, '['));
  ASSERT_EQ(open_ended.size(), 1U);
  EXPECT_TRUE(open_ended[0].ends_with("found values nested more than 32 deep")) << open_ended[0];
  // Aliases add up: each of these stands in a list that stands in the next.
  std::string chain = "- &a0 1\n";
  for (int i = 1; i <= 40; ++i) {
    chain += "- &a" + std::to_string(i) + " [*a" + std::to_string(i - 1) + "]\n";
  }
  EXPECT_EQ(faults_in(chain), Texts{"f:32:9: found values nested more than 32 deep"});
}

TEST(YamlTree, BoundsWhatAliasesExpandTo) {
  std::string bomb = "a0: &a0 x\n";
  for (int i = 1; i <= 9; ++i) {
    const std::string before = "*a" + std::to_string(i - 1);
    bomb += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [";
    for (int j = 0; j < 10; ++j) bomb += (j > 0 ? ", " : "") + before;
    bomb += "]\n";
  }
  const Texts faults = faults_in(bomb);
  ASSERT_EQ(faults.size(), 1U);
  EXPECT_NE(faults[0].find("found more than 1000000 values"), std::string::npos) << faults[0];
  EXPECT_EQ(faults_in("a: &x [*x]\n"),
            Texts{"f:1:8: found an alias inside the value that it stands for"});
}

}  // namespace
}  // namespace holdfast
