// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <utility>

#include "common/core/unix_door.h"
#include "common/log.h"
#include "supervisor/core/history_record.h"
#include "supervisor/core/notify_plan.h"
#include "supervisor/daemon.h"

// What the monitor-worker and the alert-worker are given that only this process has: sockets to
// listen at, files, and what is known of processes and of the configuration.
namespace holdfast::supervisor {

// One that cannot be opened costs what would have been served there, until the next reload.
Result<void> Daemon::send_listeners(WorkerProcess& worker) {
  if (document_.config->monitoring.listen.empty()) return {};
  if (const Result<int> socket = listeners_.unix_socket()) {
    const Result<void> sent = worker.send(Listener{std::string(kUnixDoor)}, *socket);
    if (!sent) return sent;
  } else {
    log(LogLevel::kError, socket.error().message);
  }
  for (const Endpoint& address : document_.config->monitoring.listen) {
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

// Whatever has changed since they were told last.
void Daemon::tell_watchers() {
  std::vector<Message> news;
  census_.wanted(core_.listens(Role::kMonitor));
  for (const Role role : {Role::kMonitor, Role::kAlert}) {
    if (!core_.listens(role) || !process(role)) continue;
    if (role == Role::kMonitor && known_of_us_.at(static_cast<std::size_t>(role)).empty()) {
      tell_history();
      if (!process(role)) return;
    }
    if (news.empty()) {
      const Surroundings around = surroundings();
      news.emplace_back(daemon_state(core_, around));
      for (const WorkerState& one : worker_states(core_, around)) news.emplace_back(one);
    }
    const std::vector<Message> known =
        std::exchange(known_of_us_.at(static_cast<std::size_t>(role)), news);
    for (std::size_t i = 0; i < news.size(); ++i) {
      if (i < known.size() && known[i] == news[i]) continue;
      const Result<void> sent = process(role)->send(news[i]);
      if (sent) continue;
      handle(Violation{role, "does not read: " + sent.error().message});
      return;
    }
  }
}

bool Daemon::tell_monitor(const Message& message) {
  const Result<void> sent = process(Role::kMonitor)->send(message);
  if (!sent) handle(Violation{Role::kMonitor, "does not read: " + sent.error().message});
  return sent.has_value();
}

void Daemon::tell_census() {
  if (!core_.listens(Role::kMonitor) || !process(Role::kMonitor)) return;
  for (const Message& one : census_.count(surroundings().pids)) {
    if (!tell_monitor(one)) return;
  }
}

// A new life begins with what happened before it.
void Daemon::tell_history() {
  constexpr std::size_t kMost = 256;
  const std::vector<HistoryEvent> events = history_.read();
  std::uint64_t number = 0;
  for (std::size_t i = 0; i < events.size(); ++i) {
    number = event_number(events[i], number);
    if (i + kMost < events.size()) continue;
    if (!tell_monitor(Happened{number, events[i]})) return;
  }
  last_event_ = std::max(last_event_, number);
}

// ---- What the alert-worker and the witness-worker need: how names are looked up, and what their
// parts of the configuration name.

Result<void> Daemon::send_files(WorkerProcess& worker, const std::vector<OwnedFd>& files) const {
  Result<void> sent = send_system_files(worker);
  for (const OwnedFd& file : files) {
    if (sent) sent = worker.send(Secret{}, file.get());
  }
  return sent;
}

void Daemon::run(const StartAlertScript& start) {
  const AlertScript& script = start.script;
  const auto& receivers = document_.config->alerts.receivers;
  const auto receiver = std::find_if(receivers.begin(), receivers.end(),
                                     [&](const auto& one) { return one.name == script.receiver; });
  HF_CHECK(receiver != receivers.end());
  const Command& command = std::get<ScriptReceiver>(receiver->by).command;
  const auto done = [this, start](const ScriptOutcome& outcome) {
    census_.ended(ScriptKind::kOfAlert, outcome.verdict);
    handle(ScriptEnded{
        {start.script.receiver, start.script.attempt, outcome.verdict, bounded(outcome.reason), {}},
        start.life,
        Role::kAlert});
  };
  // No check is called like this.
  check_scripts_.run({"alert " + script.receiver, command, document_.users.at(command.user),
                      alert_environment(script.alert, document_.config->node),
                      document_.config->alerts.timeout, true, done});
}

}  // namespace holdfast::supervisor
