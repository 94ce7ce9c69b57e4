// SPDX-License-Identifier: Apache-2.0
#include "check-worker/core/check_core.h"

// What waits for a descriptor, instead of failing for the lack of one.
namespace holdfast::check {
namespace {

// Pings share a socket, and scripts are the supervisor's.
bool takes_a_socket(const CheckTarget& target) {
  return endpoint_of(target) && !std::holds_alternative<PingCheck>(target);
}

}  // namespace

// True: it stands in the queue now. Else it has its socket.
bool CheckCore::must_wait(Checks::value_type& entry) {
  auto& [name, check] = entry;
  if (!takes_a_socket(check.config->target)) return false;
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
  if (takes_a_socket(entry.second.config->target)) --sockets_;
  under_way_.erase(entry.second.probe->attempt);
  entry.second.probe.reset();
  entry.second.ended = now_;
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
