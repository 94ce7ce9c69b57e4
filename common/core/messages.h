// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "common/core/messages/alert.h"
#include "common/core/messages/check.h"
#include "common/core/messages/process.h"
#include "common/core/messages/router.h"
#include "common/core/messages/server.h"
#include "common/core/messages/witness.h"
#include "common/core/result.h"
#include "common/core/wire.h"

// Everything that supervisor and workers say to each other. Both ends are always the same build
// (Hello carries its id), so there are no versions. Who may send what, and what is kept, is the
// supervisor's message table. Subjects are names of the configuration.
namespace holdfast {

// What copies, moves and compares so many alternatives is compiled once, in messages.cpp: in each
// file that holds a message, it was most of what the compiler did.
struct Message
    : std::variant<Hello, Configured, Heartbeat, Configure, Start, Shutdown, RouterState,
                   CheckState, AdvertCounters, RunScript, ScriptResult, Observation, Secret,
                   PingSocket, AskChecks, CheckDetails, RunCheck, CheckRun, Forbidden, ServiceState,
                   ServerState, ServerCounters, TableFilled, ServerOrder, SystemFile,
                   ServerSuspicion, AskSocket, MarkedSocket, Listener, WorkerState, DaemonState,
                   QueuedAlert, AlertScript, LeaseWish, WitnessState, LeaseState, Peers,
                   CheckCounters, ProcessUse, ScriptCounters, Happened, ReceiverState, CheckLoad> {
  using variant::variant;
  Message() = default;
  Message(const Message& other);
  Message(Message&& other) noexcept;
  Message& operator=(const Message& other);
  Message& operator=(Message&& other) noexcept;
  ~Message();
  bool operator==(const Message& other) const;
};

std::string_view name_of(const Message& message);     // "RouterState"
std::string_view subject_of(const Message& message);  // the router or check it is about, or ""

std::vector<std::uint8_t> encode(const Message& message);  // at most kMessageSizeMax bytes
Result<Message> decode(std::span<const std::uint8_t> bytes);
// Of several, one after the other: the first of them, which is taken off.
Result<Message> take_message(std::span<const std::uint8_t>& bytes);

// Cuts a text to what a message may carry.
std::string bounded(std::string text);

}  // namespace holdfast
