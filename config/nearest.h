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

}  // namespace holdfast
