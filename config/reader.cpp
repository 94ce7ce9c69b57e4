// SPDX-License-Identifier: Apache-2.0
#include "config/reader.h"

#include <algorithm>
#include <cstddef>

#include "common/core/result.h"
#include "config/keepalived_words.h"
#include "config/nearest.h"
#include "config/scalars.h"

namespace holdfast {
namespace {

using Kind = YamlNode::Kind;

std::string describe(const YamlNode& node) {
  switch (node.kind) {
    case Kind::kNull:
      return "nothing";
    case Kind::kSequence:
      return node.children.empty() ? "an empty list" : "a list";
    case Kind::kMap:
      return "a map";
    case Kind::kScalar:
      break;
  }
  return node.text.empty() ? "an empty text" : quote(node.text);
}

std::string joined(const std::vector<std::string_view>& words, std::string_view last_separator) {
  std::string text;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (i > 0) text += i + 1 == words.size() ? last_separator : ", ";
    text += words[i];
  }
  return text;
}

std::vector<std::string_view> names_of(const Keys& keys) {
  std::vector<std::string_view> names;
  for (const Key& key : keys) names.push_back(key.name);
  return names;
}

}  // namespace

void expected(Faults& faults, std::string_view key, const YamlNode& found, std::string_view what,
              std::string_view hint) {
  std::string message(key);
  message += ": found " + describe(found) + ", expected ";
  message.append(what).append(hint);
  faults.add(found, message);
}

const YamlText* read_text(Faults& faults, std::string_view key, const YamlNode& node,
                          std::string_view what) {
  if (node.kind == Kind::kScalar) return &node.text;
  expected(faults, key, node, what);
  return nullptr;
}

const YamlText* read_interface(Faults& faults, std::string_view key, const YamlNode& node) {
  const YamlText* text = read_text(faults, key, node, kInterfaceText.what);
  if (text == nullptr || is_interface(*text)) return text;
  expected(faults, key, node, kInterfaceText.what);
  return nullptr;
}

std::optional<std::string_view> refuse_unknown_key(Faults& faults, const YamlNode& key,
                                                   std::string_view what, const Keys& keys) {
  const std::vector<std::string_view> names = names_of(keys);
  if (const KeepalivedWord* const known = keepalived_word(key.text)) {
    faults.add(key, "unknown key " + quote(key.text) + " in " + std::string(what) +
                        ", keepalived's word for: " + std::string(known->here));
    const bool here = std::find(names.begin(), names.end(), known->key) != names.end();
    return here ? std::optional(known->key) : std::nullopt;
  }
  const auto meant = nearest(key.text, names);
  faults.add(key, "unknown key " + quote(key.text) + " in " + std::string(what) +
                      (meant ? did_you_mean(key.text, names)
                             : ", expected one of " + joined(names, " or ")));
  return meant;
}

MapReader::MapReader(Faults& faults, const YamlNode& node, const Shape& shape,
                     std::string_view what)
    : faults_(faults),
      node_(node),
      shape_(shape),
      what_(what.empty() ? shape.what : what),
      values_(shape.keys.size()) {
  if (!is_map()) {
    const std::size_t colon = node.text.find(':');
    const bool tight = !node.quoted && colon != std::string::npos &&
                       index_if(std::string_view(node.text).substr(0, colon)).has_value();
    expected(faults, what_, node, "a map with the keys " + joined(names_of(shape.keys), " and "),
             tight ? ": put a blank after the colon" : "");
    return;
  }
  std::vector<std::size_t> unknown;
  for (std::size_t i = 0; i < node.children.size(); i += 2) {
    if (const auto index = index_if(node.children[i].text)) {
      values_[*index] = &node.children[i + 1];
    } else {
      unknown.push_back(i);
    }
  }
  for (const std::size_t i : unknown) {
    const auto meant = refuse_unknown_key(faults, node.children[i], what_, shape.keys);
    if (meant && !has(*meant)) values_[*index_if(*meant)] = &node.children[i + 1];
  }
  for (const Key& key : shape.keys) {
    if (key.preset == kRequired) require(key.name);
  }
}

std::optional<std::size_t> MapReader::index_if(std::string_view key) const {
  const auto found = std::find_if(shape_.keys.begin(), shape_.keys.end(),
                                  [key](const Key& one) { return one.name == key; });
  if (found == shape_.keys.end()) return {};
  return static_cast<std::size_t>(found - shape_.keys.begin());
}

const YamlNode* MapReader::find(std::string_view key) const {
  const std::optional<std::size_t> index = index_if(key);
  if (index) return values_[*index];
  undeclared(key);
  return nullptr;
}

const Form& MapReader::form_of(std::string_view key, Form::Kind kind) const {
  static const Form kNone;
  const std::optional<std::size_t> index = index_if(key);
  if (!index) {
    undeclared(key);
    return kNone;
  }
  const Forms& forms = shape_.keys[*index].forms;
  const auto found = std::find_if(forms.begin(), forms.end(),
                                  [kind](const Form& one) { return one.kind == kind; });
  if (found != forms.end()) return *found;
  undeclared(key);
  return kNone;
}

void MapReader::undeclared(std::string_view key) const {
  faults_.add(node_, std::string(what_) + " is read by the key " + quote(key) +
                         " as it is not declared: a mistake of Holdfast's, please report it");
}

