// SPDX-License-Identifier: Apache-2.0
#include "ctl/text.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace holdfast::ctl {
namespace {

constexpr std::string_view kGap = "  ";

bool continues_character(char byte) {
  return (static_cast<unsigned char>(byte) & 0xC0U) == 0x80U;
}

std::string padded(const std::string& text, std::size_t width, Table::Align align) {
  const std::string space(width - std::min(width, columns_of(text)), ' ');
  return align == Table::Align::kLeft ? text + space : space + text;
}

std::string two_units(std::int64_t large, const char* large_unit, std::int64_t small,
                      const char* small_unit) {
  std::string text = std::to_string(large) + " " + large_unit;
  if (small > 0) text += " " + std::to_string(small) + " " + small_unit;
  return text;
}

}  // namespace

std::size_t columns_of(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(
      text.begin(), text.end(), [](char byte) { return !continues_character(byte); }));
}

std::string printable(std::string_view text) {
  std::string safe;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    const auto next = i + 1 < text.size() ? static_cast<unsigned char>(text[i + 1]) : 0U;
    if (byte < 0x20 || byte == 0x7F) {
      safe += '?';
    } else if (byte == 0xC2 && next >= 0x80 && next < 0xA0) {  // C1: a terminal obeys those too
      safe += '?';
      ++i;
    } else {
      safe += text[i];
    }
  }
  return safe;
}

std::string age(double seconds) {
  const auto whole = static_cast<std::int64_t>(std::clamp(seconds, 0.0, 1e12));
  if (whole < 60) return std::to_string(whole) + " s";
  if (whole < 3600) return std::to_string(whole / 60) + " min";
  if (whole < 86400) return two_units(whole / 3600, "h", whole % 3600 / 60, "min");
  return two_units(whole / 86400, "d", whole % 86400 / 3600, "h");
}

std::string capital(std::string text) {
  if (!text.empty() && text[0] >= 'a' && text[0] <= 'z') {
    text[0] = static_cast<char>(text[0] - 'a' + 'A');
  }
  return text;
}

std::string sentence(std::string text) {
  return capital(std::move(text)) + ".";
}

std::string wrapped(std::string_view text, std::size_t indent) {
  std::string lines;
  std::string line(indent, ' ');
  bool empty = true;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(' '), text.size());
    const std::string_view word = text.substr(0, end);
    if (!empty && columns_of(line) + 1 + columns_of(word) > kWidth) {
      lines += line + "\n";
      line.assign(indent, ' ');
      empty = true;
    }
    line += (empty ? "" : " ") + std::string(word);
    empty = false;
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines + line + "\n";
}

std::string coloured(std::string_view text, Colour colour, bool colours) {
  if (!colours || colour == Colour::kNone) return std::string(text);
  const char* code = "";
  switch (colour) {
    case Colour::kNone:
      break;
    case Colour::kGood:
      code = "1;32";
      break;
    case Colour::kBad:
      code = "1;31";
      break;
    case Colour::kOdd:
      code = "33";
      break;
    case Colour::kFaint:
      code = "2";
      break;
    case Colour::kBold:
      code = "1";
      break;
  }
  return "\x1b[" + std::string(code) + "m" + std::string(text) + "\x1b[0m";
}

void Table::row(std::vector<std::string> cells, Colour first) {
  rows_.push_back({std::move(cells), first, {}});
}

void Table::detail(std::string text, Colour colour) {
  rows_.back().details.push_back({std::move(text), colour});
}

std::string Table::to_string() const {
  const std::vector<std::size_t> width = widths();
  Row titles;
  for (const Column& column : columns_) titles.cells.push_back(column.title);
  titles.first = Colour::kFaint;
  std::string text = line(titles, width, Colour::kFaint);
  for (const Row& row : rows_) {
    text += line(row, width, Colour::kNone);
    for (const Detail& detail : row.details) {
      text += coloured(wrapped(detail.text, width.front() + kGap.size()), detail.colour, colours_);
    }
  }
  return text;
}

std::vector<std::size_t> Table::widths() const {
  std::vector<std::size_t> widths;
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    std::size_t width = columns_of(columns_[i].title);
    for (const Row& row : rows_) width = std::max(width, columns_of(row.cells[i]));
    widths.push_back(width);
  }
  return widths;
}

std::string Table::line(const Row& row, const std::vector<std::size_t>& widths, Colour rest) const {
  std::string text;
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    const std::string cell = padded(row.cells[i], widths[i], columns_[i].align);
    text += coloured(cell, i == 0 ? row.first : rest, colours_);
    if (i + 1 < columns_.size()) text += kGap;
  }
  if (!colours_) text.erase(text.find_last_not_of(' ') + 1);
  return text + "\n";
}

}  // namespace holdfast::ctl
