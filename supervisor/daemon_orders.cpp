// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <chrono>
#include <string>
#include <vector>

#include "common/clock.h"
#include "common/log.h"
#include "config/nearest.h"
#include "supervisor/core/message_table.h"
#include "supervisor/daemon.h"
#include "supervisor/order_file.h"

// What the operator says of servers: kept over reloads and restarts, and told to the core.
namespace holdfast::supervisor {
namespace {

std::int64_t seconds_now() {
  using std::chrono::system_clock;
  return std::chrono::duration_cast<std::chrono::seconds>(system_clock::now().time_since_epoch())
      .count();
}

ServerOrder message_of(const std::string& server, const Order& order) {
  ServerOrder message{server, order.kind, order.weight, {}};
  if (order.until) {
    message.until = monotonic_now() + std::chrono::seconds{*order.until - seconds_now()};
  }
  return message;
}

std::string words_of(const OrderServer& request) {
  if (request.kind == OrderKind::kNone) return "enable " + request.server;
  std::string words = std::string(to_string(request.kind)) + " " + request.server;
  if (request.kind == OrderKind::kWeight) words += " " + std::to_string(request.weight);
  if (request.duration) words += " for " + std::to_string(request.duration->count()) + " s";
  return words;
}

// Of one that is not configured, as SERVICE/SERVER.
std::string no_server(const Config& config, const std::string& wanted) {
  const std::string service = wanted.substr(0, wanted.find('/'));
  const auto& services = config.virtual_servers;
  const auto found = std::find_if(services.begin(), services.end(),
                                  [&](const auto& one) { return one.name == service; });
  std::vector<std::string> names;
  if (found == services.end()) {
    for (const VirtualServerConfig& one : services) names.push_back(one.name);
    return no_such("virtual server", service, names);
  }
  for (const RealServerConfig& one : found->real_servers) names.push_back(one.endpoint.to_string());
  const std::string server = wanted.substr(service.size() + 1);
  return "the virtual server " + service + " has no server '" + server + "'" +
         what_there_is(server, names);
}

}  // namespace

void Daemon::read_orders() {
  Result<OrderBook> read = supervisor::read_orders(state_);
  if (read) {
    orders_ = std::move(*read);
  } else {
    log(LogLevel::kError, "the orders of servers are lost: " + read.error().message);
  }
}

// After each configuration: what was not configured may be now.
void Daemon::tell_orders() {
  end_orders();
  for (const auto& [server, order] : orders_.orders()) handle(Ordered{message_of(server, order)});
}

// Those whose time is up, be it while no daemon ran. If they cannot be taken out of the file, the
// next daemon finds that they have ended.
void Daemon::end_orders() {
  const std::vector<std::string> over = orders_.take_expired(seconds_now());
  for (const std::string& server : over) {
    remember(EventOf::kServer, server, "enable", "the time of its order is up");
    log(LogLevel::kInfo, "order: enable " + server + ": the time of its order is up");
    handle(Ordered{ServerOrder{server, OrderKind::kNone, 0, {}}});
  }
  if (!over.empty()) {
    if (const auto written = write_orders(state_, orders_); !written) {
      log(LogLevel::kError, written.error().message);
    }
  }
  limit_orders();
}

void Daemon::limit_orders() {
  const auto end = orders_.first_end();
  orders_over_.set(end ? std::optional(monotonic_now() + std::chrono::seconds{*end - seconds_now()})
                       : std::nullopt);
}

std::string Daemon::order(const OrderServer& request) {
  if (!Subjects(*document_.config).has(Subject::kServer, request.server)) {
    return error_document(no_server(*document_.config, request.server));
  }
  std::optional<Order> order;
  if (request.kind != OrderKind::kNone) {
    order = Order{request.kind, request.weight, {}};
    if (request.duration) order->until = seconds_now() + request.duration->count();
  }
  end_orders();
  OrderBook orders = orders_;
  if (orders.set(request.server, order)) {
    if (auto written = write_orders(state_, orders); !written) {
      return error_document(written.error().message);
    }
    orders_ = std::move(orders);
    limit_orders();
    remember(EventOf::kServer, request.server,
             order ? std::string(to_string(order->kind)) : "enable", "ordered by the operator");
    log(LogLevel::kInfo, "order: " + words_of(request));
  }
  handle(Ordered{order ? message_of(request.server, *order)
                       : ServerOrder{request.server, OrderKind::kNone, 0, {}}});
  return done_document();
}

}  // namespace holdfast::supervisor
