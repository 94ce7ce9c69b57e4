// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <string>
#include <vector>

#include "common/core/overloaded.h"
#include "config/nearest.h"
#include "supervisor/core/supervisor_core.h"

// What root asks of the check-worker and of the alert-worker, through the control socket.
namespace holdfast::supervisor {
namespace {

template <typename Named>
std::vector<std::string> names_of(const std::vector<Named>& all) {
  std::vector<std::string> names;
  names.reserve(all.size());
  for (const Named& one : all) names.push_back(one.name);
  return names;
}

}  // namespace

void SupervisorCore::asked_for_checks(Ticket ticket) {
  const WorkerRecord& worker = record(Role::kCheck);
  if (worker.stage != Stage::kRunning || !worker.listens()) {
    actions_.emplace_back(ChecksGathered{{ticket}, {}});
    return;
  }
  const std::optional<AskChecks> question = inquiries_.ask_checks(ticket);
  if (question) actions_.emplace_back(Send{Role::kCheck, *question});
}

void SupervisorCore::asked_to_run(const AskedToRun& event) {
  const auto check = std::find_if(config_->checks.begin(), config_->checks.end(),
                                  [&](const CheckConfig& one) { return one.name == event.check; });
  const WorkerRecord& worker = record(Role::kCheck);
  const auto refuse = [&](const std::string& why) {
    actions_.emplace_back(Refused{event.ticket, why});
  };
  if (check == config_->checks.end()) {
    refuse(no_such("check", event.check, names_of(config_->checks)));
  } else if (is_watched(check->target)) {
    refuse("check " + event.check +
           " is watched, not asked: what is seen of it is its state already");
  } else if (stopping_) {
    refuse("holdfastd is stopping");
  } else if (std::holds_alternative<ScriptCheck>(check->target)) {
    actions_.emplace_back(StartScript{event.check, 0, 0, event.ticket});
  } else if (worker.stage != Stage::kRunning || !worker.listens()) {
    refuse("the check-worker is not running");
  } else if (!inquiries_.can_run()) {
    refuse(std::to_string(Inquiries::kRunsMax) + " checks are being run already");
  } else {
    actions_.emplace_back(Send{Role::kCheck, inquiries_.run(event.ticket, event.check)});
  }
}

void SupervisorCore::told(WorkerRecord& worker, const CheckDetails& page) {
  auto next = inquiries_.told(page);
  if (!next) {
    violated(worker, next.error().message);
    return;
  }
  std::visit(Overloaded{
                 [this](const AskChecks& question) {
                   actions_.emplace_back(Send{Role::kCheck, question});
                 },
                 [this](ChecksGathered& all) { actions_.emplace_back(std::move(all)); },
             },
             *next);
}

void SupervisorCore::told(WorkerRecord& worker, const CheckRun& step) {
  auto end = (worker.role == Role::kAlert ? alert_tests_ : inquiries_).told(step);
  if (!end) {
    violated(worker, end.error().message);
  } else if (*end && worker.role == Role::kAlert) {
    actions_.emplace_back(ReceiverWasTested{(*end)->ticket, (*end)->check, (*end)->verdict,
                                            std::move((*end)->reason)});
  } else if (*end) {
    actions_.emplace_back(std::move(**end));
  }
}

void SupervisorCore::asked_to_test(const AskedToTest& event) {
  const auto& receivers = config_->alerts.receivers;
  const bool known = std::any_of(receivers.begin(), receivers.end(),
                                 [&](const auto& one) { return one.name == event.receiver; });
  const WorkerRecord& worker = record(Role::kAlert);
  if (!known) {
    actions_.emplace_back(
        Refused{event.ticket, no_such("receiver of alerts", event.receiver, names_of(receivers))});
  } else if (worker.stage != Stage::kRunning || !worker.listens()) {
    actions_.emplace_back(Refused{event.ticket, "the alert-worker is not running"});
  } else if (!alert_tests_.can_run()) {
    actions_.emplace_back(Refused{
        event.ticket, std::to_string(Inquiries::kRunsMax) + " receivers are being tested already"});
  } else {
    actions_.emplace_back(Send{Role::kAlert, alert_tests_.run(event.ticket, event.receiver)});
  }
}

void SupervisorCore::give_up_inquiries(Role role) {
  if (role != Role::kCheck && role != Role::kAlert) return;
  Inquiries& pending = role == Role::kAlert ? alert_tests_ : inquiries_;
  for (InquiryAnswer& answer : pending.give_up()) {
    std::visit([this](auto& one) { actions_.emplace_back(std::move(one)); }, answer);
  }
}

}  // namespace holdfast::supervisor
