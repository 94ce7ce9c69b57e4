// SPDX-License-Identifier: Apache-2.0
#include "config/variables.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "config/merge.h"
#include "config/nearest.h"
#include "config/scalars.h"
#include "config/sealed.h"
#include "config/shape.h"

namespace holdfast {
namespace {

using Kind = YamlNode::Kind;

constexpr std::string_view kOpen = "${";
constexpr std::string_view kEnvironment = "env:";
constexpr std::size_t kEnvironmentMax = 256;

bool is_word(std::string_view text, std::string_view also) {
  return std::all_of(text.begin(), text.end(), [also](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           also.find(c) != std::string_view::npos;
  });
}

// Most texts have not even the sign.
bool refers(const YamlNode& node) {
  return node.text.find('$') != std::string_view::npos &&
         node.text.find(kOpen) != std::string_view::npos;
}

// The name, if a text is one reference and nothing else.
std::optional<std::string_view> sole_reference(std::string_view text) {
  if (!text.starts_with(kOpen) || text.find('}') != text.size() - 1) return std::nullopt;
  return text.substr(kOpen.size(), text.size() - kOpen.size() - 1);
}

}  // namespace

Variables::Variables(const YamlNode& variables, std::string_view node, const Outside* outside,
                     Faults& faults)
    : outside_(outside), faults_(faults) {
  for (std::size_t i = 0; i + 1 < variables.children.size(); i += 2) {
    const YamlNode& name = variables.children[i];
    if (name.text.empty() || name.text.size() > 64 || !is_word(name.text, "_-.")) {
      faults.add(name, "variables: found " + quote(name.text) +
                           ", expected a name of 1 to 64 letters, digits, '.', '_' or '-'");
    } else if (name.text == "node") {
      faults.add(name, "variables: 'node' is the name of the node always");
    } else {
      variables_.emplace(name.text, &variables.children[i + 1]);
    }
  }
  node_.kind = Kind::kScalar;
  node_.text = node;
  variables_.emplace("node", &node_);
}

void Variables::substitute(YamlNode& node) {
  if (node.kind == Kind::kScalar) {
    if (refers(node)) replace(node);
    return;
  }
  const bool map = node.kind == Kind::kMap;
  for (std::size_t i = 0; i < node.children.size(); ++i) {
    YamlNode& child = node.children[i];
    if (child.kind == Kind::kScalar && !refers(child)) continue;
    if (map && i % 2 == 0) {
      faults_.add(child, "found a reference in the name of a key, expected it in a value");
    } else if (!map || !replace_credential(node.children[i - 1], child)) {
      substitute(child);
    }
  }
}

// A secret never stands in a document: what names its file may name a credential instead.
bool Variables::replace_credential(YamlNode& key, YamlNode& value) {
  if (value.kind != Kind::kScalar || !(key.text == "key" || key.text.ends_with("_file")))
    return false;
  const auto name = sole_reference(value.text);
  if (!name || !name->starts_with(kCredential)) return false;
  used_ = true;
  if (key.text == "key_file") {
    key.text = "credential";
    value.text = std::string(name->substr(kCredential.size()));
  } else {
    value.text = std::string(*name);
  }
  return true;
}

void Variables::replace(YamlNode& scalar) {
  used_ = true;
  const auto name = sole_reference(scalar.text);
  if (!name) {
    replace_parts(scalar);
    return;
  }
  const YamlNode* value = value_of(*name, scalar);
  if (value == nullptr || !affordable(*value, scalar)) return;
  YamlNode put = *value;
  stack_.emplace_back(*name);
  substitute(put);
  stack_.pop_back();
  put.line = scalar.line;
  put.column = scalar.column;
  put.file = scalar.file;
  scalar = std::move(put);
}

void Variables::replace_parts(YamlNode& scalar) {
  const std::string text = scalar.text;
  std::string put;
  std::size_t at = 0;
  while (at < text.size()) {
    const std::size_t open = text.find(kOpen, at);
    if (open == std::string::npos) break;
    if (open > at && text[open - 1] == '$') {  // "$${" is "${"
      put.append(text, at, open - 1 - at).append(kOpen);
      at = open + kOpen.size();
      continue;
    }
    put.append(text, at, open - at);
    const std::size_t close = text.find('}', open);
    if (close == std::string::npos) {
      faults_.add(scalar, "found '${' without '}', expected ${NAME}, or $${ for the characters");
      return;
    }
    const std::string name = text.substr(open + kOpen.size(), close - open - kOpen.size());
    at = close + 1;
    const YamlNode* value = value_of(name, scalar);
    if (value == nullptr || !affordable(*value, scalar)) return;
    YamlNode part = *value;
    stack_.push_back(name);
    substitute(part);
    stack_.pop_back();
    if (part.kind != Kind::kScalar) {
      faults_.add(scalar, "the variable " + quote(name) +
                              " is no single value, expected it to stand alone");
      return;
    }
    put += part.text;
  }
  put.append(text, std::min(at, text.size()), std::string::npos);
  scalar.text = put;
}

const YamlNode* Variables::value_of(std::string_view name, const YamlNode& at) {
  if (name.starts_with(kEnvironment)) {
    const std::string wanted(name.substr(kEnvironment.size()));
    const auto known = environment_.find(wanted);
    if (known != environment_.end() && !stack_.empty()) return &known->second;
    const std::optional<std::string> found = environment(wanted, at);
    if (!found) return nullptr;
    YamlNode value;
    value.kind = Kind::kScalar;
    value.text = *found;
    return &environment_.emplace(wanted, std::move(value)).first->second;
  }
  if (name.starts_with(kCredential)) {
    faults_.add(at, "a credential may be named alone, and where the file of a secret is");
    return nullptr;
  }
  const auto found = variables_.find(name);
  if (found == variables_.end()) {
    std::vector<std::string_view> names;
    for (const auto& [known, value] : variables_) names.push_back(known);
    faults_.add(at, "no variable is called " + quote(name) + did_you_mean(name, names));
    return nullptr;
  }
  if (std::find(stack_.begin(), stack_.end(), name) != stack_.end()) {
    faults_.add(at, "the variable " + quote(name) + " is made of itself");
    return nullptr;
  }
  return found->second;
}

std::optional<std::string> Variables::environment(const std::string& name, const YamlNode& at) {
  if (stack_.empty()) {
    faults_.add(at, "the environment may be asked in 'variables' only");
    return std::nullopt;
  }
  std::optional<std::string> value = outside_ != nullptr && !name.empty() && is_word(name, "_")
                                         ? outside_->environment(name)
                                         : std::nullopt;
  if (!value) {
    faults_.add(at, "the environment has no " + quote(name));
  } else if (value->size() > kEnvironmentMax || !is_word(*value, "._:/-")) {
    faults_.add(at, "the environment's " + quote(name) +
                        " is no word of at most 256 letters, digits, '.', '_', ':', '/' or '-'");
  } else {
    return value;
  }
  return std::nullopt;
}

// A variable of a list of variables of lists grows fast.
bool Variables::affordable(const YamlNode& node, const YamlNode& at) {
  const auto count = [this](const auto& self, const YamlNode& one) -> void {
    ++nodes_;
    bytes_ += one.text.size();
    for (const YamlNode& child : one.children) self(self, child);
  };
  if (!exhausted_) count(count, node);
  if (nodes_ <= kYamlNodesMax && bytes_ <= kDocumentSizeMax) return true;
  if (!std::exchange(exhausted_, true)) {
    faults_.add(at, "the variables make the document larger than 16 MiB or 1000000 values");
  }
  return false;
}

}  // namespace holdfast
