// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

// The parts of a line that keepalived replaces before it reads it.
namespace holdfast::importer {

std::string_view trim(std::string_view text);

// `$NAME=value`.
struct Definition {
  std::string name;
  std::string value;
};
std::optional<Definition> parse_definition(std::string_view line);

// A use of a definition in a line: `$NAME` before a blank or the end, or `${NAME words}`.
struct Use {
  std::size_t begin = 0;
  std::size_t end = 0;
  std::string name;
  std::string words;  // of ${_ENV HOME} and the like
};
std::optional<Use> find_use(std::string_view line, std::size_t from);

// `~SEQ(var, start, step, end) rest`, `~SEQx(...)`, `~LST(...)`: what the variables become in each
// round. Nothing: `line` begins with no such thing. `error` is set if it is a faulty one.
struct Rounds {
  std::vector<std::vector<Definition>> rounds;
  std::string rest;
  std::string error;
};
std::optional<Rounds> parse_rounds(std::string_view line);

}  // namespace holdfast::importer
