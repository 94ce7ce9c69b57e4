// SPDX-License-Identifier: Apache-2.0
#include "vrrp-worker/core/turn.h"

namespace holdfast::vrrp {

// Whoever takes all at once is worth one line.
void Turn::log_losses(const std::vector<Repairs::Thing>& put_back) const {
  constexpr std::size_t kLines = 3;
  const auto from = [](const Repairs::Thing& thing) {
    return thing.place.empty() ? std::string{} : " from " + thing.place;
  };
  if (put_back.size() > kLines) {
    log(LogLevel::kWarning, put_back.front().name + " and " + std::to_string(put_back.size() - 1) +
                                " more were removed" + from(put_back.front()) +
                                " by somebody else: put back");
    return;
  }
  for (const Repairs::Thing& thing : put_back) {
    log(LogLevel::kWarning, thing.name + " was removed" + from(thing) +
                                " by somebody else: put back" + times_so_far(repairs.count(thing)));
  }
}

std::string times_so_far(std::uint64_t count) {
  return count == 1 ? std::string{} : " (" + std::to_string(count) + " times so far)";
}

}  // namespace holdfast::vrrp
