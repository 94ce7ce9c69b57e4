// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/config/yaml_witness.h"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

#include <map>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

namespace holdfast {
namespace {

using Kind = YamlNode::Kind;

class Witness : public YAML::EventHandler {
 public:
  void OnDocumentStart(const YAML::Mark&) override { ++documents_; }
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    add(node_of(Kind::kNull, mark), anchor);
  }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    YamlNode node = anchors_[anchor];
    node.line = mark.line + 1;
    node.column = mark.column + 1;
    add(std::move(node), 0);
  }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    YamlNode node = node_of(Kind::kScalar, mark);
    node.text = value;
    node.quoted = tag == "!";
    add(std::move(node), anchor);
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    open_.emplace_back(node_of(Kind::kSequence, mark), anchor);
  }
  void OnMapStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    open_.emplace_back(node_of(Kind::kMap, mark), anchor);
  }
  void OnSequenceEnd() override { close(); }
  void OnMapEnd() override { close(); }

  int documents() const { return documents_; }
  YamlNode take_root() { return std::move(root_); }

 private:
  static YamlNode node_of(Kind kind, const YAML::Mark& mark) {
    YamlNode node;
    node.kind = kind;
    node.line = mark.line + 1;
    node.column = mark.column + 1;
    return node;
  }

  void close() {
    auto [node, anchor] = std::move(open_.back());
    open_.pop_back();
    add(std::move(node), anchor);
  }

  void add(YamlNode node, YAML::anchor_t anchor) {
    if (anchor != 0) anchors_[anchor] = node;
    YamlNode& into = open_.empty() ? root_ : open_.back().first.children.emplace_back();
    into = std::move(node);
  }

  int documents_ = 0;
  YamlNode root_;
  std::vector<std::pair<YamlNode, YAML::anchor_t>> open_;
  std::map<YAML::anchor_t, YamlNode> anchors_;
};

}  // namespace

std::optional<YamlNode> witness_tree(std::string_view document) {
  std::istringstream stream{std::string(document)};
  Witness witness;
  try {
    YAML::Parser parser(stream);
    // Not in a loop: on a stray ',' yaml-cpp yields empty documents for ever.
    if (parser.HandleNextDocument(witness)) parser.HandleNextDocument(witness);
  } catch (const YAML::Exception&) {
    return {};
  }
  if (witness.documents() > 1) return {};
  return witness.take_root();
}

}  // namespace holdfast
