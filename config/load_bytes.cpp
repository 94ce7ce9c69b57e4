// SPDX-License-Identifier: Apache-2.0
#include "config/load_bytes.h"

#include "config/shapes.h"

namespace holdfast {
namespace {

int digit_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

std::string how_many(std::size_t min, std::size_t max) {
  return min == 0 ? "at most " + std::to_string(max)
                  : std::to_string(min) + " to " + std::to_string(max);
}

constexpr TextForm kBytesText{
    "a text, in which \\r, \\n, \\t, \\\\ and \\xNN stand for bytes, or {hex: ...}",
    "^([^\\\\]|\\\\[rnt\\\\]|\\\\x[0-9A-Fa-f]{2})*$",
    [](std::string_view text) { return !!unescape(text); }};

const Shape& bytes_shape() {
  static const Shape shape{
      "bytes",
      "bytes",
      {{"hex",
        form::text({"pairs of hexadecimal digits, such as 50 49 0d0a", "^( *[0-9A-Fa-f]{2})* *$",
                    [](std::string_view text) { return !!parse_hex(text); }}),
        kRequired, "Two digits a byte."}},
      {}};
  return shape;
}

const Shape& pattern_shape() {
  static const Shape shape{
      "byte_pattern",
      "bytes",
      {{"hex",
        form::text({"pairs of hexadecimal digits, 'x' for any, such as 50 xx 0a",
                    "^( *[0-9A-Fa-fxX]{2})* *$",
                    [](std::string_view text) { return !!parse_hex_pattern(text); }}),
        kRequired, "Two digits a byte; x is any digit."}},
      {}};
  return shape;
}

std::optional<BytePattern> read_pattern(const YamlNode& node, bool wild, Faults& faults) {
  std::string hex;
  MapReader map(faults, node, wild ? pattern_shape() : bytes_shape());
  if (map.text("hex", hex) == nullptr) return std::nullopt;
  return parse_hex_pattern(hex);
}

// As a text or as {hex: ...}; `wild`: with 'x' for any digit.
const YamlNode* read(MapReader& map, std::string_view key, Faults& faults, bool wild,
                     std::size_t min, std::size_t max, BytePattern& pattern) {
  const YamlNode* const node = map.find(key);
  if (node == nullptr) return nullptr;
  std::optional<BytePattern> found;
  if (node->kind == YamlNode::Kind::kMap) {
    found = read_pattern(*node, wild, faults);
    if (!found) return nullptr;
  } else {
    constexpr std::string_view kWhat = kBytesText.what;
    const YamlText* const text = read_text(faults, key, *node, kWhat);
    if (text == nullptr) return nullptr;
    const std::optional<std::string> bytes = unescape(*text);
    if (!bytes) {
      expected(faults, key, *node, kWhat);
      return nullptr;
    }
    found = BytePattern{*bytes, std::string(bytes->size(), '\xff')};
  }
  if (found->bytes.size() < min || found->bytes.size() > max) {
    faults.add(*node, std::string(key) + ": found " + std::to_string(found->bytes.size()) +
                          " bytes, expected " + how_many(min, max));
    return nullptr;
  }
  pattern = *found;
  return node;
}

}  // namespace

Forms form::bytes() {
  return text(kBytesText) | map(bytes_shape);
}

Forms form::byte_pattern() {
  return text(kBytesText) | map(pattern_shape);
}

std::optional<std::string> unescape(std::string_view text) {
  std::string bytes;
  while (!text.empty()) {
    const char c = text.front();
    text.remove_prefix(1);
    if (c != '\\') {
      bytes += c;
      continue;
    }
    if (text.empty()) return std::nullopt;
    const char escaped = text.front();
    text.remove_prefix(1);
    if (escaped == 'r') {
      bytes += '\r';
    } else if (escaped == 'n') {
      bytes += '\n';
    } else if (escaped == 't') {
      bytes += '\t';
    } else if (escaped == '\\') {
      bytes += '\\';
    } else if (escaped == 'x' && text.size() >= 2 && digit_value(text[0]) >= 0 &&
               digit_value(text[1]) >= 0) {
      bytes += static_cast<char>(digit_value(text[0]) << 4 | digit_value(text[1]));
      text.remove_prefix(2);
    } else {
      return std::nullopt;
    }
  }
  return bytes;
}

std::optional<BytePattern> parse_hex_pattern(std::string_view text) {
  BytePattern pattern;
  while (true) {
    while (text.starts_with(' ')) text.remove_prefix(1);
    if (text.empty()) return pattern;
    if (text.size() < 2) return std::nullopt;
    int value = 0;
    int mask = 0;
    for (const char c : text.substr(0, 2)) {
      const bool any = c == 'x' || c == 'X';
      const int digit = any ? 0 : digit_value(c);
      if (digit < 0) return std::nullopt;
      value = value << 4 | digit;
      mask = mask << 4 | (any ? 0 : 15);
    }
    pattern.bytes += static_cast<char>(value);
    pattern.mask += static_cast<char>(mask);
    text.remove_prefix(2);
  }
}

std::optional<std::string> parse_hex(std::string_view text) {
  if (text.find_first_of("xX") != std::string_view::npos) return std::nullopt;
  std::optional<BytePattern> pattern = parse_hex_pattern(text);
  if (!pattern) return std::nullopt;
  return std::move(pattern->bytes);
}

const YamlNode* read_bytes(MapReader& map, std::string_view key, Faults& faults, std::size_t min,
                           std::size_t max, std::string& bytes) {
  BytePattern pattern;
  const YamlNode* const node = read(map, key, faults, false, min, max, pattern);
  if (node != nullptr) bytes = std::move(pattern.bytes);
  return node;
}

const YamlNode* read_byte_pattern(MapReader& map, std::string_view key, Faults& faults,
                                  std::size_t max, BytePattern& pattern) {
  return read(map, key, faults, true, 1, max, pattern);
}

}  // namespace holdfast
