// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string_view>

#include "common/event_loop.h"
#include "common/worker.h"
#include "monitor-worker/core/node_copy.h"
#include "monitor-worker/doors.h"
#include "monitor-worker/http_server.h"
#include "status/status.h"

namespace holdfast::monitor {

// Shows the node over HTTP, for reading only. It knows what the supervisor tells it, and can tell
// nobody anything but those who ask.
class MonitorWorker {
 public:
  explicit MonitorWorker(EventLoop& loop);

 private:
  void told(const Message& message);
  Result<void> configure(OwnedFd document);
  Result<void> serve(const MonitoringConfig& config);
  Page page(std::string_view path);
  Page health(const std::vector<std::string>& problems) const;
  NodeStatus status();
  StreamCounts streams() const;

  EventLoop& loop_;
  NodeCopy node_;
  WallTime boot_;
  HttpServer::Limits limits_;
  std::unique_ptr<HttpServer> server_;
  std::uint64_t dropped_ = 0;  // readers of events, of the servers before this one
  Doors doors_;
  Worker supervisor_;
};

}  // namespace holdfast::monitor
