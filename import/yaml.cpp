// SPDX-License-Identifier: Apache-2.0
#include "import/yaml.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <optional>
#include <utility>

namespace holdfast::importer {
namespace {

constexpr std::size_t kWidth = 96;

bool looks_like_another_kind(std::string_view text) {
  constexpr std::array kWords{"true", "false", "yes", "no", "on",   "off",
                              "null", "~",     "y",   "n",  ".nan", ".inf"};
  std::string lower(text);
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  if (std::find(kWords.begin(), kWords.end(), lower) != kWords.end()) return true;
  const std::size_t sign = text.starts_with('-') || text.starts_with('+') ? 1 : 0;
  const std::string_view rest = text.substr(sign);
  // A number, unless there is more of it: 192.0.2.1 is none.
  return rest.find_first_not_of("0123456789.eExXabcdefABCDEF_") == std::string_view::npos &&
         !rest.empty() && std::isdigit(static_cast<unsigned char>(rest[0])) != 0 &&
         std::count(rest.begin(), rest.end(), '.') < 2;
}

bool is_plain(std::string_view text) {
  if (text.empty() || looks_like_another_kind(text)) return false;
  const auto allowed = [](unsigned char c) {
    return std::isalnum(c) != 0 ||
           std::string_view("/._+@=-").find(static_cast<char>(c)) != std::string_view::npos;
  };
  if (!std::all_of(text.begin(), text.end(), allowed)) return false;
  return text[0] != '-' && text[0] != '@' && text[0] != '=';
}

std::string quoted(std::string_view text) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string into = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      into += '\\';
      into += c;
    } else if (c == '\n') {
      into += "\\n";
    } else if (c == '\t') {
      into += "\\t";
    } else if (byte < 0x20 || byte == 0x7f) {
      into += "\\x";
      into += kDigits[byte >> 4U];
      into += kDigits[byte & 15U];
    } else {
      into += c;
    }
  }
  return into + '"';
}

bool has_comments(const Yaml& yaml) {
  return !yaml.end_comments().empty() ||
         std::any_of(yaml.entries().begin(), yaml.entries().end(), [](const YamlEntry& entry) {
           return !entry.comments.empty() || has_comments(entry.value);
         });
}

bool any_block(const Yaml& yaml) {
  return yaml.is_block() ||
         std::any_of(yaml.entries().begin(), yaml.entries().end(),
                     [](const YamlEntry& entry) { return any_block(entry.value); });
}

std::string flow(const Yaml& yaml) {
  if (yaml.kind() == Yaml::Kind::kScalar) return yaml.scalar();
  const bool map = yaml.kind() == Yaml::Kind::kMap;
  std::string text(1, map ? '{' : '[');
  for (const YamlEntry& entry : yaml.entries()) {
    if (text.size() > 1) text += ", ";
    if (map) text += entry.key + ": ";
    text += flow(entry.value);
  }
  return text + (map ? '}' : ']');
}

// On one line, if that is short enough and no comment is lost.
std::optional<std::string> short_form(const Yaml& yaml, std::size_t room) {
  if (yaml.kind() != Yaml::Kind::kScalar && !yaml.empty() &&
      (has_comments(yaml) || any_block(yaml)))
    return std::nullopt;
  std::string text = flow(yaml);
  if (yaml.kind() != Yaml::Kind::kScalar && !yaml.empty() && text.size() > room)
    return std::nullopt;
  return text;
}

void write_comments(const std::vector<std::string>& comments, const std::string& pad,
                    std::string& into) {
  for (const std::string& comment : comments)
    into += pad + (comment.empty() ? "#" : "# " + comment) + "\n";
}

void write(const Yaml& yaml, std::size_t indent, std::string& into, bool after_dash) {
  const std::string pad(indent, ' ');
  const bool map = yaml.kind() == Yaml::Kind::kMap;
  bool first = after_dash;
  for (const YamlEntry& entry : yaml.entries()) {
    if (!first) write_comments(entry.comments, pad, into);
    const std::string lead =
        (std::exchange(first, false) ? "" : pad) + (map ? entry.key + ":" : "-");
    const std::size_t used = indent + entry.key.size() + 2;
    if (const auto text = short_form(entry.value, used < kWidth ? kWidth - used : 0)) {
      into += lead + " " + *text + "\n";
    } else if (map) {
      into += lead + "\n";
      write(entry.value, indent + 2, into, false);
    } else {
      into += lead + " ";
      write(entry.value, indent + 2, into, true);
    }
  }
  write_comments(yaml.end_comments(), pad, into);
}

