// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <vector>

#include "common/core/history_event.h"
#include "common/core/messages.h"

namespace holdfast {

// What has happened on a node, oldest first, as JSON: docs/status.md.
std::string events_document(const std::string& node, const std::vector<HistoryEvent>& events);

// One as a server-sent event: its number, its kind, and as data the same JSON in one line.
std::string event_message(std::uint64_t id, const HistoryEvent& event);

// What /v1/history says: the changes of state of instances for themselves, and all events, which
// have their numbers.
std::string history_document(const std::string& node, const std::deque<Happened>& events);

}  // namespace holdfast
