// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "common/core/history_event.h"

namespace holdfast::supervisor {

inline constexpr std::uint8_t kRecordVersion = 1;

// A record of the history file: 4 bytes that begin every record, the size of the payload (16 bits),
// the CRC-32 of size and payload, and the payload: kRecordVersion and the event. Numbers are
// big-endian. The strings of the event are at most kStringSizeMax bytes each.
std::vector<std::uint8_t> record_of(const HistoryEvent& event);

// All records of a file that are whole, in their order. What is damaged costs itself alone: reading
// goes on at the next record that is whole. A record of another version is passed over.
std::vector<HistoryEvent> events_in(std::span<const std::uint8_t> bytes);

// The number of an event after one of the number `last`: the microsecond in which it happened, or a
// greater one. So who reads the same events again gives them the same numbers.
std::uint64_t event_number(const HistoryEvent& event, std::uint64_t last);

}  // namespace holdfast::supervisor
