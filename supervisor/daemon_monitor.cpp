// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <utility>

#include "common/log.h"
#include "supervisor/daemon.h"

// What the monitor-worker is given that only this process has: the sockets it listens at, and what
// is known of processes and of the configuration.
namespace holdfast::supervisor {

// One that cannot be opened costs what would have been served there, until the next reload.
Result<void> Daemon::send_listeners(WorkerProcess& worker) {
  for (const Endpoint& address : document_.config.monitoring.listen) {
    const Result<int> socket = listeners_.socket_of(address);
    if (!socket) {
      log(LogLevel::kError, socket.error().message);
      continue;
    }
    const Result<void> sent = worker.send(Listener{address.to_string()}, *socket);
    if (!sent) return sent;
  }
  return {};
}

// Whatever has changed since it was told last.
void Daemon::tell_monitor() {
  if (!core_.listens(Role::kMonitor) || !process(Role::kMonitor)) return;
  const Surroundings around = surroundings();
  std::vector<Message> news{daemon_state(core_, around)};
  for (const WorkerState& one : worker_states(core_, around)) news.emplace_back(one);
  const std::vector<Message> known = std::exchange(monitor_knows_, news);
  for (std::size_t i = 0; i < news.size(); ++i) {
    if (i < known.size() && known[i] == news[i]) continue;
    const Result<void> sent = process(Role::kMonitor)->send(news[i]);
    if (sent) continue;
    handle(Violation{Role::kMonitor, "does not read: " + sent.error().message});
    return;
  }
}

}  // namespace holdfast::supervisor
