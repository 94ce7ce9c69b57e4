// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "common/core/ip.h"
#include "common/core/time.h"
#include "config/check_agent.h"
#include "config/check_database.h"
#include "config/check_dns.h"
#include "config/check_endpoint.h"
#include "config/check_grpc.h"
#include "config/check_http.h"
#include "config/check_ping.h"
#include "config/check_smtp.h"
#include "config/check_tcp.h"
#include "config/check_tls.h"
#include "config/check_udp.h"
#include "config/command.h"

// The part of the configuration that stands under `checks`.
namespace holdfast {

// Good, if it exits with status 0.
struct ScriptCheck {
  Command command;
  bool dynamic_weight = false;  // statuses 2..255 are good, too, and say its weight
  bool operator==(const ScriptCheck&) const = default;
};

// Up while it holds a whole number, which moves a priority by weight times number.
struct FileCheck {
  std::string path;  // absolute
  bool operator==(const FileCheck&) const = default;
};

// Up while at least `min` and at most `max` such processes run.
struct ProcessCheck {
  std::string name;                  // the kernel's, at most 15 bytes; empty: by command line
  std::vector<std::string> command;  // the first words of the command line
  std::uint32_t min = 1;             // 0..65535
  std::uint32_t max = 65535;         // min..65535
  Duration fork_delay{0};            // 0..1 hour: so long up until it counts
  Duration terminate_delay{0};       // 0..1 hour: so long down until it counts
  bool operator==(const ProcessCheck&) const = default;
};

// Scripts, files and processes are the supervisor's: the first are run whenever the check-worker
// asks, the others are watched, and what changes is told. All others the check-worker asks itself,
// time and again: check-worker/core/inquiry.h.
//
// A new kind is a struct in a check_KIND.h of its own, an alternative here, a reader in
// load_check_KIND.cpp, a line in the table of load_checks.cpp, in
// status/target_text.cpp and in check-worker/core/inquiry.cpp.
using CheckTarget = std::variant<  //
    TcpCheck,                      //
    GrpcCheck,                     //
    HttpCheck,                     //
    PostgresqlCheck,               //
    MysqlCheck,                    //
    RedisCheck,                    //
    DnsCheck,                      //
    SmtpCheck,                     //
    UdpCheck,                      //
    PingCheck,                     //
    AgentCheck,                    //
    ScriptCheck,                   //
    FileCheck,                     //
    ProcessCheck>;

inline bool is_watched(const CheckTarget& target) {
  return std::holds_alternative<FileCheck>(target) || std::holds_alternative<ProcessCheck>(target);
}

// Where the check-worker asks; nothing of what is the supervisor's.
inline std::optional<CheckEndpoint> endpoint_of(const CheckTarget& target) {
  return std::visit(
      [](const auto& check) -> std::optional<CheckEndpoint> {
        if constexpr (requires { check.endpoint; }) {
          return check.endpoint;
        } else {
          return std::nullopt;
        }
      },
      target);
}

// The name that must be looked up before it can be asked; nothing: there is an address.
inline std::optional<HostName> host_name_of(const CheckTarget& target) {
  const std::optional<CheckEndpoint> endpoint = endpoint_of(target);
  if (!endpoint || endpoint->host.empty()) return std::nullopt;
  return endpoint->host_name();
}

inline void set_address(CheckTarget& target, const IpAddress& address) {
  std::visit(
      [&address](auto& check) {
        if constexpr (requires { check.endpoint; }) check.endpoint.address = address;
      },
      target);
}

// An address that each link has for itself, so that the interface must say which one is meant.
inline bool lacks_link(const CheckTarget& target) {
  const std::optional<CheckEndpoint> endpoint = endpoint_of(target);
  return endpoint && endpoint->host.empty() && !endpoint->address.is_v4() &&
         endpoint->address.is_link_local();
}

// From where the check-worker asks.
struct ConnectConfig {
  std::optional<IpAddress> source;  // of the target's family
  std::uint16_t source_port = 0;    // 1024..65535; 0: any
  std::string interface;            // that the packets leave and come by; empty: any
  std::uint32_t mark = 0;           // of its packets, for this node's rules; 0: none. Not of a ping
  bool down_without_route = false;  // this node has none to the target: bad, instead of no evidence
  bool operator==(const ConnectConfig&) const = default;
};

// One that flaps is held down: at the `changes`th change between up and down within a time, if that
// is one to down. Each hold in a row is twice as long as the one before.
struct HoldDownConfig {
  std::uint32_t changes = 6;                  // 2..100
  Duration within = std::chrono::minutes{1};  // 1 s..1 day
  Duration time = std::chrono::seconds{30};   // 1 s..1 day: the first hold
  Duration max = std::chrono::minutes{10};    // time..1 day: the longest
  bool operator==(const HoldDownConfig&) const = default;
};

enum class InitialCheckState : std::uint8_t { kUnknown, kUp, kDown };

struct CheckConfig {
  std::string name;
  CheckTarget target;
  Duration interval = std::chrono::seconds{1};  // 10 ms..1 day. Not of a file
  Duration timeout = std::chrono::seconds{1};   // 1 ms..1 day, at most the interval. If asked
  std::uint32_t rise = 1;                       // 1..1000 good results in a row: up. If asked
  std::uint32_t fall = 1;                       // 1..1000 bad results in a row: down. If asked
  // All below: if asked.
  std::optional<Duration> fast_interval{};  // 10 ms..interval, while a change is pending
  std::uint32_t retries = 0;                // 0..1000 repetitions of a probe until it counts as bad
  Duration retry_delay{0};                  // 0..1 day, from its end until it is repeated
  std::optional<Duration> start_spread{};   // 0..1 day, that first probes are spread over
  InitialCheckState initial_state{};        // until there is evidence
  bool log_failures = false;                // each bad result, not only the one that counts
  Duration slow_start{0};  // 0..1 day: that the weight takes to come back after a recovery
  std::optional<HoldDownConfig> hold_down{};  // none: nothing is held down
  ConnectConfig connect{};                    // of what the check-worker asks itself
  bool operator==(const CheckConfig&) const = default;
};

}  // namespace holdfast
