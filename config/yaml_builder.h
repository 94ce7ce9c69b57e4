// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/faults.h"
#include "config/yaml_node.h"

namespace holdfast {

struct YamlPlace {
  int line = 1;
  int column = 1;
};

// A tree of what a parser meets in a document, one call an event. It refuses what YAML allows and a
// configuration does not: see parse_yaml(). A fatal fault ends it: nothing may be added after that.
class YamlBuilder {
 public:
  explicit YamlBuilder(Faults& faults) : faults_(faults) {}

  // Of each value; of a map or list those within it are added before it is closed. An anchor that
  // is empty is none.
  void add_null(YamlPlace at, std::string_view anchor);
  void add_scalar(YamlPlace at, std::string_view text, bool quoted, std::string_view anchor);
  void add_alias(YamlPlace at, std::string_view anchor);
  void open(YamlNode::Kind kind, YamlPlace at, std::string_view anchor);
  void close();

  // Is what comes next the value of a key? That key, or null.
  const YamlNode* key() const;
  const YamlNode* innermost() const { return open_.empty() ? nullptr : &values_[open_.back().at]; }

  void fatal(YamlPlace at, std::string message);
  bool stopped() const { return stopped_; }
  YamlNode take_root() { return values_.empty() ? YamlNode() : std::move(values_.front()); }

 private:
  using Anchor = std::optional<std::size_t>;  // in `anchored_`
  struct Open {
    std::size_t at;  // in `values_`, where what it contains follows it
    Anchor anchor;
  };
  struct Extent {
    std::size_t nodes;
    std::size_t depth;
  };

  static Extent extent_of(const YamlNode& node);
  Anchor defined(std::string_view anchor);
  void completed(Anchor anchor);
  YamlNode* fresh(YamlNode::Kind kind, YamlPlace at, Extent extent = {1, 1});
  bool within_budget(YamlPlace at, Extent extent);
  void keep_unique_keys(YamlNode& map);
  void take_merged(const YamlNode& value, YamlNode& map);
  void part_from_value(YamlNode& key, YamlNode& value);

  Faults& faults_;
  bool stopped_ = false;
  std::size_t nodes_ = 0;
  std::vector<YamlNode> values_;  // what is open, and in it: each gets memory once, when complete
  std::vector<Open> open_;
  std::map<std::string, std::size_t, std::less<>> anchors_;  // the latest of each name
  std::vector<std::optional<YamlNode>> anchored_;            // nothing: not complete
};

}  // namespace holdfast
