// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "common/core/messages.h"
#include "common/core/result.h"

namespace holdfast::supervisor {

// ---- What root may ask of a running supervisor.

struct AskStatus {  // "status": the document of docs/status.md
  bool operator==(const AskStatus&) const = default;
};

struct ListChecks {  // "checks": what is known of each of them
  bool operator==(const ListChecks&) const = default;
};
struct RunOneCheck {  // "checks run NAME": one attempt now that counts as nothing
  std::string check;
  bool operator==(const RunOneCheck&) const = default;
};

struct ListReceivers {  // "alerts": those of alerts
  bool operator==(const ListReceivers&) const = default;
};
struct TestReceiver {  // "alerts test NAME": tell it something now that has not happened
  std::string receiver;
  bool operator==(const TestReceiver&) const = default;
};

// "server disable|enable|drain SERVICE SERVER [for SECONDS]", "server weight SERVICE SERVER WEIGHT
// [for SECONDS]": what the operator wants of a server of a virtual server.
struct OrderServer {
  std::string server;                              // server_name()
  OrderKind kind{};                                // kNone: as if nothing had been said
  std::uint32_t weight = 0;                        // of kWeight, 0..65535
  std::optional<std::chrono::seconds> duration{};  // 1 s..10 years; none: until told otherwise
  bool operator==(const OrderServer&) const = default;
};

struct StopDaemon {   // "stop [keep]": hand over and stop, as by SIGTERM
  bool keep = false;  // the kernel's table of virtual servers, whatever is configured
  bool operator==(const StopDaemon&) const = default;
};

struct StepAside {  // "stop restart": leave all as it is to the holdfastd that is started next
  bool operator==(const StepAside&) const = default;
};

struct Upgrade {  // "upgrade": become the program that is installed now
  bool operator==(const Upgrade&) const = default;
};

struct AskHistory {  // "history": what has happened on this node
  bool operator==(const AskHistory&) const = default;
};

// "maintenance on [for SECONDS]", "maintenance off".
struct OrderMaintenance {
  bool on = false;
  std::optional<std::chrono::seconds> duration{};  // as of a server
  bool operator==(const OrderMaintenance&) const = default;
};

// "reload [confirm SECONDS]": read the file again; and go back unless "confirm" comes in time.
struct Reload {
  std::optional<std::chrono::seconds> confirm{};  // 1 s..1 day
  bool operator==(const Reload&) const = default;
};
struct Confirm {  // "confirm"
  bool operator==(const Confirm&) const = default;
};

// "configuration": the document that is in force, as the workers have it.
struct AskConfiguration {
  bool operator==(const AskConfiguration&) const = default;
};

using ControlRequest = std::variant<AskStatus, ListChecks, RunOneCheck, ListReceivers, TestReceiver,
                                    OrderServer, StopDaemon, StepAside, Upgrade, AskHistory,
                                    OrderMaintenance, Reload, Confirm, AskConfiguration>;

// Of a request, in bytes, without the end of its line.
inline constexpr std::size_t kRequestMax = 4096;

// A request is one line of words parted by single blanks, each of 1 to 256 printable ASCII
// characters. What is none is told in words that are safe to print.
Result<ControlRequest> parse_request(std::string_view line);

}  // namespace holdfast::supervisor
