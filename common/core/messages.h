// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <variant>
#include <vector>

#include "common/core/ids.h"
#include "common/core/result.h"
#include "common/core/time.h"
#include "common/core/wire.h"

// Everything that supervisor and workers say to each other. Both ends are always the same build
// (Hello carries its id), so there are no versions. Who may send what, and what is kept, is the
// supervisor's message table. Subjects are names of the configuration.
namespace holdfast {

enum class Role : std::uint8_t { kVrrp, kCheck, kBalance, kLast = kBalance };
inline constexpr std::array kRoles{Role::kVrrp, Role::kCheck, Role::kBalance};
std::string_view to_string(Role role);  // "vrrp-worker"

// RFC 9568 §6.3's three states, and FAULT: kept in Initialize until what it needs is back.
enum class VrrpState : std::uint8_t { kInitialize, kBackup, kActive, kFault, kLast = kFault };
std::string_view to_string(VrrpState state);  // "INIT", "BACKUP", "MASTER", "FAULT"

// Why an advert was refused, in the order of the checks of RFC 9568 §7.1.
enum class Rejection : std::uint8_t {
  kTtl,      // not 255
  kVersion,  // not 2 or 3, or not the version configured for this router
  kType,     // not an advertisement
  kLength,   // shorter or longer than its address count says
  kChecksum,
  // Authentication: of another kind than is configured here, or none that is good.
  kAuthentication,  // VRRPv2: not the type configured; a signature where none is configured
  kPassword,        // VRRPv2: not the password
  kUnsigned,        // no signature
  kKey,             // signed with a key that is not configured here
  kSignature,       // not what the key makes of this packet
  kStale,           // signed at a time too far from ours
  kReplay,          // not newer than what its sender signed before
  kVrid,            // no router of this VRID and family on the interface
  kPeer,            // unicast: from none of the peers; multicast: not to the group
  kOwner,           // we own the addresses: nobody else may announce them
  kAddressList,     // not the addresses configured here
  kInterval,        // v2: not our interval; v3: zero
  kLast = kInterval
};
inline constexpr std::size_t kRejections = static_cast<std::size_t>(Rejection::kLast) + 1;
std::string_view to_string(Rejection rejection);  // "ttl", "address_list"

// A std::optional of a message, whichever way it goes: is there one, and which.
void describe_optional(auto& archive, auto& optional) {
  bool known = optional.has_value();
  auto value = optional.value_or(typename std::remove_cvref_t<decltype(optional)>::value_type{});
  archive(known);
  if (known) archive(value);
  if constexpr (requires { optional.reset(); }) {
    if (known) optional = value;
  }
}

// A std::vector of what has a describe(): of at most kListSizeMax elements.
void describe_list(auto& archive, auto& list) {
  if constexpr (requires { list.resize(0); }) {
    list.resize(archive.list_size());
  } else {
    archive.list_size(list.size());
  }
  for (auto& one : list) std::remove_cvref_t<decltype(one)>::describe(archive, one);
}

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
  bool operator==(const Heartbeat&) const = default;
  static void describe(auto&, auto&) {}
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
// the check-worker a file of TLS, which is too long for a message and stands in the sealed memfd
// beside it, by its path. Goes nowhere else, and is in no log and no status.
struct Secret {
  std::string name;   // AuthenticationKey::secret()
  std::string bytes;  // any
  bool operator==(const Secret&) const = default;
  static void describe(auto& archive, auto& self) {
    archive(self.name);
    archive(self.bytes);
  }
};

// To the check-worker, before a Configure with pings, with a raw ICMP socket of a family that lets
// in nothing but echo replies with this identifier. Who has one already keeps that.
struct PingSocket {
  bool ipv6 = false;
  std::uint16_t identifier = 0;
  bool operator==(const PingSocket&) const = default;
  static void describe(auto& archive, auto& self) {
    archive(self.ipv6);
    archive(self.identifier);
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

// ---- Retained per subject.

// vrrp-worker: one virtual router, as it is now.
struct RouterState {
  std::string router;
  VrrpState state{};
  Priority priority;            // effective: configured, moved by tracking
  Time since;                   // of the state
  std::string reason;           // of the last change of state, for a person
  std::string moved_by{};       // what moves the priority: "check app is down: -20"; or empty
  std::uint32_t conflicts = 0;  // as master, won against another that called itself master
  bool operator==(const RouterState&) const = default;
  static void describe(auto& archive, auto& self) {
    archive(self.router);
    archive(self.state);
    archive(self.priority);
    archive(self.since);
    archive(self.reason);
    archive(self.moved_by);
    archive(self.conflicts);
  }
};

// check-worker: one check. Before its first result a check has no state and moves nothing.
struct CheckState {
  std::string check;
  bool up = false;
  std::uint8_t weight = 0;  // 0..100 percent of full weight
  Time since;               // of `up` and `value`
  std::string reason;
  std::optional<std::int32_t> value{};  // what a file holds: the factor of the weights
  bool operator==(const CheckState&) const = default;
  static void describe(auto& archive, auto& self) {
    archive(self.check);
    archive(self.up);
    archive(self.weight);
    archive(self.since);
    archive(self.reason);
    describe_optional(archive, self.value);
  }
};

// balance-worker: one virtual server.
struct ServiceState {
  std::string service;
  bool quorum = false;
  std::uint32_t weight = 0;   // of the servers that are healthy and not taken out
  std::uint32_t healthy = 0;  // so many servers
  std::uint32_t servers = 0;  // of so many
  bool sorry = false;         // its sorry server serves
  bool panic = false;         // failed servers serve
  Time since;                 // of `quorum`
  std::string reason;
  bool operator==(const ServiceState&) const = default;
  static void describe(auto& archive, auto& self) {
    archive(self.service);
    archive(self.quorum);
    archive(self.weight);
    archive(self.healthy);
    archive(self.servers);
    archive(self.sorry);
    archive(self.panic);
    archive(self.since);
    archive(self.reason);
  }
};

enum class ServerUse : std::uint8_t {
  kServing,
  kQuiet,   // in the table with weight 0: what it has goes on, nothing new comes
  kAbsent,  // not in the table
  kLast = kAbsent
};
std::string_view to_string(ServerUse use);  // "serving", "quiet", "absent"

// balance-worker: one server of a virtual server.
struct ServerState {
  std::string server;  // server_name()
  ServerUse use{};
  std::uint32_t weight = 0;  // in the kernel
  bool healthy = false;
  bool seen_up = false;  // it was healthy once
  Time since;            // of `use`
  std::string reason;
  bool operator==(const ServerState&) const = default;
  static void describe(auto& archive, auto& self) {
    archive(self.server);
    archive(self.use);
    archive(self.weight);
    archive(self.healthy);
    archive(self.seen_up);
    archive(self.since);
    archive(self.reason);
  }
};

// balance-worker: what the kernel counts of one server, over all addresses of its virtual server.
struct ServerCounters {
  std::string server;
  std::uint32_t active = 0;    // connections
  std::uint32_t inactive = 0;  // connections that are closing, or of UDP
  std::uint64_t connections = 0;
  std::uint64_t bytes_in = 0;
  std::uint64_t bytes_out = 0;
  std::uint32_t connection_rate = 0;  // a second
  bool operator==(const ServerCounters&) const = default;
  static void describe(auto& archive, auto& self) {
    archive(self.server);
    archive(self.active);
    archive(self.inactive);
    archive(self.connections);
    archive(self.bytes_in);
    archive(self.bytes_out);
    archive(self.connection_rate);
  }
};

// balance-worker: the kernel's table is what the configuration and the first results say, or cannot
// be made so. The addresses may be announced.
struct TableFilled {
  bool operator==(const TableFilled&) const = default;
  static void describe(auto&, auto&) {}
};

enum class OrderKind : std::uint8_t { kNone, kDisable, kDrain, kWeight, kLast = kWeight };

// supervisor: what the operator wants of a server, whatever its health. Retained.
struct ServerOrder {
  std::string server;
  OrderKind kind{};
  std::uint32_t weight = 0;     // of kWeight, 0..65535
  std::optional<Time> until{};  // and then as if it had never been; none: until told otherwise
  bool operator==(const ServerOrder&) const = default;
  static void describe(auto& archive, auto& self) {
    archive(self.server);
    archive(self.kind);
    archive(self.weight);
    describe_optional(archive, self.until);
  }
};

// ---- Between the check-worker and the supervisor, which runs scripts and sees files and
// processes.

// check-worker: run the script of this check, and say with this number how it ended.
struct RunScript {
  std::string check;
  std::uint64_t attempt = 0;
  bool operator==(const RunScript&) const = default;
  static void describe(auto& archive, auto& self) {
    archive(self.check);
    archive(self.attempt);
  }
};

enum class ScriptVerdict : std::uint8_t {
  kGood,     // exited with status 0, or with one that says a weight
  kBad,      // with another, or by a signal, or too late, or cannot be executed
  kNotMade,  // for a lack of this node's own, which says nothing
  kLast = kNotMade
};

// supervisor: the answer.
struct ScriptResult {
  std::string check;
  std::uint64_t attempt = 0;
  ScriptVerdict verdict{};
  std::string reason;                    // how it ended, and the first line that it wrote
  std::optional<std::uint8_t> weight{};  // 0..100 percent, if it is good and says so
  bool operator==(const ScriptResult&) const = default;
  static void describe(auto& archive, auto& self) {
    archive(self.check);
    archive(self.attempt);
    archive(self.verdict);
    archive(self.reason);
    describe_optional(archive, self.weight);
  }
};

// supervisor: what it sees of the file or the processes of a check, whenever that changes.
// Retained: a new check-worker is told.
struct Observation {
  std::string check;
  bool up = false;
  std::optional<std::int32_t> value{};  // of a file
  std::string reason;
  bool operator==(const Observation&) const = default;
  static void describe(auto& archive, auto& self) {
    archive(self.check);
    archive(self.up);
    describe_optional(archive, self.value);
    archive(self.reason);
  }
};

// vrrp-worker: totals since this router was configured in this life of the worker. `router` is a
// virtual router, or empty for adverts that matched none.
struct AdvertCounters {
  std::string router;
  std::uint64_t sent = 0;
  std::uint64_t received = 0;         // accepted
  std::uint64_t unauthenticated = 0;  // of these, unsigned where signed ones are expected
  std::array<std::uint64_t, kRejections> rejected{};
  bool operator==(const AdvertCounters&) const = default;
  static void describe(auto& archive, auto& self) {
    archive(self.router);
    archive(self.sent);
    archive(self.received);
    archive(self.unauthenticated);
    for (auto& count : self.rejected) archive(count);
  }
};

// ---- For an operator who asks.

// supervisor: what have you seen of the checks whose names come after this one? One CheckDetails
// answers.
struct AskChecks {
  std::string after;  // in the order of bytes; empty: from the first
  bool operator==(const AskChecks&) const = default;
  static void describe(auto& archive, auto& self) { archive(self.after); }
};

// What a check-worker has seen of one check in this life. The reasons are cut, so that some of
// these fit into one message.
struct CheckDetail {
  static constexpr std::size_t kReasonMax = 160;  // bytes

  std::string check;
  std::uint64_t good = 0;  // attempts
  std::uint64_t bad = 0;
  std::optional<Time> good_at{};  // of the last one
  std::string good_reason;
  std::optional<Time> bad_at{};
  std::string bad_reason;
  std::optional<Time> hindered_at{};  // since the last result no attempt could be made
  std::string hindered_reason;
  std::uint32_t times = 0;        // so many of the last good attempts the next two are of, 0..100
  std::uint32_t median = 0;       // microseconds that they took
  std::uint32_t p99 = 0;          // microseconds
  std::optional<Time> next_at{};  // the next attempt
  std::optional<Time> held_until{};  // down, since it flaps
  std::string resolved{};            // what is known of its host's name; empty: it has none
  bool operator==(const CheckDetail&) const = default;
  static void describe(auto& archive, auto& self) {
    archive(self.check);
    archive(self.good);
    archive(self.bad);
    describe_optional(archive, self.good_at);
    archive(self.good_reason);
    describe_optional(archive, self.bad_at);
    archive(self.bad_reason);
    describe_optional(archive, self.hindered_at);
    archive(self.hindered_reason);
    archive(self.times);
    archive(self.median);
    archive(self.p99);
    describe_optional(archive, self.next_at);
    describe_optional(archive, self.held_until);
    archive(self.resolved);
  }
};

// check-worker: the answer, as much of it as fits into a message.
struct CheckDetails {
  std::vector<CheckDetail> checks;  // in the order of their names
  bool more = false;                // there are checks after the last of these
  bool operator==(const CheckDetails&) const = default;
  static void describe(auto& archive, auto& self) {
    describe_list(archive, self.checks);
    archive(self.more);
  }
};

// supervisor: make one attempt now that counts as nothing, and tell all of it. CheckRun answers,
// once or more often.
struct RunCheck {
  std::string check;
  std::uint64_t ticket = 0;
  bool operator==(const RunCheck&) const = default;
  static void describe(auto& archive, auto& self) {
    archive(self.check);
    archive(self.ticket);
  }
};

// check-worker: what happened next.
struct CheckRun {
  static constexpr std::size_t kLinesMax = 64;  // of a ticket

  std::uint64_t ticket = 0;
  std::string line;                        // for a person
  std::optional<ScriptVerdict> verdict{};  // with it the line is the reason, and the last
  bool operator==(const CheckRun&) const = default;
  static void describe(auto& archive, auto& self) {
    archive(self.ticket);
    archive(self.line);
    describe_optional(archive, self.verdict);
  }
};

// supervisor, to a check-worker that looks up names: what a file of the system that says how holds
// now, sealed in the memfd beside it, by its path.
struct SystemFile {
  bool operator==(const SystemFile&) const = default;
  static void describe(auto&, auto&) {}
};

using Message =
    std::variant<Hello, Configured, Heartbeat, Configure, Start, Shutdown, RouterState, CheckState,
                 AdvertCounters, RunScript, ScriptResult, Observation, Secret, PingSocket,
                 AskChecks, CheckDetails, RunCheck, CheckRun, Forbidden, ServiceState, ServerState,
                 ServerCounters, TableFilled, ServerOrder, SystemFile>;

std::string_view name_of(const Message& message);     // "RouterState"
std::string_view subject_of(const Message& message);  // the router or check it is about, or ""

std::vector<std::uint8_t> encode(const Message& message);  // at most kMessageSizeMax bytes
Result<Message> decode(std::span<const std::uint8_t> bytes);

// Cuts a text to what a message may carry.
std::string bounded(std::string text);

}  // namespace holdfast
