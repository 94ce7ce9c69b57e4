// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

#include "common/core/ids.h"
#include "common/core/time.h"

namespace holdfast {

enum class EventOf : std::uint8_t {
  kRouter,       // of its state
  kPriority,     // of a virtual router, while its state stays
  kCheck,        // up or down
  kService,      // a virtual server: its quorum
  kServer,       // what the operator has ordered of one
  kWorker,       // a life of it ended, or the next runs
  kDaemon,       // holdfastd starts, stops, loads a configuration
  kMaintenance,  // on or off
  kLast = kMaintenance
};

// Something that has happened on this node, as it is kept for who asks for the cause of things.
struct HistoryEvent {
  RealTime at{};
  EventOf of{};
  std::string subject{};   // its name; of the daemon and of maintenance empty
  std::string from{};      // empty: nothing was known
  std::string to{};        // "MASTER", "down", a priority in digits...
  Priority priority{};     // of a virtual router, effective
  std::string reason{};    // for a person
  std::string moved_by{};  // what moves the priority of a virtual router; or empty
  bool operator==(const HistoryEvent&) const = default;
  // On disk for years: another order or field is another kRecordVersion.
  static void describe(auto& archive, auto& self) {
    archive(self.at);
    archive(self.of);
    archive(self.subject);
    archive(self.from);
    archive(self.to);
    archive(self.priority);
    archive(self.reason);
    archive(self.moved_by);
  }
};

}  // namespace holdfast
