// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <utility>

#include "common/core/result.h"
#include "common/log.h"
#include "supervisor/daemon.h"
#include "supervisor/marked_socket.h"
#include "supervisor/ping_socket.h"

// What workers are sent, and with which descriptors.
namespace holdfast::supervisor {

void Daemon::send(const Send& send) {
  auto& worker = process(send.role);
  if (!worker) return;
  const bool configure = std::holds_alternative<Configure>(send.message);
  Result<void> sent;
  if (configure && send.role == Role::kVrrp) {
    // Of the same reading as the document. Only this worker needs them, and nothing keeps them.
    for (const Secret& secret : document_.secrets) {
      if (sent) sent = worker->send(secret, -1);
    }
  }
  if (configure && send.role == Role::kCheck) {
    sent = send_ping_sockets(*worker);
    if (sent) sent = send_system_files(*worker);
    for (const OwnedFd& file : document_.tls_files) {
      if (sent) sent = worker->send(Secret{}, file.get());
    }
  }
  if (configure && send.role == Role::kAlert) sent = send_files(*worker, document_.alert_files);
  if (configure && send.role == Role::kWitness) sent = send_files(*worker, document_.witness_files);
  if (configure && send.role == Role::kMonitor) sent = send_listeners(*worker);
  if (const auto* const wanted = std::get_if<MarkedSocket>(&send.message)) {
    sent = send_marked_socket(*worker, *wanted);
  } else if (sent) {
    sent = worker->send(send.message, configure ? document_.sealed_for(send.role) : -1);
  }
  if (!sent) handle(Violation{send.role, "does not read: " + sent.error().message});
}

// Of the families that are pinged. One that cannot be made costs its pings, which the worker says.
Result<void> Daemon::send_ping_sockets(WorkerProcess& worker) const {
  Result<void> sent;
  for (const Family family : {Family::kIpv4, Family::kIpv6}) {
    const auto pings = [family](const CheckConfig& check) {
      const auto* const ping = std::get_if<PingCheck>(&check.target);
      return ping != nullptr && ping->endpoint.address.family() == family;
    };
    const std::vector<CheckConfig>& checks = document_.config->checks;
    if (std::none_of(checks.begin(), checks.end(), pings)) continue;
    const Result<OwnedFd> socket = open_ping_socket(family, ping_identifier_);
    if (!socket) {
      log(LogLevel::kError, socket.error().message);
      continue;
    }
    const PingSocket message{family == Family::kIpv6, ping_identifier_};
    if (sent) sent = worker.send(message, socket->get());
  }
  return sent;
}

// It is the worker's alone as soon as it is sent.
Result<void> Daemon::send_marked_socket(WorkerProcess& worker, MarkedSocket wanted) {
  if (has_too_many_on_their_way(worker.channel())) {
    wanted.fault = "the check-worker does not read what it was sent";
  }
  if (!wanted.fault.empty()) return worker.send(wanted);
  const Result<OwnedFd> socket = open_marked_socket(wanted);
  if (!socket) wanted.fault = bounded(socket.error().message);
  return worker.send(wanted, socket ? socket->get() : -1);
}

Result<void> Daemon::send_system_files(WorkerProcess& worker) const {
  Result<void> sent;
  for (const OwnedFd& file : system_files_.sealed()) {
    if (sent) sent = worker.send(SystemFile{}, file.get());
  }
  return sent;
}

void Daemon::system_files_changed() {
  for (const Role role : {Role::kCheck, Role::kAlert, Role::kWitness}) {
    auto& worker = process(role);
    if (!worker) continue;
    if (const Result<void> sent = send_system_files(*worker); !sent) {
      handle(Violation{role, "does not read: " + sent.error().message});
    }
  }
}

}  // namespace holdfast::supervisor
