// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "config/compose.h"
#include "config/faults.h"
#include "config/yaml_tree.h"

namespace holdfast {

// Puts values in the place of references. `${name}` is a variable, `${node}` the node, `$${` is
// `${`. A value that is nothing but a reference becomes what the variable is, a list or a map too,
// and stands where the reference did. In a longer text the variable must be a single value.
// `${env:NAME}` may stand in variables only: one place to look at, and plain words only.
// `key_file: ${credential:NAME}` becomes `credential: NAME`, and that of another secret's file
// `credential:NAME`.
class Variables {
 public:
  // `variables`: a map, or nothing. All outlive this.
  Variables(const YamlNode& variables, std::string_view node, const Outside* outside,
            Faults& faults);

  void substitute(YamlNode& node);
  bool used() const { return used_; }  // there was a reference

 private:
  void replace(YamlNode& scalar);
  void replace_parts(YamlNode& scalar);
  bool replace_credential(YamlNode& key, YamlNode& value);
  const YamlNode* value_of(std::string_view name, const YamlNode& at);
  std::optional<std::string> environment(const std::string& name, const YamlNode& at);
  bool affordable(const YamlNode& node, const YamlNode& at);

  std::map<std::string, const YamlNode*, std::less<>> variables_;
  YamlNode node_;
  const Outside* outside_;
  Faults& faults_;
  std::vector<std::string> stack_;  // variables that are being put in
  std::map<std::string, YamlNode> environment_;
  std::size_t nodes_ = 0;  // put in
  std::size_t bytes_ = 0;
  bool exhausted_ = false;
  bool used_ = false;
};

}  // namespace holdfast
