// SPDX-License-Identifier: Apache-2.0
#include <signal.h>

#include <chrono>
#include <string>
#include <utility>

#include "common/clock.h"
#include "common/log.h"
#include "supervisor/daemon.h"
#include "supervisor/handover_file.h"

// The end of a holdfastd whose successor is about to be started, by a service manager that restarts
// it. The kernel keeps the addresses, routes and virtual servers; the workers are killed as in a
// crash, and resume in the successor. If that does not come, nobody answers for the addresses: who
// asks for this sees to it that they are removed then (ExecStopPost of the unit).
namespace holdfast::supervisor {
namespace {

constexpr std::chrono::seconds kSettledWithin{3};
constexpr Duration kLookInterval = std::chrono::milliseconds{20};

}  // namespace

// A worker that is being started, as all are at first, is waited for a while.
void Daemon::step_aside(const ControlSocket::Answer& answer) {
  if (restart_askers_.empty()) restart_due_ = monotonic_now() + kSettledWithin;
  restart_askers_.insert(await(answer));
  step_aside_if_settled();
}

void Daemon::step_aside_if_settled() {
  Result<void> done = may_step_aside();
  if (done && (!core_.settled() || withdrawal_.child)) {
    if (monotonic_now() < restart_due_) {
      settled_.set(monotonic_now() + kLookInterval);
      return;
    }
    done = fail("a worker is not at work");
  }
  if (done) done = step_aside();
  const std::string document = done ? done_document() : error_document(done.error().message);
  for (const Ticket ticket : std::exchange(restart_askers_, {})) answer(ticket, document);
}

Result<void> Daemon::may_step_aside() const {
  if (stopping_) return fail("holdfastd is stopping");
  if (upgrade_) return fail("holdfastd is being upgraded");
  if (unconfirmed_) return fail("a configuration waits to be confirmed: holdfastctl confirm");
  return {};
}

Result<void> Daemon::step_aside() {
  const Loading loading = load_document(source_);
  if (!loading.document) return fail("the configuration has faults: " + loading.faults.front());
  if (auto left = leave_handover(directory_.path(), core_.hand_over()); !left) return left;

  remember(EventOf::kDaemon, "", "stopping", "for a restart");
  log(LogLevel::kInfo, "stopping for a restart: the next holdfastd goes on from here");
  stopping_ = true;
  notifier_.stopping();
  for (const auto& process : processes_) {
    if (process) process->signal(SIGKILL);
  }
  check_scripts_.kill_all();
  exiting_ = 0;
  loop_.stop();
  return {};
}

}  // namespace holdfast::supervisor
