// SPDX-License-Identifier: Apache-2.0
#include "monitor-worker/event_stream.h"

#include <gtest/gtest.h>

#include <array>
#include <deque>
#include <string>

#include "monitor-worker/core/history.h"

namespace holdfast::monitor {
namespace {

Happened happened(std::uint64_t id, const std::string& reason = "no advert") {
  HistoryEvent event;
  event.at = RealTime{Duration{static_cast<std::int64_t>(id)}};
  event.of = EventOf::kRouter;
  event.subject = "web";
  event.from = "BACKUP";
  event.to = "MASTER";
  event.reason = reason;
  return {id, event};
}

std::size_t count(const std::string& text, const std::string& part) {
  std::size_t found = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) {
    ++found;
  }
  return found;
}

TEST(EventStream, GivesWhatItTookAsThereIsRoom) {
  EventStream stream;
  EXPECT_TRUE(stream.empty());
  EXPECT_TRUE(stream.add("abc"));
  EXPECT_TRUE(stream.add("de"));
  std::array<char, 4> room{};
  EXPECT_EQ(stream.take(room.data(), room.size()), 4U);
  EXPECT_EQ(std::string(room.data(), room.size()), "abcd");
  EXPECT_EQ(stream.take(room.data(), room.size()), 1U);
  EXPECT_TRUE(stream.empty());
}

TEST(EventStream, IsBounded) {
  EventStream stream;
  EXPECT_TRUE(stream.add(std::string(EventStream::kMost - 1, 'x')));
  EXPECT_FALSE(stream.add("xx"));
  EXPECT_TRUE(stream.add("x"));
}

TEST(FirstWords, OfOneWhoAsksForTheFirstTimeAreNoEvents) {
  const std::deque<Happened> known{happened(5)};
  EXPECT_EQ(first_words(known, ""), "retry: 2000\n\n");
  EXPECT_EQ(first_words(known, "-1"), "retry: 2000\n\n");
  EXPECT_EQ(first_words(known, "5 or so"), "retry: 2000\n\n");
}

TEST(FirstWords, GoOnAfterTheLastEvent) {
  const std::deque<Happened> known{happened(5), happened(7), happened(9)};
  const std::string text = first_words(known, "5");
  EXPECT_EQ(count(text, "event: instance\n"), 2U);
  EXPECT_EQ(count(text, "id: 7\n"), 1U);
  EXPECT_EQ(count(text, "id: 9\n"), 1U);
  EXPECT_EQ(count(text, "gap"), 0U);
  EXPECT_EQ(count(first_words(known, "9"), "id:"), 0U);
}

TEST(FirstWords, SayWhenSomethingMayBeMissing) {
  const std::deque<Happened> known{happened(5)};
  EXPECT_EQ(count(first_words(known, "4"), "event: gap\n"), 1U);
  EXPECT_EQ(count(first_words(known, "4"), "id: 5\n"), 1U);
}

TEST(FirstWords, FitHoweverLongTheyAre) {
  std::deque<Happened> known;
  for (std::uint64_t id = 1; id <= History::kMost; ++id) {
    known.push_back(happened(id, std::string(kStringSizeMax, '"')));  // twice as long in JSON
    known.back().event.moved_by = std::string(kStringSizeMax, '"');
  }
  EXPECT_LE(first_words(known, "0").size(), EventStream::kMost);
}

// A line end would end the data.
TEST(FirstWords, AnEventIsOneLineOfData) {
  const std::string text = first_words({happened(5, "one\ntwo\r\nid: 8")}, "1");
  EXPECT_EQ(count(text, "\nid: "), 1U);
  EXPECT_EQ(count(text, "\r"), 0U);
}

}  // namespace
}  // namespace holdfast::monitor
