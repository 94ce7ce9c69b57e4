// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "common/core/history_event.h"
#include "common/core/ids.h"
#include "common/core/messages/describe.h"
#include "common/core/messages/histogram.h"
#include "common/core/time.h"

// How a worker comes to life, runs a configuration and ends.
namespace holdfast {

enum class Role : std::uint8_t {
  kVrrp,
  kCheck,
  kBalance,
  kMonitor,
  kAlert,
  kWitness,
  kLast = kWitness
};
inline constexpr std::array kRoles{Role::kVrrp,    Role::kCheck, Role::kBalance,
                                   Role::kMonitor, Role::kAlert, Role::kWitness};
std::string_view to_string(Role role);  // "vrrp-worker"

// ---- From a worker.

struct Hello {
  Role role{};
  std::string build_id;
  bool operator==(const Hello&) const = default;
  static void describe(auto& archive, auto& self) {
    archive(self.role);
    archive(self.build_id);
  }
};

// The worker runs this configuration.
struct Configured {
  Generation generation;
  bool operator==(const Configured&) const = default;
  static void describe(auto& archive, auto& self) { archive(self.generation); }
};

struct Heartbeat {
  std::uint32_t late = 0;  // microseconds after it was due: so long the loop did something else
  bool operator==(const Heartbeat&) const = default;
  static void describe(auto& archive, auto& self) { archive(self.late); }
};

// The last word of a worker that made a system call which its filter forbids.
struct Forbidden {
  std::string system_call;  // its name
  bool operator==(const Forbidden&) const = default;
  static void describe(auto& archive, auto& self) { archive(self.system_call); }
};

// ---- From the supervisor.

// With a sealed memfd that holds the configuration.
struct Configure {
  Generation generation;
  bool operator==(const Configure&) const = default;
  static void describe(auto& archive, auto& self) { archive(self.generation); }
};

// Before the Configure that needs it: what the document only names. To the vrrp-worker a key; to
// the check-worker, the alert-worker and the witness-worker a file, which is too long for a message
// and stands in the sealed memfd beside it, by its path. Goes nowhere else, and is in no log and no
// status.
struct Secret {
  std::string name;   // AuthenticationKey::secret()
  std::string bytes;  // any
  bool operator==(const Secret&) const = default;
  static void describe(auto& archive, auto& self) {
    archive(self.name);
    archive(self.bytes);
  }
};

// Ends the first words to a new worker (configuration, then what is retained): begin to act.
struct Start {
  std::optional<Time> last_alive;  // the previous life's last message; nothing: a first start
  bool operator==(const Start&) const = default;
  static void describe(auto& archive, auto& self) { describe_optional(archive, self.last_alive); }
};

// Hand over what you hold, then exit with status 0.
struct Shutdown {
  bool operator==(const Shutdown&) const = default;
  static void describe(auto&, auto&) {}
};

// ---- To the monitor-worker and the alert-worker: what the supervisor alone knows.

// Before the Configure that names it, with a listening TCP socket. Who has one of this address
// already keeps that.
struct Listener {
  std::string address;  // Endpoint::to_string()
  bool operator==(const Listener&) const = default;
  static void describe(auto& archive, auto& self) { archive(self.address); }
};

enum class WorkerPhase : std::uint8_t {
  kDown,      // waiting to be restarted, or not started yet
  kStarting,  // spawned; its Hello and its first Configured are awaited
  kRunning,
  kStopping,
  kLast = kStopping
};
std::string_view to_string(WorkerPhase phase);  // "down", "starting", "running", "stopping"

// One worker, whenever it changes.
struct WorkerState {
  Role role{};
  bool wanted = false;  // or there: else there is nothing to say of it, and the rest is empty
  WorkerPhase phase{};
  std::uint32_t pid = 0;  // 0: none
  std::uint32_t restarts = 0;
  std::string last_end;  // why its last life ended, for a person; empty: none did
  Time since;            // of the phase
  bool operator==(const WorkerState&) const = default;
  static void describe(auto& archive, auto& self) {
    archive(self.role);
    archive(self.wanted);
    archive(self.phase);
    archive(self.pid);
    archive(self.restarts);
    archive(self.last_end);
    archive(self.since);
  }
};

// The supervisor and the configuration in force, whenever that changes.
struct DaemonState {
  std::uint32_t pid = 0;
  std::string config_file;  // its path, cut if long
  std::string sha256;       // of that file, in hex
  Generation generation;
  RealTime loaded_at;
  std::optional<RealTime> failed_at{};  // the last reload was refused
  std::string failure{};                // its first fault
  bool operator==(const DaemonState&) const = default;
  static void describe(auto& archive, auto& self) {
    archive(self.pid);
    archive(self.config_file);
    archive(self.sha256);
    archive(self.generation);
    archive(self.loaded_at);
    describe_optional(archive, self.failed_at);
    archive(self.failure);
  }
};

// To the monitor-worker, now and then: what one process of ours takes.
struct ProcessUse {
  std::string process;         // "holdfastd", or a role
  std::uint64_t resident = 0;  // bytes of memory
  std::uint64_t cpu = 0;       // microseconds, since this process began
  DurationHistogram lag{};     // of its loop, since the supervisor began: by the heartbeats
  bool operator==(const ProcessUse&) const = default;
  static void describe(auto& archive, auto& self) {
    archive(self.process);
    archive(self.resident);
    archive(self.cpu);
    DurationHistogram::describe(archive, self.lag);
  }
};

// How the scripts of one kind ended, since the supervisor began.
struct ScriptCounters {
  std::string kind;  // "check", "notify", "alert"
  std::uint64_t good = 0;
  std::uint64_t bad = 0;
  std::uint64_t not_made = 0;
  bool operator==(const ScriptCounters&) const = default;
  static void describe(auto& archive, auto& self) {
    archive(self.kind);
    archive(self.good);
    archive(self.bad);
    archive(self.not_made);
  }
};

// What has just happened; and first of all the last of what had happened before.
struct Happened {
  std::uint64_t id = 0;  // greater than that of all before it, also of former lives
  HistoryEvent event;
  bool operator==(const Happened&) const = default;
  static void describe(auto& archive, auto& self) {
    archive(self.id);
    HistoryEvent::describe(archive, self.event);
  }
};

}  // namespace holdfast
