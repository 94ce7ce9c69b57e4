// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/core/result.h"

// From the text of a keepalived.conf to the lines that keepalived would act on: includes,
// conditional lines, definitions, sequences and lists are worked out as keepalived.conf(5) says.
namespace holdfast::importer {

// Where something stood. Lines count from 1.
struct Place {
  std::string file;
  int line = 1;
  std::string to_string() const { return file + ":" + std::to_string(line); }
  bool operator==(const Place&) const = default;
};

struct Problem {
  Place place;
  std::string message;
};

// What the importer may ask of the machine. All of it is given, so that the importer is pure.
struct Machine {
  // The text of a file, or why it cannot be read.
  std::function<Result<std::string>(const std::string& path)> read;
  // The files that a pattern of the shell names, sorted.
  std::function<std::vector<std::string>(const std::string& pattern)> glob;
  // The absolute path of a program that is given by its name alone.
  std::function<std::optional<std::string>(const std::string& name)> find_program;
  std::function<bool(const std::string& name)> user_exists;
  std::function<std::optional<std::string>(const std::string& name)> environment;
  std::string config_id;  // what `@id` is compared with
};

// A line that is left: without its comment, nothing to expand in it.
struct Line {
  Place place;
  std::string text;
  std::vector<std::string> comments;  // the lines of comment before it, without their sign
  std::string comment;                // that at its end
};

struct Source {
  std::vector<Line> lines;
  std::vector<std::string> comments;  // after the last line
  std::vector<Problem> problems;      // fatal: the file is not what its author meant
  std::vector<Problem> remarks;       // what keepalived passes over, too
};

// Reads `path` and what it includes.
Source preprocess(const std::string& path, const Machine& machine);

}  // namespace holdfast::importer
