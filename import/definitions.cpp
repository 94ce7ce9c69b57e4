// SPDX-License-Identifier: Apache-2.0
#include "import/definitions.h"

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstdlib>

namespace holdfast::importer {
namespace {

constexpr std::size_t kRoundsMax = 100'000;

bool is_name_char(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

std::size_t name_length(std::string_view text) {
  if (text.empty() || (text[0] >= '0' && text[0] <= '9')) return 0;
  const auto* const end = std::find_if_not(text.begin(), text.end(), is_name_char);
  return static_cast<std::size_t>(end - text.begin());
}

// "a, {b,c}, d" at the commas that are in no braces.
std::vector<std::string> split_at_commas(std::string_view text) {
  std::vector<std::string> parts{""};
  int depth = 0;
  for (const char c : text) {
    if (c == '{') ++depth;
    if (c == '}') --depth;
    if (c == ',' && depth == 0) {
      parts.emplace_back();
    } else {
      parts.back() += c;
    }
  }
  for (std::string& part : parts) part = std::string(trim(part));
  return parts;
}

std::vector<std::string> members(const std::string& part) {
  if (!part.starts_with('{') || !part.ends_with('}')) return {part};
  return split_at_commas(std::string_view(part).substr(1, part.size() - 2));
}

std::optional<std::int64_t> number(const std::string& text) {
  char* end = nullptr;
  errno = 0;
  const long long value = std::strtoll(text.c_str(), &end, 0);
  if (text.empty() || *end != '\0' || errno != 0) return std::nullopt;
  if (value > 1'000'000'000 || value < -1'000'000'000) return std::nullopt;
  return value;
}

std::string written(std::int64_t value, bool hex) {
  if (!hex) return std::to_string(value);
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  for (std::uint64_t rest = static_cast<std::uint64_t>(std::abs(value)); rest != 0; rest >>= 4U) {
    text.insert(text.begin(), kDigits[rest & 15U]);
  }
  return (value < 0 ? "-" : "") + (text.empty() ? "0" : text);
}

void sequence(const std::vector<std::string>& parts, bool hex, Rounds& into) {
  std::vector<std::int64_t> numbers;
  for (std::size_t i = 1; i < parts.size(); ++i) {
    const auto value = number(parts[i]);
    if (!value) {
      into.error = "'" + parts[i] + "' in a ~SEQ is no number";
      return;
    }
    numbers.push_back(*value);
  }
  if (numbers.empty() || numbers.size() > 3) {
    into.error = "a ~SEQ has a variable, and one to three numbers";
    return;
  }
  const std::int64_t end = numbers.back();
  std::int64_t start = end > 0 ? 1 : -1;
  if (numbers.size() > 1) start = numbers[0];
  const std::int64_t step = numbers.size() == 3 ? numbers[1] : (end >= start ? 1 : -1);
  if (step == 0) {
    into.error = "a ~SEQ whose step is 0 has no end";
    return;
  }
  // Numbers and steps are at most 10^9 either way.
  if ((end - start) / step >= static_cast<std::int64_t>(kRoundsMax)) {
    into.error = "a ~SEQ of more than 100000 rounds";
    return;
  }
  for (std::int64_t value = start; step > 0 ? value <= end : value >= end; value += step) {
    into.rounds.push_back({{parts[0], written(value, hex)}});
  }
}

void list(const std::vector<std::string>& parts, Rounds& into) {
  const std::vector<std::string> names = members(parts[0]);
  for (std::size_t i = 1; i < parts.size(); ++i) {
    const std::vector<std::string> values = members(parts[i]);
    if (values.size() != names.size()) {
      into.error = "a ~LST needs as many values as variables in each of its rounds";
      return;
    }
    std::vector<Definition> round;
    for (std::size_t n = 0; n < names.size(); ++n) round.push_back({names[n], values[n]});
    into.rounds.push_back(std::move(round));
  }
}

}  // namespace

std::string_view trim(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(" \t\r\n");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t\r\n") - begin + 1);
}

std::optional<Definition> parse_definition(std::string_view line) {
  if (!line.starts_with('$')) return std::nullopt;
  const std::size_t length = name_length(line.substr(1));
  if (length == 0 || line.substr(1 + length, 1) != "=") return std::nullopt;
  return Definition{std::string(line.substr(1, length)),
                    std::string(trim(line.substr(length + 2)))};
}

std::optional<Use> find_use(std::string_view line, std::size_t from) {
  for (std::size_t at = line.find('$', from); at != std::string_view::npos;
       at = line.find('$', at + 1)) {
    const std::string_view rest = line.substr(at + 1);
    if (rest.starts_with('{')) {
      const std::size_t length = name_length(rest.substr(1));
      const std::size_t close = rest.find('}');
      if (length == 0 || close == std::string_view::npos) continue;
      if (close < length + 1) continue;
      const std::string_view words = rest.substr(1 + length, close - 1 - length);
      if (!words.empty() && words[0] != ' ' && words[0] != '\t') continue;
      return Use{at, at + close + 2, std::string(rest.substr(1, length)), std::string(trim(words))};
    }
    const std::size_t length = name_length(rest);
    const bool ends = length == rest.size() || rest[length] == ' ' || rest[length] == '\t';
    if (length != 0 && ends)
      return Use{at, at + 1 + length, std::string(rest.substr(0, length)), ""};
  }
  return std::nullopt;
}

std::optional<Rounds> parse_rounds(std::string_view line) {
  const bool hex = line.starts_with("~SEQx(");
  const bool seq = hex || line.starts_with("~SEQ(");
  if (!seq && !line.starts_with("~LST(")) return std::nullopt;
  Rounds found;
  const std::size_t open = line.find('(');
  const std::size_t close = line.find(')');
  if (close == std::string_view::npos) {
    found.error = "the brackets of " + std::string(line.substr(0, open)) + " are not closed";
    return found;
  }
  const auto parts = split_at_commas(line.substr(open + 1, close - open - 1));
  found.rest = std::string(trim(line.substr(close + 1)));
  if (seq) {
    sequence(parts, hex, found);
  } else {
    list(parts, found);
  }
  return found;
}

}  // namespace holdfast::importer
