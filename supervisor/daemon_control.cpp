// SPDX-License-Identifier: Apache-2.0
#include <chrono>
#include <optional>
#include <utility>

#include "common/clock.h"
#include "common/core/overloaded.h"
#include "supervisor/core/control_request.h"
#include "supervisor/daemon.h"

// What the control socket asks for.
namespace holdfast::supervisor {
namespace {

constexpr std::chrono::seconds kInForceWithin{3};  // less than holdfastctl is patient for

std::string done_or_not(const Result<void>& result) {
  return result ? done_document() : error_document(result.error().message);
}

}  // namespace

void Daemon::control(std::string_view line, const ControlSocket::Answer& answer) {
  const Result<ControlRequest> request = parse_request(line);
  if (!request) {
    answer(error_document(request.error().message));
    return;
  }
  std::visit(
      Overloaded{
          [&](const AskStatus&) { answer(status()); },
          [&](const OrderServer& one) { answer(order(one)); },
          [&](const StopDaemon& one) { stop(one, answer); },
          [&](const StepAside&) { step_aside(answer); },
          [&](const AskHistory&) { answer(history()); },
          [&](const OrderMaintenance& one) { answer(maintain(one)); },
          [&](const Upgrade&) {
            upgrade_askers_.insert(await(answer));
            upgrade();
          },
          [&](const Reload& one) { reload(one, answer); },
          [&](const AskConfiguration&) { answer(configuration()); },
          [&](const Confirm&) { answer(done_or_not(confirm())); },
          [&](const ListChecks&) { handle(AskedForChecks{await(answer)}); },
          [&](const ListReceivers&) { answer(receivers_document(document_.config->alerts)); },
          [&](const TestReceiver& test) {
            handle(AskedToTest{await(answer), test.receiver});
          },
          [&](const RunOneCheck& run) {
            handle(AskedToRun{await(answer), run.check});
          },
      },
      *request);
}

// A second one must not cut short the hand-over of the first, as a second signal would.
void Daemon::stop(const StopDaemon& request, const ControlSocket::Answer& answer) {
  if (stopping_ && request.keep) {
    answer(error_document("holdfastd is stopping already"));
    return;
  }
  stop_askers_.insert(await(answer));
  if (!stopping_) terminate(request.keep);
}

// Answered when it is in force, so that whoever asks for something next asks all workers for it; or
// after a while, since a worker that fails may be long in coming.
void Daemon::reload(const Reload& request, const ControlSocket::Answer& answer) {
  if (const auto refusal = reload(request.confirm)) return answer(*refusal);
  reload_askers_.insert(await(answer));
  reload_patience_.set(monotonic_now() + kInForceWithin);
}

void Daemon::answer_reloads() {
  reload_patience_.set(std::nullopt);
  for (const Ticket ticket : std::exchange(reload_askers_, {})) answer(ticket, done_document());
}

Ticket Daemon::await(const ControlSocket::Answer& answer) {
  asked_.emplace(++last_ticket_, answer);
  return last_ticket_;
}

void Daemon::answer(Ticket ticket, const std::string& document) {
  const auto asked = asked_.extract(ticket);
  if (!asked.empty()) asked.mapped()(document);
}

}  // namespace holdfast::supervisor
