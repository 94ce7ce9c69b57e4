// SPDX-License-Identifier: Apache-2.0
#include "check-worker/core/history.h"

#include <gtest/gtest.h>

namespace holdfast::check {
namespace {

using std::chrono::milliseconds;

constexpr Time kNow{std::chrono::hours{1}};

TEST(History, OfNothingIsEmpty) {
  const History history;
  EXPECT_EQ(history.times(), 0U);
  EXPECT_EQ(history.percentile(50), Duration{0});
  EXPECT_FALSE(history.last_good() || history.last_bad() || history.hindered());
}

TEST(History, PercentilesAreOfTheNearestRank) {
  History history;
  history.good(kNow, milliseconds{7}, "");
  EXPECT_EQ(history.percentile(50), milliseconds{7});
  EXPECT_EQ(history.percentile(99), milliseconds{7});
  for (int i = 100; i >= 1; --i) history.good(kNow, milliseconds{i}, "");
  EXPECT_EQ(history.times(), 100U);
  EXPECT_EQ(history.percentile(50), milliseconds{50});
  EXPECT_EQ(history.percentile(99), milliseconds{99});
  EXPECT_EQ(history.percentile(100), milliseconds{100});
}

TEST(History, TheOldestTimesAreForgottenFirst) {
  History history;
  for (int i = 0; i < 100; ++i) history.good(kNow, milliseconds{900}, "");
  for (int i = 0; i < 99; ++i) history.good(kNow, milliseconds{1}, "");
  EXPECT_EQ(history.percentile(99), milliseconds{1});
  EXPECT_EQ(history.percentile(100), milliseconds{900});
  history.good(kNow, milliseconds{1}, "");
  EXPECT_EQ(history.percentile(100), milliseconds{1});
  EXPECT_EQ(history.goods(), 200U);
}

TEST(History, AResultEndsAHindrance) {
  History history;
  history.not_made(kNow, "too many open files");
  ASSERT_TRUE(history.hindered());
  EXPECT_EQ(history.hindered()->reason, "too many open files");
  history.bad(kNow + milliseconds{5}, "connection refused");
  EXPECT_FALSE(history.hindered());
  EXPECT_EQ(history.last_bad(), (History::Event{kNow + milliseconds{5}, "connection refused"}));
  EXPECT_EQ(history.bads(), 1U);
  history.not_made(kNow, "no buffer space");
  history.good(kNow, Duration{1}, "connected");
  EXPECT_FALSE(history.hindered());
}

TEST(History, TimesAndReasonsAreBounded) {
  History history;
  history.good(kNow, std::chrono::hours{24}, std::string(5000, 'x'));
  EXPECT_EQ(history.percentile(50), Duration{0xFFFFFFFF});
  EXPECT_EQ(history.last_good()->reason.size(), 512U);
  history.good(kNow, Duration{-1}, "");
  EXPECT_EQ(history.percentile(50), Duration{0});
}

}  // namespace
}  // namespace holdfast::check