void MapReader::require(std::string_view key) {
  if (!is_map() || has(key)) return;
  faults_.add(node_, std::string(what_) + " lacks the key " + quote(key));
}

std::vector<const YamlNode*> MapReader::list(std::string_view key) {
  const Form& form = form_of(key, Form::Kind::kList);
  const auto min = static_cast<std::size_t>(form.min);
  const auto max = static_cast<std::size_t>(form.max);
  std::vector<const YamlNode*> entries;
  const YamlNode* node = find(key);
  if (node == nullptr) return entries;
  if (node->kind != Kind::kSequence || node->children.size() < min) {
    const std::string_view hint = node->kind == Kind::kScalar ? ": put it in brackets"
                                  : node->kind == Kind::kMap  ? ": begin each entry with a dash"
                                                              : "";
    expected(faults_, key, *node, min > 0 ? "a list of at least one entry" : "a list", hint);
    return entries;
  }
  for (const YamlNode& entry : node->children) {
    if (entries.size() == max) {
      faults_.add(entry, std::string(key) + ": found " + std::to_string(node->children.size()) +
                             " entries, expected at most " + std::to_string(max));
      break;
    }
    entries.push_back(&entry);
  }
  return entries;
}

const YamlNode* MapReader::text(std::string_view key, std::string& value) {
  const TextForm& form = form_of(key, Form::Kind::kText).text;
  if (form.valid == nullptr) {
    undeclared(key);
    return nullptr;
  }
  const YamlNode* node = find(key);
  const YamlText* text = node != nullptr ? read_text(faults_, key, *node, form.what) : nullptr;
  if (text == nullptr) return nullptr;
  if (!form.valid(*text)) {
    expected(faults_, key, *node, form.what);
    return nullptr;
  }
  value = *text;
  return node;
}

const YamlNode* MapReader::boolean(std::string_view key, bool& value, std::string_view what) {
  static_cast<void>(form_of(key, Form::Kind::kBoolean));
  const YamlNode* node = find(key);
  if (node == nullptr) return nullptr;
  if (node->quoted || (node->text != "true" && node->text != "false")) {
    expected(faults_, key, *node, what, node->quoted ? ", without quotes" : "");
    return nullptr;
  }
  value = node->text == "true";
  return node;
}

const YamlNode* MapReader::duration(std::string_view key, std::string_view what,
                                    const std::function<bool(Duration)>& allowed, Duration& value) {
  const YamlNode* node = find(key);
  const YamlText* text = node != nullptr ? read_text(faults_, key, *node, what) : nullptr;
  if (text == nullptr) return nullptr;
  const auto accepted = [&](const std::string& one) {
    const std::optional<Duration> duration = parse_duration(one);
    return duration && allowed(*duration) ? duration : std::nullopt;
  };
  if (const std::optional<Duration> duration = accepted(*text)) {
    value = *duration;
    return node;
  }
  std::string hint;
  for (const char* const unit : {"s", "ms"}) {
    const bool lacks_one = text->find_first_not_of("0123456789.") == std::string::npos;
    if (hint.empty() && lacks_one && accepted(*text + unit))
      hint = ": add a unit, as in " + *text + unit;
  }
  expected(faults_, key, *node, what, hint);
  return nullptr;
}

const YamlNode* MapReader::duration(std::string_view key, Duration& value) {
  const Form& form = form_of(key, Form::Kind::kDuration);
  const Duration min{form.min};
  const Duration max{form.max};
  const std::string what = "a time from " + duration_text(min) + " to " + duration_text(max);
  return duration(
      key, what, [&](Duration one) { return one >= min && one <= max; }, value);
}

std::optional<std::int64_t> MapReader::integer(std::string_view key, std::int64_t min,
                                               std::int64_t max) {
  const YamlNode* node = find(key);
  if (node == nullptr) return {};
  const std::optional<std::int64_t> number = parse_integer(node->text);
  if (number && !node->quoted && *number >= min && *number <= max) return number;
  const std::string low = std::to_string(min);
  const std::string high = std::to_string(max);
  const std::string what = max == min       ? low
                           : max == min + 1 ? low + " or " + high
                                            : "a whole number from " + low + " to " + high;
  const bool zeros = node->text.size() > 1 && node->text[0] == '0';
  expected(faults_, key, *node, what,
           number && node->quoted ? ": drop the quotes"
           : zeros                ? ": drop the leading zero"
                                  : "");
  return {};
}

std::optional<std::size_t> MapReader::choice_index(std::string_view key,
                                                   std::span<const std::string_view> names) {
  static_cast<void>(form_of(key, Form::Kind::kWord));
  const YamlNode* node = find(key);
  if (node == nullptr) return {};
  const bool scalar = node->kind == Kind::kScalar;
  const auto found = std::find(names.begin(), names.end(), node->text);
  if (scalar && found != names.end()) return static_cast<std::size_t>(found - names.begin());
  const std::vector<std::string_view> known(names.begin(), names.end());
  expected(faults_, key, *node, joined(known, " or "),
           scalar ? did_you_mean(node->text, known) : "");
  return {};
}

}  // namespace holdfast
