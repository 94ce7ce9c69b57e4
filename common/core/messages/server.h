// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "common/core/messages/describe.h"
#include "common/core/time.h"

// What the balance-worker says of virtual servers and their servers, and what is ordered of them.
namespace holdfast {

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

// balance-worker: whether what the kernel counts of a server shows it failing. No word about its
// health: its checks are to have a closer look.
struct ServerSuspicion {
  std::string server;
  bool suspect = false;
  std::string reason;  // for a person
  bool operator==(const ServerSuspicion&) const = default;
  static void describe(auto& archive, auto& self) {
    archive(self.server);
    archive(self.suspect);
    archive(self.reason);
  }
};

// balance-worker: the kernel's table is what the configuration and the first results say, or cannot
// be made so. The addresses may be announced.
struct TableFilled {
  bool operator==(const TableFilled&) const = default;
  static void describe(auto&, auto&) {}
};

enum class OrderKind : std::uint8_t { kNone, kDisable, kDrain, kWeight, kLast = kWeight };
std::string_view to_string(OrderKind kind);  // "disable", "drain", "weight", "none"

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

}  // namespace holdfast
