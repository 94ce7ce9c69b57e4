// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "common/event_loop.h"
#include "common/transfers.h"
#include "common/worker.h"
#include "names/lookups.h"
#include "witness-worker/core/witness_core.h"
#include "witness-worker/etcd.h"

namespace holdfast::witness {

// Keeps this node's leases with the witness, and says which it has. It can change nothing here.
class WitnessWorker {
 public:
  explicit WitnessWorker(EventLoop& loop);

 private:
  Result<void> configure(OwnedFd document);
  Result<void> take_file(const OwnedFd& memfd);
  Result<void> take_system_file(const OwnedFd& memfd);
  void told(const Message& message);
  void shut_down();

  void happen(WitnessEvent event);
  void perform(const WitnessAction& action);
  void ask(const Ask& action);
  void answered(const Ask& action, const TransferEnd& end);
  std::string file(const std::string& path) const;

  EventLoop& loop_;
  WitnessConfig config_;
  Speaker speaker_;
  std::string token_;  // of etcd, for the user
  WitnessCore core_;
  Transfers transfers_;
  Lookups lookups_;
  std::map<std::string, std::string> files_;      // of the configuration, by path
  std::map<std::string, std::string> new_files_;  // of the one to come
  std::vector<WitnessEvent> events_;              // that wait for their turn
  bool happening_ = false;
  bool closing_ = false;
  Timer timer_;
  Worker supervisor_;
};

}  // namespace holdfast::witness
