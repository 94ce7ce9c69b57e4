// SPDX-License-Identifier: Apache-2.0
#include <chrono>
#include <string>
#include <utility>

#include "common/clock.h"
#include "common/log.h"
#include "status/events.h"
#include "supervisor/core/history_record.h"
#include "supervisor/daemon.h"
#include "supervisor/state_file.h"

// Maintenance, and what has happened on this node: both outlive this process.
namespace holdfast::supervisor {
namespace {

constexpr const char* kMaintenanceFile = "maintenance";

std::int64_t seconds_now() {
  return std::chrono::duration_cast<std::chrono::seconds>(real_time_now().time_since_epoch())
      .count();
}

}  // namespace

// ---- Maintenance.

// Before the first configuration starts the workers. What cannot be read is taken as maintenance:
// a node that its operator may have taken out must not take addresses over.
void Daemon::read_maintenance() {
  const std::string path = state_ + '/' + kMaintenanceFile;
  const Result<std::string> text = read_state_file(path);
  auto order = text ? MaintenanceOrder::parse(*text) : tl::unexpected(text.error());
  if (order) {
    maintenance_ = *order;
  } else {
    maintenance_ = MaintenanceOrder{seconds_now(), {}};
    log(LogLevel::kError, "maintenance until told otherwise, as " + path +
                              " cannot be understood: " + order.error().message);
  }
  if (maintenance_ && maintenance_->is_over(seconds_now())) {
    maintenance_over();
    return;
  }
  if (!maintenance_) return;
  log(LogLevel::kWarning, "maintenance: this node takes nothing over; holdfastctl maintenance off");
  handle(Maintain{true});
  limit_maintenance();
}

void Daemon::limit_maintenance() {
  std::optional<Time> end;
  if (maintenance_ && maintenance_->until) {
    end = monotonic_now() + std::chrono::seconds{*maintenance_->until - seconds_now()};
  }
  maintenance_over_.set(end);
}

std::string Daemon::maintain(const OrderMaintenance& request) {
  if (stopping_) return error_document("holdfastd is stopping");
  std::optional<MaintenanceOrder> order;
  if (request.on) {
    order = MaintenanceOrder{maintenance_ ? maintenance_->since : seconds_now(), {}};
    if (request.duration) order->until = seconds_now() + request.duration->count();
  }
  const bool turned = order.has_value() != maintenance_.has_value();
  if (const auto set = set_maintenance(order); !set) return error_document(set.error().message);
  if (turned) {
    remember(EventOf::kMaintenance, "", request.on ? "on" : "off", "ordered by the operator");
    log(LogLevel::kWarning, request.on ? "maintenance: hands everything over"
                                       : "maintenance is over: ordered by the operator");
  }
  handle(Maintain{request.on});
  return done_document();
}

// What cannot be kept is not begun: after a restart it would be forgotten.
Result<void> Daemon::set_maintenance(const std::optional<MaintenanceOrder>& order) {
  auto written =
      write_state_file(state_, kMaintenanceFile, order ? order->to_text() : std::string());
  if (!written) return written;
  maintenance_ = order;
  limit_maintenance();
  return {};
}

void Daemon::maintenance_over() {
  // The clock of the day may have been set back.
  if (maintenance_ && !maintenance_->is_over(seconds_now())) {
    limit_maintenance();
    return;
  }
  if (const auto set = set_maintenance(std::nullopt); !set) {
    log(LogLevel::kError, set.error().message);  // its time is in the file: it stays over
    maintenance_.reset();
  }
  remember(EventOf::kMaintenance, "", "off", "its time is up");
  log(LogLevel::kInfo, "maintenance is over: its time is up");
  handle(Maintain{false});
}

// ---- History.

void Daemon::remember(HistoryEvent event) {
  event.at = real_time_now();
  history_.record(event);
  last_event_ = event_number(event, last_event_);
  // Before its first words the monitor-worker is told of all that stands in the files.
  const bool told = !known_of_us_.at(static_cast<std::size_t>(Role::kMonitor)).empty();
  if (told && core_.listens(Role::kMonitor) && process(Role::kMonitor)) {
    tell_monitor(Happened{last_event_, event});
  }
}

void Daemon::remember(EventOf of, const std::string& subject, const std::string& to,
                      const std::string& reason) {
  HistoryEvent event;
  event.of = of;
  event.subject = bounded(subject);
  event.to = to;
  event.reason = bounded(reason);
  remember(std::move(event));
}

void Daemon::remember(const SupervisorEvent& event) {
  const auto* const said = std::get_if<MessageFrom>(&event);
  if (said == nullptr) return;
  if (auto news = chronicle_.heard(said->message)) remember(std::move(*news));
}

std::string Daemon::history() const {
  return events_document(document_.config->node, history_.read());
}

}  // namespace holdfast::supervisor
