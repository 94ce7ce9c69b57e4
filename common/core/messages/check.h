// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "common/core/messages/describe.h"
#include "common/core/messages/histogram.h"
#include "common/core/time.h"

// What the check-worker says, and what it needs of the supervisor, which opens raw sockets, runs
// scripts and sees files and processes.
namespace holdfast {

// check-worker: one check. Before its first result a check has no state and moves nothing.
struct CheckState {
  std::string check;
  bool up = false;
  std::uint8_t weight = 0;  // 0..100 percent of full weight
  Time since;               // of `up` and `value`
  std::string reason;
  std::optional<std::int32_t> value{};  // what a file holds: the factor of the weights
  std::optional<Time> held_until{};     // down, since it flaps
  std::uint32_t holds = 0;              // in a row, this one included
  bool operator==(const CheckState&) const = default;
  static void describe(auto& archive, auto& self) {
    archive(self.check);
    archive(self.up);
    archive(self.weight);
    archive(self.since);
    archive(self.reason);
    describe_optional(archive, self.value);
    describe_optional(archive, self.held_until);
    archive(self.holds);
  }
};

// check-worker, if there is who counts: what the attempts of one check came to, since it was
// configured in this life of the worker.
struct CheckCounters {
  std::string check;
  std::uint64_t good = 0;
  std::uint64_t bad = 0;
  std::uint64_t not_made = 0;
  DurationHistogram took{};  // the good ones that were answered
  bool operator==(const CheckCounters&) const = default;
  static void describe(auto& archive, auto& self) {
    archive(self.check);
    archive(self.good);
    archive(self.bad);
    archive(self.not_made);
    DurationHistogram::describe(archive, self.took);
  }
};

// check-worker: whether its checks begin when they are due. When that changes, and, while they do
// not or if there is who counts, now and then.
struct CheckLoad {
  bool late = false;
  Time since;                    // of `late`
  std::uint32_t by = 0;          // microseconds, on average, lately
  std::uint32_t checks = 0;      // that are asked
  std::uint32_t due = 0;         // their attempts a minute
  std::uint32_t begun = 0;       // of these, lately
  DurationHistogram lateness{};  // of all attempts, in this life of the worker
  bool operator==(const CheckLoad&) const = default;
  static void describe(auto& archive, auto& self) {
    archive(self.late);
    archive(self.since);
    archive(self.by);
    archive(self.checks);
    archive(self.due);
    archive(self.begun);
    DurationHistogram::describe(archive, self.lateness);
  }
};

// "checks begin 1.3 s late: ...", for a person.
std::string in_words(const CheckLoad& load);

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

// supervisor, to a check-worker that looks up names: what a file of the system that says how holds
// now, sealed in the memfd beside it, by its path.
struct SystemFile {
  bool operator==(const SystemFile&) const = default;
  static void describe(auto&, auto&) {}
};

// check-worker: a socket that carries the mark of this check, which takes a capability to set.
struct AskSocket {
  std::string check;
  std::uint64_t ticket = 0;
  bool stream = false;  // of TCP; else of UDP
  bool operator==(const AskSocket&) const = default;
  static void describe(auto& archive, auto& self) {
    archive(self.check);
    archive(self.ticket);
    archive(self.stream);
  }
};

// supervisor: the answer, with a new socket beside it that is bound to nothing and connected to
// nobody; or with none, and why.
struct MarkedSocket {
  std::uint64_t ticket = 0;
  bool stream = false;
  bool ipv6 = false;
  std::uint32_t mark = 0;
  std::string fault;
  bool operator==(const MarkedSocket&) const = default;
  static void describe(auto& archive, auto& self) {
    archive(self.ticket);
    archive(self.stream);
    archive(self.ipv6);
    archive(self.mark);
    archive(self.fault);
  }
};

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
  std::string hastened{};   // why it is asked more often than it is to be; empty: it is not
  std::string suspended{};  // why it is not asked at all; empty: it is
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
    archive(self.hastened);
    archive(self.suspended);
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

}  // namespace holdfast
