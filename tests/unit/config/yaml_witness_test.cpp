// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/config/yaml_witness.h"

#include <gtest/gtest.h>

#include <array>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <vector>

#include "config/yaml_tree.h"
#include "tests/unit/config/faults_of.h"

// Two parsers of YAML that share nothing see the same tree: of each document that there is here, of
// random ones, and of those with some characters wrong, where both take them.
namespace holdfast {
namespace {

using Kind = YamlNode::Kind;

const std::filesystem::path kSource = HOLDFAST_SOURCE_DIR;

// With each value's place; but what is missing is nowhere, and each parser puts it elsewhere.
std::string text_of(const YamlNode& node) {
  if (node.kind == Kind::kNull) return "~";
  std::string text = std::to_string(node.line) + ':' + std::to_string(node.column) + ' ';
  if (node.kind == Kind::kScalar)
    return text + (node.quoted ? '"' + std::string(node.text) + '"' : std::string(node.text));
  text += node.kind == Kind::kMap ? "map {" : "list [";
  for (const YamlNode& child : node.children) text += text_of(child) + ",\n";
  return text + "end";
}

struct Seen {
  std::string holdfast;  // empty: refused
  std::string witness;
};

Seen seen(const std::string& document) {
  Faults faults("f");
  const auto tree = parse_yaml(document, faults);
  const auto theirs = witness_tree(document);
  return {tree && faults.empty() ? text_of(*tree) : "", theirs ? text_of(*theirs) : ""};
}

void expect_same(const std::string& document) {
  const Seen both = seen(document);
  EXPECT_FALSE(both.holdfast.empty()) << document;
  EXPECT_EQ(both.holdfast, both.witness) << document;
}

// Those of a file of YAML, or of the blocks of a text in Markdown.
std::vector<std::string> documents_of(const std::filesystem::path& path) {
  std::vector<std::string> found;
  if (path.extension() != ".yaml" && path.extension() != ".md") return found;
  std::ifstream file(path);
  const std::string text(std::istreambuf_iterator<char>(file), {});
  if (path.extension() == ".yaml") return {text};
  constexpr std::string_view kFence = "\n```yaml\n";
  for (std::size_t at = text.find(kFence); at != std::string::npos; at = text.find(kFence, at)) {
    at += kFence.size();
    found.push_back(text.substr(at, text.find("```", at) - at));
  }
  return found;
}

std::vector<std::string> all_documents() {
  std::vector<std::string> all;
  for (const char* const folder : {"config/examples", "docs", "tests/fuzz/corpus/config"}) {
    for (const auto& entry : std::filesystem::directory_iterator(kSource / folder)) {
      for (std::string& one : documents_of(entry.path())) all.push_back(std::move(one));
    }
  }
  return all;
}

// Maps and lists in every style, and what stands in them in every way to write it.
class RandomDocument {
 public:
  RandomDocument(unsigned seed, bool anchors) : engine_(seed), anchored_(anchors) {}

  std::string text() {
    std::string text = chance(4) ? "# first\n---\n" : "";
    map(text, 0, 0);
    return text;
  }
  // With one to three characters of it changed.
  std::string spoilt(std::string text) {
    constexpr std::string_view kCharacters = " \n:,[]{}-#'\"|>~.\\a1";
    for (std::size_t changes = 1 + below(3); changes > 0; --changes) {
      const char c = kCharacters[below(kCharacters.size())];
      const std::size_t at = below(text.size());
      if (chance(2)) {
        text.insert(at, 1, c);
      } else if (chance(2)) {
        text.erase(at, 1 + below(3));
      } else {
        text[at] = c;
      }
    }
    return text;
  }

 private:
  std::size_t below(std::size_t bound) { return engine_() % bound; }
  bool chance(std::size_t one_in) { return below(one_in) == 0; }

  std::string end_of_line() {
    if (chance(8)) return "  # a comment: {\n";
    return chance(8) ? "\n\n" : "\n";
  }

  std::string flow_scalar() {
    constexpr std::array<std::string_view, 20> kScalars{
        "192.0.2.1:80", "::1",         "fe80::1/64", "-20",      "1s",       "a b  c",
        "true",         "~",           "null",       "a#b",      "http://x", "-x",
        "''",           "'it''s'",     "\"\"",       "\"a\\n\"", "'[x]: #'", "\u00fc\u20ac",
        "\"\\u00e9\"",  "\"::1 \\\\\""};
    return std::string(kScalars.at(below(kScalars.size())));
  }

