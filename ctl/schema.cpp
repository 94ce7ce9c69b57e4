// SPDX-License-Identifier: Apache-2.0
#include "ctl/schema.h"

#include <map>
#include <regex>
#include <string_view>
#include <utility>

#include "config/scalars.h"
#include "config/shapes.h"
#include "ctl/document.h"

namespace holdfast::ctl {
namespace {

using Kind = Form::Kind;

constexpr const char* kReference = "\\$\\{";  // a variable may stand for any value
constexpr const char* kDuration = "^(0|[1-9][0-9]{0,6})(\\.[0-9]{1,3})?(ms|s|m|h)$";
constexpr const char* kDefinitions = "#/$defs/";

bool matches(std::string_view text, const std::string& pattern) {
  return std::regex_search(text.begin(), text.end(), std::regex(pattern));
}

std::string or_reference(std::string_view pattern) {
  return "(" + std::string(pattern) + ")|" + kReference;
}

Json types(std::initializer_list<const char*> names) {
  Json list = Json::array();
  for (const char* name : names) list.push_back(name);
  return list;
}

// What an editor would say of a text that is no reference is the pattern: `expected` says it
// better.
Json typed(const char* type, std::string_view expected) {
  return {
      {"type", types({type, "string"})},
      {"pattern", kReference},
      {"patternErrorMessage", "expected " + std::string(expected) + ", or a variable: ${NAME}"}};
}

// Where the parser wants a text, YAML may see a number: a password of digits.
Json text_schema(const TextForm& text) {
  const std::string pattern(text.pattern);
  Json type = types({"string"});
  bool number = false;
  for (const std::string& digits : {std::string("7"), std::string("77"), std::string("200"),
                                    std::string("1.5"), std::string(64, '7')}) {
    number = number || matches(digits, pattern);
  }
  if (number) type.push_back("number");
  if (matches("true", pattern)) type.push_back("boolean");
  Json schema{{"type", type}, {"pattern", or_reference(pattern)}};
  if (!text.what.empty()) schema["patternErrorMessage"] = "expected " + std::string(text.what);
  return schema;
}

class Writer {
 public:
  std::string write() {
    const Shape& root = document_shape();
    Json schema{
        {"$schema", "https://json-schema.org/draft/2020-12/schema"},
        {"$id", "https://holdfast.invalid/holdfast.schema.json"},
        {"title", "The configuration of Holdfast"},
        {"$ref", reference(root)},
        {"if", {{"anyOf", {requiring("nodes"), requiring("include")}}}},
        {"then", true},
        {"else", {{"$ref", whole_reference(root)}}},
    };
    schema["$defs"] = std::move(definitions_);
    return schema.dump(2) + '\n';
  }

 private:
  static Json requiring(std::string_view key) {
    return {{"required", Json::array({std::string(key)})}};
  }

  // ---- What may stand somewhere.

  Json schema_of(const Form& form) {
    switch (form.kind) {
      case Kind::kBoolean:
        return typed("boolean", "true or false");
      case Kind::kInteger: {
        Json schema = typed("integer", "a whole number from " + std::to_string(form.min) + " to " +
                                           std::to_string(form.max));
        schema["minimum"] = form.min;
        schema["maximum"] = form.max;
        return schema;
      }
      case Kind::kDuration:
        return {
            {"type", "string"},
            {"pattern", or_reference(kDuration)},
            {"patternErrorMessage", "expected a time from " + duration_text(Duration{form.min}) +
                                        " to " + duration_text(Duration{form.max})}};
      case Kind::kText:
        return text_schema(form.text);
      case Kind::kWord:
        return {{"anyOf", {{{"enum", form.words}}, {{"type", "string"}, {"pattern", kReference}}}}};
      case Kind::kList: {
        Json schema = typed("array", "a list: put it in brackets");
        schema["items"] = schema_of(form.entry);
        if (form.min > 0) schema["minItems"] = form.min;
        schema["maxItems"] = form.max;
        return schema;
      }
      case Kind::kNames: {
        Json schema = typed("object", "a map of names");
        schema["additionalProperties"] = schema_of(form.entry);
        return schema;
      }
      case Kind::kAny:
        return true;
      case Kind::kNothing:
        return {{"type", "null"}};
      case Kind::kMap:
        return {{"$ref", reference(form.shape())}};
    }
    return false;
  }

  Json schema_of(const Forms& forms) {
    if (forms.size() == 1) return schema_of(forms[0]);
    Json any = Json::array();
    for (const Form& form : forms) any.push_back(schema_of(form));
    return {{"anyOf", any}};
  }

  static Json preset_of(const Key& key) {
    const std::string text(key.preset);
    for (const Form& form : key.forms) {
      if (form.kind == Kind::kBoolean && (text == "true" || text == "false")) return text == "true";
      const auto number = parse_integer(text);
      if (form.kind == Kind::kInteger && number) return *number;
    }
    return text;
  }

  static std::string help_of(const Key& key) {
    std::string help(key.help);
    for (const Form& form : key.forms) {
      if (form.kind != Kind::kDuration) continue;
      help += " From " + duration_text(Duration{form.min}) + " to " +
              duration_text(Duration{form.max}) + '.';
    }
    return help;
  }

  std::string reference(const Shape& shape) {
    const std::string id(shape.id);
    if (!definitions_.contains(id)) {
      definitions_[id] = nullptr;  // being written: an overlay holds what the document does
      Json properties = Json::object();
      for (const Key& key : shape.keys) {
        Json schema{{"description", help_of(key)}};
        if (!key.preset.empty() && key.preset != kRequired) schema["default"] = preset_of(key);
        schema.update(schema_of(key.forms));
        properties[std::string(key.name)] = std::move(schema);
      }
      Json schema = typed("object", "a map with the keys of " + std::string(shape.what));
      schema["properties"] = std::move(properties);
      schema["additionalProperties"] = false;
      definitions_[id] = std::move(schema);
    }
    return kDefinitions + id;
  }

  // ---- What must.

  // Empty: nothing.
  std::string whole_reference(const Shape& shape) {
    const std::string id = std::string(shape.id) + ".whole";
    const auto [entry, fresh] = whole_.try_emplace(id);
    if (!fresh) return entry->second;
    Json schema = Json::object();
    for (const Key& key : shape.keys) {
      if (key.preset == kRequired) schema["required"].push_back(key.name);
      Json inside = whole_of(key.forms);
      if (!inside.empty()) schema["properties"][std::string(key.name)] = std::move(inside);
    }
    for (const std::string_view key : shape.one_of) schema["oneOf"].push_back(requiring(key));
    if (schema.empty()) return {};
    // Of a map only: an instance, say, may be a variable, and a server an address.
    definitions_[id] = {{"if", {{"type", "object"}}}, {"then", std::move(schema)}};
    return whole_[id] = kDefinitions + id;
  }

  Json whole_of(const Forms& forms) {
    Json schema = Json::object();
    for (const Form& form : forms) {
      if (form.kind == Kind::kMap) {
        const std::string inside = whole_reference(form.shape());
        if (!inside.empty()) schema["$ref"] = inside;
        if (!form.needed.empty()) schema["required"] = form.needed;
      }
      if (form.kind != Kind::kList) continue;
      Json inside = whole_of(form.entry);
      if (!inside.empty()) schema["items"] = std::move(inside);
    }
    return schema;
  }

  Json definitions_ = Json::object();
  std::map<std::string, std::string> whole_;  // references, by id
};

}  // namespace

std::string configuration_schema() {
  return Writer().write();
}

}  // namespace holdfast::ctl