// After a dash there is no room for the comment of the first key: it goes before the dash.
void lift_comments(Yaml& yaml) {
  for (YamlEntry& entry : yaml.entries()) {
    lift_comments(entry.value);
    if (yaml.kind() != Yaml::Kind::kList || entry.value.entries().empty()) continue;
    YamlEntry& first = entry.value.entries().front();
    entry.comments.insert(entry.comments.end(), first.comments.begin(), first.comments.end());
    first.comments.clear();
  }
}

}  // namespace

Yaml Yaml::plain(std::string text) {
  Yaml yaml;
  yaml.text_ = std::move(text);
  return yaml;
}

Yaml Yaml::text(std::string_view text) {
  return plain(is_plain(text) ? std::string(text) : quoted(text));
}

Yaml Yaml::number(std::int64_t value) {
  return plain(std::to_string(value));
}

Yaml Yaml::truth(bool value) {
  return plain(value ? "true" : "false");
}

Yaml Yaml::map() {
  Yaml yaml;
  yaml.kind_ = Kind::kMap;
  return yaml;
}

Yaml Yaml::list() {
  Yaml yaml;
  yaml.kind_ = Kind::kList;
  return yaml;
}

bool Yaml::empty() const {
  return kind_ != Kind::kScalar && entries_.empty();
}

std::size_t Yaml::size() const {
  return entries_.size();
}

const Yaml* Yaml::find(std::string_view key) const {
  const auto found = std::find_if(entries_.begin(), entries_.end(),
                                  [key](const YamlEntry& entry) { return entry.key == key; });
  return found == entries_.end() ? nullptr : &found->value;
}

Yaml& Yaml::put(std::string_view key, Yaml value, std::vector<std::string> comments) {
  const auto found = std::find_if(entries_.begin(), entries_.end(),
                                  [key](const YamlEntry& entry) { return entry.key == key; });
  if (found != entries_.end()) {
    found->value = std::move(value);
    found->comments.insert(found->comments.end(), comments.begin(), comments.end());
    return found->value;
  }
  entries_.push_back({std::string(key), std::move(value), std::move(comments)});
  return entries_.back().value;
}

Yaml& Yaml::at(std::string_view key, Kind kind) {
  if (find(key) == nullptr) put(key, kind == Kind::kMap ? map() : list());
  return std::find_if(entries_.begin(), entries_.end(),
                      [key](const YamlEntry& entry) { return entry.key == key; })
      ->value;
}

void Yaml::remove(std::string_view key) {
  std::erase_if(entries_, [key](const YamlEntry& entry) { return entry.key == key; });
}

Yaml& Yaml::add(Yaml value, std::vector<std::string> comments) {
  entries_.push_back({"", std::move(value), std::move(comments)});
  return entries_.back().value;
}

void Yaml::comment_at_end(const std::vector<std::string>& comments) {
  end_comments_.insert(end_comments_.end(), comments.begin(), comments.end());
}

bool Yaml::operator==(const Yaml& other) const {
  return kind_ == other.kind_ && text_ == other.text_ &&
         std::equal(entries_.begin(), entries_.end(), other.entries_.begin(), other.entries_.end(),
                    [](const YamlEntry& a, const YamlEntry& b) {
                      return a.key == b.key && a.value == b.value;
                    });
}

std::string to_text(const Yaml& map) {
  Yaml whole = map;
  lift_comments(whole);
  std::string text;
  for (const YamlEntry& entry : whole.entries()) {
    Yaml part = Yaml::map();
    part.put(entry.key, entry.value, entry.comments);
    if (!text.empty() && !entry.value.entries().empty()) text += '\n';
    write(part, 0, text, false);
  }
  write_comments(whole.end_comments(), "", text);
  return text;
}

std::string duration_text(std::int64_t microseconds) {
  const bool small = microseconds != 0 && (microseconds < 1'000'000 || microseconds % 1000 != 0);
  const std::int64_t unit = small ? 1000 : 1'000'000;
  std::string text = std::to_string(microseconds / unit);
  if (const std::int64_t rest = microseconds % unit; rest != 0) {
    std::string decimals = std::to_string(unit + rest).substr(1);
    decimals.erase(decimals.find_last_not_of('0') + 1);
    text += '.' + decimals;
  }
  return text + (small ? "ms" : "s");
}

}  // namespace holdfast::importer
