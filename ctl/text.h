// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace holdfast::ctl {

inline constexpr std::size_t kWidth = 80;

enum class Colour : std::uint8_t { kNone, kGood, kBad, kOdd, kFaint, kBold };

// How many columns a text in UTF-8 takes, a character a column.
std::size_t columns_of(std::string_view text);

// Without the control characters that a terminal would obey.
std::string printable(std::string_view text);

// "12 s", "3 min", "2 h 5 min", "4 d 1 h".
std::string age(double seconds);

std::string capital(std::string text);  // its first letter

// With a capital letter and a full stop.
std::string sentence(std::string text);

// Breaks at spaces; each line begins with `indent` spaces.
std::string wrapped(std::string_view text, std::size_t indent);

std::string coloured(std::string_view text, Colour colour, bool colours);

// A table whose columns are as wide as they must be. Under a row may stand lines of detail,
// indented by the width of the first column.
class Table {
 public:
  enum class Align : std::uint8_t { kLeft, kRight };
  struct Column {
    std::string title;
    Align align = Align::kLeft;
  };

  Table(std::vector<Column> columns, bool colours)
      : columns_(std::move(columns)), colours_(colours) {}

  void row(std::vector<std::string> cells, Colour first);
  void detail(std::string text, Colour colour = Colour::kNone);  // of the last row

  std::string to_string() const;

 private:
  struct Detail {
    std::string text;
    Colour colour{};
  };
  struct Row {
    std::vector<std::string> cells;
    Colour first{};
    std::vector<Detail> details;
  };

  std::vector<std::size_t> widths() const;
  std::string line(const Row& row, const std::vector<std::size_t>& widths, Colour rest) const;

  std::vector<Column> columns_;
  std::vector<Row> rows_;
  bool colours_;
};

}  // namespace holdfast::ctl
