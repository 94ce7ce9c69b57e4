// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

// YAML as a person would write it: block style, short maps and lists on one line, with comments.
namespace holdfast::importer {

struct YamlEntry;

class Yaml {
 public:
  enum class Kind : std::uint8_t { kScalar, kMap, kList };

  // A text as it stands in the document: a number, a truth, a time.
  static Yaml plain(std::string text);
  // Any text, in quotes if it would be read as something else without.
  static Yaml text(std::string_view text);
  static Yaml number(std::int64_t value);
  static Yaml truth(bool value);
  static Yaml map();
  static Yaml list();

  Kind kind() const { return kind_; }
  bool empty() const;
  std::size_t size() const;
  const std::string& scalar() const { return text_; }
  const Yaml* find(std::string_view key) const;

  // Of a map; replaces what stands under the key. Returns what was put there, which stays valid
  // until the next call.
  Yaml& put(std::string_view key, Yaml value, std::vector<std::string> comments = {});
  // Of a map: what stands under the key, an empty map or list if nothing did.
  Yaml& at(std::string_view key, Kind kind);
  void remove(std::string_view key);
  Yaml& add(Yaml value, std::vector<std::string> comments = {});  // to a list
  void comment_at_end(const std::vector<std::string>& comments);

  std::vector<YamlEntry>& entries() { return entries_; }
  const std::vector<YamlEntry>& entries() const { return entries_; }
  const std::vector<std::string>& end_comments() const { return end_comments_; }

  // Always one entry a line, however short.
  Yaml& block() {
    block_ = true;
    return *this;
  }
  bool is_block() const { return block_; }
  bool operator==(const Yaml& other) const;  // comments do not count

 private:
  Kind kind_ = Kind::kScalar;
  std::string text_;
  std::vector<YamlEntry> entries_;
  std::vector<std::string> end_comments_;
  bool block_ = false;
};

struct YamlEntry {
  std::string key;  // empty in a list
  Yaml value;
  std::vector<std::string> comments;
};

std::string to_text(const Yaml& map);

// A time of so many microseconds: "1s", "250ms", "1.5s".
std::string duration_text(std::int64_t microseconds);

}  // namespace holdfast::importer
