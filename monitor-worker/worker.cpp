// SPDX-License-Identifier: Apache-2.0
#include "monitor-worker/worker.h"

#include <utility>
#include <variant>

#include "common/clock.h"
#include "common/log.h"
#include "config/heartbeat.h"
#include "config/load.h"
#include "config/log_setup.h"
#include "monitor-worker/core/metrics.h"
#include "monitor-worker/event_stream.h"
#include "monitor-worker/exposition.h"
#include "monitor-worker/page.h"
#include "status/events.h"

namespace holdfast::monitor {

MonitorWorker::MonitorWorker(EventLoop& loop)
    : loop_(loop),
      doors_(loop,
             [this](OwnedFd socket, const sockaddr* address, socklen_t size) {
               if (server_) server_->serve(std::move(socket), address, size);
             }),
      supervisor_(loop, Role::kMonitor,
                  Worker::Callbacks{
                      [this](OwnedFd document) { return configure(std::move(document)); },
                      [this](const Message& message) { told(message); },
                      [](std::optional<Time>) {},
                      [this] { loop_.stop(); },
                      {},
                      {},
                      {},
                      {},
                      [this](const Listener& one, OwnedFd socket) {
                        doors_.adopt(one.address, std::move(socket));
                      },
                  }) {}

// The last of the first words: from here on what is shown is whole.
void MonitorWorker::told(const Message& message) {
  if (node_.hear(message) && server_) {
    const Happened& event = node_.history().last().back();
    server_->tell(event_message(event.id, event.event));
  }
  const auto* const worker = std::get_if<WorkerState>(&message);
  if (worker != nullptr && worker->role == Role::kLast) doors_.open();
}

Result<void> MonitorWorker::configure(OwnedFd document) {
  Result<Config> loaded = load_sealed(document);
  if (!loaded) return tl::unexpected(loaded.error());
  node_.configure(std::move(*loaded));
  const Config& config = node_.config();
  log_setup("monitor-worker", config.log);
  supervisor_.set_heartbeat_interval(heartbeat_interval(config, Role::kMonitor));
  return serve(config.monitoring);
}

Result<void> MonitorWorker::serve(const MonitoringConfig& config) {
  doors_.keep_only(config.listen);
  doors_.allow(config.allow);
  const HttpServer::Limits limits{config.connections, config.timeout};
  if (server_ && limits == limits_) return {};
  dropped_ = streams().dropped;
  server_.reset();
  auto started = HttpServer::start(
      loop_, limits, [this](std::string_view path) { return page(path); },
      EventFeed{
          [this](std::string_view last) { return first_words(node_.history().last(), last); }});
  if (!started) return tl::unexpected(started.error());
  server_ = std::move(*started);
  limits_ = limits;
  return {};
}

NodeStatus MonitorWorker::status() {
  boot_ = boot_time(boot_);
  NodeStatus status{node_.config(),   node_.daemon(),  node_.workers(),
                    node_.retained(), monotonic_now(), boot_};
  if (node_.in_maintenance()) status.maintenance = Maintenance{};
  return status;
}

StreamCounts MonitorWorker::streams() const {
  StreamCounts counts = server_ ? server_->streams() : StreamCounts{};
  counts.dropped += dropped_;
  return counts;
}

Page MonitorWorker::page(std::string_view path) {
  if (path == "/healthz") return health(node_.ills());
  if (path == "/readyz") return health(node_.unreadiness());
  Page found;
  if (path == "/v1/status") {
    found.body = status_document(status());
  } else if (path == "/v1/checks") {
    found.body = checks_document(status());
  } else if (path == "/v1/servers") {
    found.body = servers_document(status());
  } else if (path == "/v1/history") {
    found.body = history_document(node_.config().node, node_.history().last());
  } else if (path == "/") {
    found.type = "text/html; charset=utf-8";
    found.policy = kPagePolicy;
    found.body = kPage;
  } else if (path == "/metrics") {
    boot_ = boot_time(boot_);
    const RealTime boot{std::chrono::duration_cast<Duration>(boot_.time_since_epoch())};
    found.type = kExpositionType;
    found.body = exposition_of(metrics_of(node_, {HOLDFAST_VERSION, kBuildId}, streams(), boot));
  } else {
    found.status = 404;
    found.body = error_document("there is no such page");
  }
  return found;
}

Page MonitorWorker::health(const std::vector<std::string>& problems) const {
  Page found;
  found.status = problems.empty() ? 200 : 503;
  found.body = health_document(node_.config().node, problems);
  return found;
}

}  // namespace holdfast::monitor
