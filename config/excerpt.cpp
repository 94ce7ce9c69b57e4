// SPDX-License-Identifier: Apache-2.0
#include "config/excerpt.h"

#include <algorithm>
#include <cstddef>
#include <optional>

namespace holdfast {
namespace {

constexpr std::size_t kWidth = 100;
constexpr std::size_t kBefore = 60;  // the column, where the line is cut

std::optional<std::string_view> line_of(std::string_view text, int number) {
  for (int i = 1; i < number; ++i) {
    const std::size_t end = text.find('\n');
    if (end == std::string_view::npos) return std::nullopt;
    text.remove_prefix(end + 1);
  }
  if (text.empty()) return std::nullopt;
  std::string_view line = text.substr(0, text.find('\n'));
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

bool continues_a_character(char c) {
  return (static_cast<unsigned char>(c) & 0xc0U) == 0x80U;
}

// One character a column, as a terminal has it.
std::string printable(std::string_view bytes) {
  std::string text;
  for (const char c : bytes) {
    if (continues_a_character(c)) continue;
    text += c == '\t' ? ' ' : c < ' ' || c > '~' ? '?' : c;
  }
  return text;
}

// A terminal or a log is read by more people than the file.
void hide_password(std::string& line) {
  constexpr std::string_view kKey = "password:";
  const std::size_t at = line.find(kKey);
  if (at == std::string::npos) return;
  const std::size_t value = line.find_first_not_of(' ', at + kKey.size());
  if (value != std::string::npos) line.replace(value, std::string::npos, "(not shown)");
}

}  // namespace

std::string excerpt(std::string_view text, int line, int column) {
  if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);
  const std::optional<std::string_view> found = line_of(text, line);
  if (!found) return {};
  const std::size_t bytes =
      std::min(static_cast<std::size_t>(std::max(column, 1) - 1), found->size());
  std::size_t mark = printable(found->substr(0, bytes)).size();
  std::string shown = printable(*found);
  hide_password(shown);
  if (shown.size() > kWidth) {
    const std::size_t cut = mark > kBefore ? mark - kBefore : 0;
    shown = (cut > 0 ? "..." : "") + shown.substr(std::min(cut, shown.size()), kWidth);
    if (cut > 0) mark = kBefore + 3;
  }
  const std::string number = std::to_string(line);
  const std::string margin(number.size() < 5 ? 5 - number.size() : 0, ' ');
  return margin + number + " | " + shown + "\n" + std::string(margin.size() + number.size(), ' ') +
         " | " + std::string(mark, ' ') + "^\n";
}

std::string excerpt_of(const Diagnostic& one, const std::string& file, std::string_view text,
                       const std::map<std::string, std::string>& included) {
  if (one.file == file) return excerpt(text, one.line, one.column);
  const auto found = included.find(one.file);
  return found == included.end() ? "" : excerpt(found->second, one.line, one.column);
}

std::string with_excerpts(const std::vector<Diagnostic>& some, const std::string& file,
                          std::string_view text,
                          const std::map<std::string, std::string>& included) {
  std::string lines;
  for (const Diagnostic& one : some) {
    lines += one.to_string() + "\n" + excerpt_of(one, file, text, included);
  }
  return lines;
}

}  // namespace holdfast
