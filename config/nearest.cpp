// SPDX-License-Identifier: Apache-2.0
#include "config/nearest.h"

#include <algorithm>
#include <utility>

namespace holdfast {
namespace {

// Names and keys are shorter; anything longer is no typo of one.
constexpr std::size_t kLengthMax = 64;
constexpr std::size_t kDistanceMax = 3;
constexpr std::size_t kListedMax = 5;

}  // namespace

std::size_t edit_distance(std::string_view a, std::string_view b, std::size_t limit) {
  const std::size_t difference = a.size() > b.size() ? a.size() - b.size() : b.size() - a.size();
  if (difference > limit) return limit + 1;

  // Rows of the optimal string alignment matrix: the one before last, the last, the current one.
  std::vector<std::size_t> before(b.size() + 1);
  std::vector<std::size_t> last(b.size() + 1);
  std::vector<std::size_t> current(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) current[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::swap(before, last);
    std::swap(last, current);
    current[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replaced = last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      current[j] = std::min({last[j] + 1, current[j - 1] + 1, replaced});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
        current[j] = std::min(current[j], before[j - 2] + 1);
      }
    }
    // A swap reaches over one row, so only two rows beyond the limit end the search.
    const auto beyond = [limit](std::size_t distance) { return distance > limit; };
    if (std::all_of(current.begin(), current.end(), beyond) &&
        std::all_of(last.begin(), last.end(), beyond)) {
      return limit + 1;
    }
  }
  return std::min(current[b.size()], limit + 1);
}

std::optional<std::string_view> nearest(std::string_view text,
                                        const std::vector<std::string_view>& candidates) {
  if (text.size() > kLengthMax) return {};
  std::optional<std::string_view> best;
  std::size_t best_distance = kDistanceMax + 1;
  for (const std::string_view candidate : candidates) {
    if (candidate.size() > kLengthMax) continue;
    const std::size_t third = std::max(text.size(), candidate.size()) / 3;
    const std::size_t limit = std::min(std::max<std::size_t>(third, 1), best_distance - 1);
    const std::size_t distance = edit_distance(text, candidate, limit);
    if (distance > limit) continue;
    best = candidate;
    best_distance = distance;
    if (distance <= 1) break;
  }
  return best;
}

std::string did_you_mean(std::string_view text, const std::vector<std::string_view>& candidates) {
  const auto candidate = nearest(text, candidates);
  return candidate ? ", did you mean '" + std::string(*candidate) + "'?" : "";
}

std::string what_there_is(std::string_view text, const std::vector<std::string>& names) {
  if (std::string meant = did_you_mean(text, {names.begin(), names.end()}); !meant.empty()) {
    return meant;
  }
  if (names.empty()) return "; there is none at all";
  std::string all = names.size() == 1 ? "; there is " : "; there are ";
  const std::size_t listed = std::min(names.size(), kListedMax);
  for (std::size_t i = 0; i < listed; ++i) {
    if (i > 0) all += i + 1 == names.size() ? " and " : ", ";
    all += "'" + names[i] + "'";
  }
  if (names.size() > listed) all += " and " + std::to_string(names.size() - listed) + " more";
  return all;
}

std::string no_such(std::string_view kind, std::string_view text,
                    const std::vector<std::string>& names) {
  return "there is no " + std::string(kind) + " '" + std::string(text) + "'" +
         what_there_is(text, names);
}

}  // namespace holdfast
