// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "common/core/messages/describe.h"
#include "common/core/time.h"

// What the alert-worker says.
namespace holdfast {

// Something that happened, for those who are to be told of it.
struct Alert {
  std::string event;      // "master", "check_down"; docs/alerts.md has them all
  std::string name;       // of the instance, the check, ... it is about
  bool resolved = false;  // what the event said is no longer so
  std::string text;       // for a person
  RealTime at;
  bool operator==(const Alert&) const = default;
  static void describe(auto& archive, auto& self) {
    archive(self.event);
    archive(self.name);
    archive(self.resolved);
    archive(self.text);
    archive(self.at);
  }
};

struct ReceiverName {
  std::string name;
  bool operator==(const ReceiverName&) const = default;
  static void describe(auto& archive, auto& self) { archive(self.name); }
};

// One place of the queue: what waits there, and who has not been told. Kept for the next life of
// the worker.
struct QueuedAlert {
  std::string place;                      // a number below the length of the queue
  std::uint64_t number = 0;               // of the alert: they are told in this order
  Alert alert;                            // without an event: the place is free
  std::vector<ReceiverName> receivers{};  // still to be told, at most 16
  bool operator==(const QueuedAlert&) const = default;
  static void describe(auto& archive, auto& self) {
    archive(self.place);
    archive(self.number);
    Alert::describe(archive, self.alert);
    describe_list(archive, self.receivers);
  }
};

// How it is with one receiver, whenever a message to it was delivered or was not. Kept for the next
// life, which counts on.
struct ReceiverState {
  std::string receiver;
  std::uint64_t delivered = 0;  // messages
  std::uint64_t failed = 0;     // tries
  std::uint32_t failures = 0;   // in a row: 0 if the last try was good
  std::optional<Time> failed_at{};
  std::string reason{};  // of the last failure, for a person
  bool operator==(const ReceiverState&) const = default;
  static void describe(auto& archive, auto& self) {
    archive(self.receiver);
    archive(self.delivered);
    archive(self.failed);
    archive(self.failures);
    describe_optional(archive, self.failed_at);
    archive(self.reason);
  }
};

// Run the script of this receiver for this alert, and say with this number how it ended: a
// ScriptResult, whose `check` is the receiver.
struct AlertScript {
  std::string receiver;
  std::uint64_t attempt = 0;
  Alert alert;
  bool operator==(const AlertScript&) const = default;
  static void describe(auto& archive, auto& self) {
    archive(self.receiver);
    archive(self.attempt);
    Alert::describe(archive, self.alert);
  }
};

}  // namespace holdfast
