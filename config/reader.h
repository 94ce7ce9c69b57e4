// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "common/core/time.h"
#include "config/faults.h"
#include "config/shape.h"
#include "config/yaml_tree.h"

namespace holdfast {

// "priority: found '300', expected a whole number from 1 to 255". `key` is what the value stands
// under. `hint` follows as it is.
void expected(Faults& faults, std::string_view key, const YamlNode& found, std::string_view what,
              std::string_view hint = {});

// The text of a value that must be a single one, else null and a fault.
const YamlText* read_text(Faults& faults, std::string_view key, const YamlNode& node,
                          std::string_view what);

// Whether a reader of a value takes this text: for TextForm::valid, by the very reader, so that
// there is no second grammar. `read(faults, node)`.
template <typename Read>
bool is_taken(std::string_view text, Read read) {
  YamlNode node;
  node.kind = YamlNode::Kind::kScalar;
  node.text = text;
  Faults faults("");
  read(faults, node);
  return faults.empty();
}

// The name of a network interface, else null and a fault.
const YamlText* read_interface(Faults& faults, std::string_view key, const YamlNode& node);

// A fault: a key that the table does not have. Returns what was probably meant.
std::optional<std::string_view> refuse_unknown_key(Faults& faults, const YamlNode& key,
                                                   std::string_view what, const Keys& keys);

// The map at a node, read key by key against the table of those it may have. An unknown key is a
// fault, and so is a required one that is absent; one that is a typo of a key that is missing is
// read as that key, so that a slip makes one fault. Each reading function takes the form from the
// table, and returns the value's node if the key is there and its value is right, else null, with a
// fault unless the key is absent; then the variable keeps what it had, its default. A key or a form
// that the table does not have is a mistake of the caller's: a fault, too, and no more, since root
// reads configurations by this in a daemon that must go on running.
class MapReader {
 public:
  // `what` names the map, where it is not what the shape says: "an instance".
  MapReader(Faults& faults, const YamlNode& node, const Shape& shape, std::string_view what = {});

  const YamlNode& node() const { return node_; }
  bool is_map() const { return node_.kind == YamlNode::Kind::kMap; }
  bool has(std::string_view key) const { return find(key) != nullptr; }
  const YamlNode* find(std::string_view key) const;
  void require(
      std::string_view key);  // a fault if it is absent, although the shape has it optional

  // The entries of a list; none if the key is absent. The fault of too many is at the first that
  // is one too many, and the rest is left out.
  std::vector<const YamlNode*> list(std::string_view key);
  const YamlNode* text(std::string_view key, std::string& value);
  const YamlNode* boolean(std::string_view key, bool& value,
                          std::string_view what = "true or false");
  const YamlNode* duration(std::string_view key, Duration& value);
  // One whose range is `what`, which `allowed` knows.
  const YamlNode* duration(std::string_view key, std::string_view what,
                           const std::function<bool(Duration)>& allowed, Duration& value);

  template <typename T>
  const YamlNode* integer(std::string_view key, T& value) {
    const Form& form = form_of(key, Form::Kind::kInteger);
    return integer(key, form.min, form.max, value);
  }
  // One whose range depends on another value.
  template <typename T>
  const YamlNode* integer(std::string_view key, std::int64_t min, std::int64_t max, T& value) {
    const std::optional<std::int64_t> number = integer(key, min, max);
    if (number) value = static_cast<T>(*number);
    return number ? find(key) : nullptr;
  }

  template <typename E, std::size_t N>
  const YamlNode* choice(std::string_view key, const std::array<Choice<E>, N>& choices, E& value) {
    std::array<std::string_view, N> names;
    std::transform(choices.begin(), choices.end(), names.begin(),
                   [](const Choice<E>& choice) { return choice.name; });
    const std::optional<std::size_t> index = choice_index(key, names);
    if (index) value = choices.at(*index).value;
    return index ? find(key) : nullptr;
  }

 private:
  std::optional<std::size_t> index_if(std::string_view key) const;
  void undeclared(std::string_view key) const;
  const Form& form_of(std::string_view key, Form::Kind kind) const;
  std::optional<std::int64_t> integer(std::string_view key, std::int64_t min, std::int64_t max);
  std::optional<std::size_t> choice_index(std::string_view key,
                                          std::span<const std::string_view> names);

  Faults& faults_;
  const YamlNode& node_;
  const Shape& shape_;
  std::string_view what_;
  std::vector<const YamlNode*> values_;  // one a key; null: absent
};

}  // namespace holdfast
