// SPDX-License-Identifier: Apache-2.0
#include "config/render.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <string_view>

namespace holdfast {
namespace {

using Kind = YamlNode::Kind;

bool is_plain_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
         c == '_' || c == '/' || c == '-' || c == ':';
}

// Read as it stands by any reader of YAML, and never as null.
bool is_plain(const YamlNode& scalar) {
  const std::string_view text = scalar.text;
  if (scalar.quoted || text.empty() || text == "..." || text == "null" || text == "Null" ||
      text == "NULL") {
    return false;
  }
  const bool ends_well = text.front() != ':' && text.back() != ':' &&
                         (text.front() != '-' || (text.size() > 1 && text[1] != '-'));
  return ends_well && std::all_of(text.begin(), text.end(), is_plain_character);
}

// A character of UTF-8, which `text` begins with; takes it away.
std::uint32_t next_character(std::string_view& text) {
  const auto first = static_cast<unsigned char>(text.front());
  const std::size_t length = first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
  std::uint32_t character = length == 1 ? first : first & (0xffU >> (length + 1));
  for (std::size_t i = 1; i < std::min(length, text.size()); ++i) {
    character = character << 6U | (static_cast<unsigned char>(text[i]) & 0x3fU);
  }
  text.remove_prefix(std::min(length, text.size()));
  return character;
}

void append_quoted(std::string& out, std::string_view text) {
  out += '"';
  while (!text.empty()) {
    const std::uint32_t character = next_character(text);
    if (character == '"' || character == '\\') {
      out += '\\';
      out += static_cast<char>(character);
    } else if (character == '$' && text.starts_with('{')) {
      out += "$$";
    } else if (character >= ' ' && character <= '~') {
      out += static_cast<char>(character);
    } else {
      std::array<char, 16> escape{};
      static_cast<void>(std::snprintf(escape.data(), escape.size(),
                                      character > 0xffff ? "\\U%08X" : "\\u%04X", character));
      out += escape.data();
    }
  }
  out += '"';
}

void append_scalar(std::string& out, const YamlNode& node) {
  if (node.kind == Kind::kNull) {
    out += '~';
  } else if (node.kind == Kind::kSequence) {
    out += "[]";
  } else if (node.kind == Kind::kMap) {
    out += "{}";
  } else if (is_plain(node)) {
    out += node.text;
  } else {
    append_quoted(out, node.text);
  }
}

bool is_block(const YamlNode& node) {
  return !node.children.empty();
}

// Begins where its first line is to begin, `indent` blanks from the margin; ends with a line's end.
void append(std::string& out, const YamlNode& node, std::size_t indent) {
  const std::string margin(indent, ' ');
  const bool map = node.kind == Kind::kMap;
  for (std::size_t i = 0; i < node.children.size(); i += map ? 2 : 1) {
    if (i > 0) out += margin;
    const YamlNode& value = node.children[map ? i + 1 : i];
    if (map) {
      append_scalar(out, node.children[i]);
      out += is_block(value) ? ":\n" + margin + "  " : ": ";
    } else {
      out += "- ";
    }
    if (is_block(value)) {
      append(out, value, indent + 2);
    } else {
      append_scalar(out, value);
      out += '\n';
    }
  }
}

}  // namespace

std::string render_yaml(const YamlNode& root) {
  std::string out;
  if (is_block(root)) {
    append(out, root, 0);
  } else {
    append_scalar(out, root);
    out += '\n';
  }
  return out;
}

}  // namespace holdfast
