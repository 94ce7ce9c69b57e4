// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "config/yaml_builder.h"

// What is no YAML, in words for the person who wrote it.
namespace holdfast {

inline constexpr std::string_view kSecondDocument =
    "found more after the end of the document, expected one document in a file";
inline constexpr std::string_view kTag =
    "found a tag (a word that begins with '!'), which has no meaning here";

// As libyaml says it.
struct YamlProblem {
  struct Spot {
    YamlPlace place;
    std::size_t offset = 0;  // in the document
  };
  std::string_view what;     // "did not find expected key"
  std::string_view context;  // "while parsing a block mapping"; may be empty
  Spot at;
  Spot context_at;  // if there is a context
};

struct YamlFault {
  YamlPlace at;
  std::string message;
};

// `inside` is the map or list that was not complete yet, or null.
YamlFault fault_of(const YamlProblem& problem, std::string_view document, const YamlNode* inside);

// The fault of a value that begins at this spot, if it is in quotes that are not closed on their
// line: a quote that was forgotten swallows what follows, up to the next one.
std::optional<YamlFault> open_quote(std::string_view document, YamlProblem::Spot begins);

}  // namespace holdfast
