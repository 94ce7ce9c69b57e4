// SPDX-License-Identifier: Apache-2.0
#include "config/yaml_words.h"

#include <algorithm>
#include <array>

#include "config/tight_colon.h"

namespace holdfast {
namespace {

struct Words {
  std::string_view theirs;
  std::string_view ours;
};
constexpr std::array kWords{
    Words{"mapping values are not allowed in this context",
          "found a ':' where no key ends: a wrong indentation, or a value that needs quotes"},
    Words{"found character that cannot start any token",
          "found a character that cannot begin a value: put the value in quotes"},
    Words{"block sequence entries are not allowed in this context",
          "found a '-' where no entry of a list can begin: a wrong indentation, or a value that "
          "needs quotes"},
    Words{"found unexpected ':'",
          "found a ':' at the end of a value in brackets or braces: put the value in quotes"},
    Words{"mapping keys are not allowed in this context",
          "found a '?' where no key can begin: put the value in quotes"},
    Words{"did not find expected alphabetic or numeric character",
          "found a '*' or '&' without the name of an anchor, expected letters, digits, '_' or '-': "
          "put a text that begins so in quotes"},
    Words{"found unknown escape character",
          "found a '\\' that escapes nothing: double it, or put the value in single quotes"},
    Words{"did not find expected hexdecimal number",
          "found too few hexadecimal digits in the escape of a character"},
    Words{"found invalid Unicode character escape code",
          "found the escape of a character that there is not"},
    Words{"did not find expected comment or line break",
          "found a text behind the '|' or '>', expected it on the lines below"},
    Words{"found incompatible YAML document", "found a version of YAML other than 1.1 and 1.2"},
    Words{"did not find expected <document start>",
          "found no '---' between a line that begins with '%' and the document"},
};

std::size_t line_start(std::string_view text, std::size_t at) {
  const std::size_t line_end = text.substr(0, at).rfind('\n');
  return line_end == std::string_view::npos ? 0 : line_end + 1;
}

// Whatever a tab made the parser say, the tab is the reason.
std::optional<YamlFault> fault_of_tab(const YamlProblem& problem, std::string_view document) {
  const std::size_t start = line_start(document, problem.at.offset);
  const std::size_t first = document.find_first_not_of(' ', start);
  const bool begins = first != std::string_view::npos && document[first] == '\t';
  const std::size_t tab = begins ? first : problem.at.offset;
  if (document.substr(tab, 1) != "\t") return {};
  return YamlFault{
      {problem.at.place.line, static_cast<int>(tab - start) + 1},
      begins ? "found a tab, expected indentation by spaces" : "found a tab, expected a space"};
}

std::optional<YamlFault> fault_of_tight_colon(const YamlProblem& problem,
                                              std::string_view document) {
  const auto key = tight_key_before(document, line_start(document, problem.at.offset));
  if (!key) return {};
  return YamlFault{{problem.at.place.line - key->lines, key->column}, needs_blank(key->key)};
}

std::string words_for(const YamlProblem& problem, std::string_view document,
                      const YamlNode* inside) {
  const std::string_view what = problem.what;
  const std::string_view at = document.substr(std::min(problem.at.offset, document.size()), 1);
  if (what == "did not find expected node content") {
    if (at == ":") return "found a ':' behind no key: a missing key, or a value that needs quotes";
    if (at == "," || at == "]" || at == "}" || at == "-") {
      return "found a '" + std::string(at) +
             "' where a value is expected: a missing value, or one "
             "that needs quotes";
    }
  }
  if (what.starts_with("did not find expected") && inside != nullptr &&
      (problem.context.starts_with("while parsing a block ") ||
       problem.context.starts_with("while parsing a flow "))) {
    return std::string("found what does not belong to the ") +
           (inside->kind == YamlNode::Kind::kMap ? "map" : "list") + " that begins at " +
           place_text(*inside) + ": a wrong indentation, or a missing bracket, comma or quote";
  }
  const auto* const known = std::find_if(kWords.begin(), kWords.end(),
                                         [&](const Words& one) { return one.theirs == what; });
  return std::string(known == kWords.end() ? what : known->ours);
}

// Of a value, behind what may stand before it: an anchor, a tag, a comment.
std::size_t text_of_value(std::string_view document, std::size_t at) {
  constexpr std::string_view kBlank = " \t\r\n";
  while (at < document.size() &&
         (document[at] == '&' || document[at] == '!' || document[at] == '#')) {
    const std::size_t end =
        document[at] == '#' ? document.find('\n', at) : document.find_first_of(kBlank, at);
    at = document.find_first_not_of(kBlank, std::min(end, document.size()));
  }
  return std::min(at, document.size());
}

bool closes_on_its_line(std::string_view document, std::size_t quote_at) {
  const char quote_character = document[quote_at];
  for (std::size_t at = quote_at + 1; at < document.size() && document[at] != '\n'; ++at) {
    const char c = document[at];
    if (c == '\\' && quote_character == '"') {
      ++at;
    } else if (c == quote_character) {
      // Two single quotes are one that is meant.
      if (c == '"' || document.substr(at + 1, 1) != "'") return true;
      ++at;
    }
  }
  return false;
}

}  // namespace

std::optional<YamlFault> open_quote(std::string_view document, YamlProblem::Spot begins) {
  const std::size_t at = text_of_value(document, begins.offset);
  const bool quoted = at < document.size() && (document[at] == '"' || document[at] == '\'');
  if (!quoted || closes_on_its_line(document, at)) return {};
  const std::string_view before = document.substr(begins.offset, at - begins.offset);
  const auto lines = std::count(before.begin(), before.end(), '\n');
  const int column = lines == 0 ? begins.place.column + static_cast<int>(before.size())
                                : static_cast<int>(at - line_start(document, at)) + 1;
  return YamlFault{{begins.place.line + static_cast<int>(lines), column},
                   std::string("found no closing ") + document[at] + " on the line, expected one"};
}

YamlFault fault_of(const YamlProblem& problem, std::string_view document, const YamlNode* inside) {
  if (!problem.context.empty()) {
    if (auto open = open_quote(document, problem.context_at)) return std::move(*open);
  }
  if (problem.context.ends_with(" a tag") || problem.what == "found undefined tag handle") {
    return {problem.context_at.place, std::string(kTag)};
  }
  std::optional<YamlFault> fault = fault_of_tab(problem, document);
  if (!fault) fault = fault_of_tight_colon(problem, document);
  if (!fault && problem.what == "could not find expected ':'") {
    fault = {problem.context_at.place,
             "found no ':' after what stands where a key is expected: a missing ':' or '-', or a "
             "wrong indentation"};
  }
  if (!fault) fault = {problem.at.place, words_for(problem, document, inside)};
  fault->message.insert(0, "not valid YAML: ");
  return std::move(*fault);
}

}  // namespace holdfast
