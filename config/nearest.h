// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace holdfast {

// Insertions, deletions, replacements and swaps of neighbours that turn one text into the other;
// anything above `limit` is limit + 1.
std::size_t edit_distance(std::string_view a, std::string_view b, std::size_t limit);

// The candidate that `text` most probably is a typo of: the first of those with the least
// distance, if any is near enough, at most a third of the longer one's letters.
std::optional<std::string_view> nearest(std::string_view text,
                                        const std::vector<std::string_view>& candidates);

// ", did you mean 'priority'?", or nothing.
std::string did_you_mean(std::string_view text, const std::vector<std::string_view>& candidates);

// The same, or else the first few that there are: "; there are 'db', 'web' and 3 more".
std::string what_there_is(std::string_view text, const std::vector<std::string>& names);

// "there is no check 'wbe', did you mean 'web'?", or what there is.
std::string no_such(std::string_view kind, std::string_view text,
                    const std::vector<std::string>& names);

}  // namespace holdfast
