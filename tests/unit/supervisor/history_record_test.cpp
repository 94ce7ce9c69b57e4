// SPDX-License-Identifier: Apache-2.0
#include "supervisor/core/history_record.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <string>

namespace holdfast::supervisor {
namespace {

using Bytes = std::vector<std::uint8_t>;

HistoryEvent event_of(int number) {
  HistoryEvent event;
  event.at = RealTime{std::chrono::seconds{1'700'000'000 + number}};
  event.of = EventOf::kRouter;
  event.subject = "web" + std::to_string(number);
  event.from = "BACKUP";
  event.to = "MASTER";
  event.priority = Priority{150};
  event.reason = "no advert from 192.0.2.1 for 0.361 s";
  event.moved_by = "check app is down: -20";
  return event;
}

Bytes file_of(const std::vector<HistoryEvent>& events) {
  Bytes file;
  for (const HistoryEvent& event : events) {
    const Bytes record = record_of(event);
    file.insert(file.end(), record.begin(), record.end());
  }
  return file;
}

const std::vector<HistoryEvent> kThree{event_of(1), event_of(2), event_of(3)};

TEST(HistoryRecord, WhatWasWrittenIsRead) {
  HistoryEvent other;
  other.of = EventOf::kMaintenance;
  other.to = "on";
  other.reason = std::string(512, 'x');
  const std::vector<HistoryEvent> events{event_of(1), other, HistoryEvent{}};
  EXPECT_EQ(events_in(file_of(events)), events);
  EXPECT_TRUE(events_in({}).empty());
}

TEST(HistoryRecord, OfAFileCutAnywhereEveryWholeRecordIsRead) {
  const Bytes file = file_of(kThree);
  const std::size_t one = record_of(event_of(1)).size();
  for (std::size_t size = 0; size <= file.size(); ++size) {
    const auto events = events_in(std::span(file).first(size));
    ASSERT_EQ(events, std::vector<HistoryEvent>(
                          kThree.begin(), kThree.begin() + static_cast<std::ptrdiff_t>(size / one)))
        << "cut to " << size;
  }
}

TEST(HistoryRecord, AfterATornRecordTheNextOnesAreRead) {
  const Bytes whole = record_of(event_of(1));
  const Bytes more = file_of({event_of(2), event_of(3)});
  for (std::size_t size = 0; size < whole.size(); ++size) {
    Bytes file(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size));
    file.insert(file.end(), more.begin(), more.end());
    ASSERT_EQ(events_in(file), (std::vector<HistoryEvent>{event_of(2), event_of(3)}))
        << "torn after " << size;
  }
}

TEST(HistoryRecord, EveryFlippedByteCostsItsRecordAlone) {
  const Bytes file = file_of(kThree);
  const std::size_t one = record_of(event_of(1)).size();
  for (std::size_t at = 0; at < file.size(); ++at) {
    for (const unsigned flip : {0x01U, 0x80U, 0xFFU}) {
      Bytes damaged = file;
      damaged[at] = static_cast<std::uint8_t>(damaged[at] ^ flip);
      std::vector<HistoryEvent> left = kThree;
      left.erase(left.begin() + static_cast<std::ptrdiff_t>(at / one));
      ASSERT_EQ(events_in(damaged), left) << "byte " << at << " xor " << flip;
    }
  }
}

TEST(HistoryRecord, NoiseIsNoRecordAndHidesNone) {
  Bytes file(5000);
  std::uint32_t seed = 1;
  for (std::uint8_t& byte : file) {
    seed = seed * 1664525U + 1013904223U;
    byte = static_cast<std::uint8_t>(seed >> 24U);
  }
  EXPECT_TRUE(events_in(file).empty());
  const Bytes record = record_of(event_of(7));
  file.insert(file.begin() + 2500, record.begin(), record.end());
  EXPECT_EQ(events_in(file), std::vector<HistoryEvent>{event_of(7)});
}

TEST(EventNumber, GrowsAlsoWhenTheClockIsSetBack) {
  HistoryEvent event;
  event.at = RealTime{Duration{1000}};
  EXPECT_EQ(event_number(event, 0), 1000U);
  EXPECT_EQ(event_number(event, 1000), 1001U);
  EXPECT_EQ(event_number(event, 5000), 5001U);
  event.at = RealTime::min();
  EXPECT_EQ(event_number(event, 7), 8U);
}

}  // namespace
}  // namespace holdfast::supervisor
