// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "alert-worker/core/alert_core.h"
#include "alert-worker/core/news.h"
#include "common/event_loop.h"
#include "common/transfers.h"
#include "common/worker.h"
#include "names/lookups.h"

namespace holdfast::alert {

// Tells people what happens. It hears what the supervisor retains, can change nothing, and is the
// only process of ours that opens connections to the outside for another end than a check.
class AlertWorker {
 public:
  explicit AlertWorker(EventLoop& loop);

 private:
  Result<void> configure(OwnedFd document);
  Result<void> take_file(const OwnedFd& memfd);
  Result<void> take_system_file(const OwnedFd& memfd);
  void told(const Message& message);
  void start(std::optional<Time> last_alive);

  void happen(AlertEvent event);
  void perform(const AlertAction& action);
  void deliver(const Deliver& action);
  void mail(const Deliver& action, const EmailReceiver& receiver);
  void post(const Deliver& action, const WebhookReceiver& receiver);
  Result<void> log_remotely(const Deliver& action, const SyslogReceiver& receiver);
  void ended(const Deliver& action, bool good, const std::string& reason);
  void carry(const Deliver& action, const CheckEndpoint& to, Transfer transfer);

  std::set<std::string> hosts() const;
  std::string url_of(const WebhookReceiver& receiver) const;
  std::string file(const std::string& path) const;

  EventLoop& loop_;
  Config config_;
  News news_;
  AlertCore core_;
  Transfers transfers_;
  Lookups lookups_;
  std::map<std::string, std::string> files_;      // of the configuration, by path
  std::map<std::string, std::string> new_files_;  // of the one to come
  std::vector<AlertEvent> events_;                // that wait for their turn
  bool happening_ = false;
  Timer timer_;
  Worker supervisor_;
};

}  // namespace holdfast::alert
