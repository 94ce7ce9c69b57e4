// SPDX-License-Identifier: Apache-2.0
#include <utility>

#include "common/core/overloaded.h"
#include "supervisor/core/control_request.h"
#include "supervisor/daemon.h"

// What the control socket asks for.
namespace holdfast::supervisor {
namespace {

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
  std::visit(Overloaded{
                 [&](const AskStatus&) { answer(status()); },
                 [&](const OrderServer& one) { answer(order(one)); },
                 [&](const StopDaemon& one) { stop(one, answer); },
                 [&](const StepAside&) { answer(done_or_not(step_aside())); },
                 [&](const AskHistory&) { answer(history()); },
                 [&](const OrderMaintenance& one) { answer(maintain(one)); },
                 [&](const Upgrade&) {
                   upgrade_askers_.insert(await(answer));
                   upgrade();
                 },
                 [&](const Reload& one) { answer(reload(one.confirm)); },
                 [&](const AskConfiguration&) { answer(configuration()); },
                 [&](const Confirm&) { answer(done_or_not(confirm())); },
                 [&](const ListChecks&) { handle(AskedForChecks{await(answer)}); },
                 [&](const ListReceivers&) { answer(receivers_document(document_.config.alerts)); },
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

Ticket Daemon::await(const ControlSocket::Answer& answer) {
  asked_.emplace(++last_ticket_, answer);
  return last_ticket_;
}

void Daemon::answer(Ticket ticket, const std::string& document) {
  const auto asked = asked_.extract(ticket);
  if (!asked.empty()) asked.mapped()(document);
}

}  // namespace holdfast::supervisor
