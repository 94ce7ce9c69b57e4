// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "check-worker/core/check_core.h"

// What waits for a descriptor, instead of failing for the lack of one.
namespace holdfast::check {

// True: it stands in the queue now. Else it has its socket.
bool CheckCore::must_wait(Checks::value_type& entry) {
  auto& [name, check] = entry;
  if (!check.terms.takes_a_socket) return false;
  if (sockets_ < sockets_max_) {
    ++sockets_;
    return false;
  }
  check.waits = true;
  queue_.push_back(name);
  plan(entry);
  const std::string why =
      std::to_string(sockets_max_) + " probes are under way, as many as there are descriptors for";
  check.history.not_made(now_, "waits: " + why);
  warn(full_, "check " + name + " waits for its turn: " + why);
  return true;
}

void CheckCore::let_go(Checks::value_type& entry) {
  if (entry.second.terms.takes_a_socket) --sockets_;
  under_way_.erase(find_under_way(entry.second.probe->attempt));
  entry.second.probe.reset();
  entry.second.ended = now_;
}

// Or the end.
CheckCore::UnderWay::iterator CheckCore::find_under_way(std::uint64_t attempt) {
  const auto found =
      std::lower_bound(under_way_.begin(), under_way_.end(), attempt,
                       [](const auto& one, std::uint64_t number) { return one.first < number; });
  return found != under_way_.end() && found->first == attempt ? found : under_way_.end();
}

void CheckCore::start_who_wait() {
  while (!queue_.empty() && sockets_ < sockets_max_) {
    const auto found = checks_.find(queue_.front());
    queue_.pop_front();
    // One that a reload has removed, or changed, is not waiting any more.
    if (found == checks_.end() || !std::exchange(found->second.waits, false)) continue;
    start(*found);
  }
}

}  // namespace holdfast::check
