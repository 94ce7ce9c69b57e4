// SPDX-License-Identifier: Apache-2.0
#include "supervisor/core/control_request.h"

#include <algorithm>
#include <string>
#include <vector>

namespace holdfast::supervisor {
namespace {

constexpr std::size_t kWordMax = 256;

using Words = std::vector<std::string_view>;

bool is_word(std::string_view text) {
  return !text.empty() && text.size() <= kWordMax &&
         std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < '\x7F'; });
}

Result<Words> words_of(std::string_view line) {
  if (line.empty()) return fail("an empty request");
  if (line.size() > kRequestMax) {
    return fail("a request of more than " + std::to_string(kRequestMax) + " bytes");
  }
  Words words;
  while (true) {
    const std::size_t end = line.find(' ');
    if (!is_word(line.substr(0, end))) {
      return fail("a request is words of printable ASCII characters, parted by single blanks");
    }
    words.push_back(line.substr(0, end));
    if (end == std::string_view::npos) return words;
    line.remove_prefix(end + 1);
  }
}

}  // namespace

Result<ControlRequest> parse_request(std::string_view line) {
  const Result<Words> words = words_of(line);
  if (!words) return tl::unexpected(words.error());
  if (*words == Words{"status"}) return AskStatus{};
  if (*words == Words{"checks"}) return ListChecks{};
  if (words->size() == 3 && (*words)[0] == "checks" && (*words)[1] == "run") {
    return RunOneCheck{std::string((*words)[2])};
  }
  return fail("unknown request '" + std::string(line) + "'");
}

}  // namespace holdfast::supervisor
