// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "config/diagnostic.h"

namespace holdfast {

// The line of a file and a mark under the column, both counted from 1, columns in bytes:
//      7 |       prioritty: 150
//        |       ^
// A part of it if it is long. What is not printable ASCII is shown as '?', and what stands after
// `password:` not at all. Nothing, if the text has no such line.
std::string excerpt(std::string_view text, int line, int column);

// Of what a diagnostic is about: the document, called `file`, or one of the files that it includes.
std::string excerpt_of(const Diagnostic& one, const std::string& file, std::string_view text,
                       const std::map<std::string, std::string>& included);

// Each of them, and under it what it is about.
std::string with_excerpts(const std::vector<Diagnostic>& some, const std::string& file,
                          std::string_view text,
                          const std::map<std::string, std::string>& included);

}  // namespace holdfast