  std::string flow(std::size_t depth) {
    if (depth > 3 || chance(2)) return flow_scalar();
    const bool map = chance(2);
    std::string text = map ? "{" : "[";
    for (std::size_t i = 0; i < below(4); ++i) {
      if (i > 0) text += chance(6) ? ",\n          " : ", ";
      if (map) text += key(i) + ": ";
      text += flow(depth + 1);
    }
    return text + (map ? "}" : "]");
  }

  std::string key(std::size_t number) {
    constexpr std::array<std::string_view, 4> kKeys{"key", "a key", "k\u00e9y", "key-"};
    const std::string name = std::string(kKeys.at(below(kKeys.size()))) + std::to_string(number);
    return chance(8) ? '"' + name + '"' : name;
  }

  std::string anchored(const std::string& text) {
    if (!anchored_) return text;
    if (chance(6) && anchors_ > 0) return "*a" + std::to_string(below(anchors_) + 1);
    return chance(6) ? "&a" + std::to_string(++anchors_) + " " + text : text;
  }

  // What follows a colon or a dash.
  void value(std::string& text, std::size_t indent, std::size_t depth) {
    const std::string margin(indent + 2, ' ');
    const std::size_t way = below(depth > 3 ? 6 : 9);
    if (way == 0) {
      text += "\n";
    } else if (way == 1) {
      text += (chance(2) ? " |\n" : " >-\n") + margin + "one: #\n\n" + margin + "  two\n" + margin +
              "three\n";
    } else if (way < 6) {
      text += ' ' + anchored(way == 2 ? flow(depth) : flow_scalar()) + end_of_line();
    } else {
      text += end_of_line();
      if (chance(2)) {
        map(text, indent + 2, depth + 1);
      } else {
        list(text, indent + 2, depth + 1);
      }
    }
  }

  void map(std::string& text, std::size_t indent, std::size_t depth) {
    const std::size_t count = 1 + below(4);
    for (std::size_t i = 0; i < count; ++i) {
      text += std::string(indent, ' ') + key(i) + ':';
      value(text, indent, depth);
    }
  }

  void list(std::string& text, std::size_t indent, std::size_t depth) {
    const std::size_t count = 1 + below(4);
    for (std::size_t i = 0; i < count; ++i) {
      text += std::string(indent, ' ') + '-';
      if (chance(3)) {
        text += ' ' + key(0) + ": " + flow_scalar() + '\n' + std::string(indent + 2, ' ') + key(1) +
                ':';
        value(text, indent + 2, depth + 1);
      } else {
        value(text, indent, depth);
      }
    }
  }

  std::mt19937 engine_;
  bool anchored_;
  std::size_t anchors_ = 0;
};

TEST(YamlWitness, SeesEachDocumentAsWeDo) {
  std::size_t taken = 0;
  for (const std::string& document : all_documents()) {
    const Seen both = seen(document);
    if (both.holdfast.empty()) continue;  // one that is to be refused
    EXPECT_EQ(both.holdfast, both.witness) << document;
    ++taken;
  }
  EXPECT_GE(taken, 20U);
}

TEST(YamlWitness, SeesRandomDocumentsAsWeDo) {
  for (unsigned seed = 0; seed < 500 && !testing::Test::HasFailure(); ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::string document = RandomDocument(seed, true).text();
    expect_same(document);
    if (seed % 5 != 0) continue;
    for (std::size_t at = 0; (at = document.find('\n', at)) != std::string::npos; at += 2) {
      document.insert(at, 1, '\r');
    }
    expect_same(document);
  }
}

// Without anchors: in "&a:b" one sees the anchor a, the other one called a:b.
TEST(YamlWitness, SeesWhatIsSpoiltAsWeDoIfItTakesItToo) {
  std::size_t taken = 0;
  for (unsigned seed = 0; seed < 3000 && !testing::Test::HasFailure(); ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    RandomDocument random(seed, false);
    const std::string document = random.spoilt(random.text());
    const Seen both = seen(document);
    if (both.holdfast.empty() || both.witness.empty()) continue;
    ++taken;
    EXPECT_EQ(both.holdfast, both.witness) << document;
  }
  EXPECT_GE(taken, 100U);
}

}  // namespace
}  // namespace holdfast
