// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "import/scope.h"
#include "import/source.h"

// From a keepalived.conf to a configuration of Holdfast. Pure: what it reads and asks is given.
namespace holdfast::importer {

struct Imported {
  std::string yaml;               // empty, if there are problems
  std::vector<Problem> problems;  // why nothing was translated
  std::vector<Finding> findings;  // in the order of the file
  int translated = 0;             // directives
  int reported = 0;               // not translated, or not all of what they say
  int unknown = 0;                // of no keepalived 2.3
};

Imported import_keepalived(const std::string& path, const Machine& machine);

// What was made of it, for people and for programs. `result` is the file that was written.
std::string report_text(const Imported& imported);
std::string report_json(const Imported& imported);

}  // namespace holdfast::importer
