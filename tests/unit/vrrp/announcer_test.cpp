// SPDX-License-Identifier: Apache-2.0
#include "vrrp-worker/core/announcer.h"

#include <gtest/gtest.h>

#include <utility>
#include <vector>

#include "tests/unit/vrrp/print.h"

namespace holdfast::vrrp {
namespace {

using namespace std::chrono_literals;

constexpr Time kStart{1000s};

// An announcer whose time the test owns.
class AnnouncerTest : public testing::Test {
 protected:
  int request(Duration at) { return announcer_.request(config_, kStart + at); }
  int wake(Duration at) { return announcer_.wake(config_, kStart + at); }
  std::optional<Time> deadline() const { return announcer_.deadline(); }

  // What it says by itself until then: when, and how often each address.
  using Bursts = std::vector<std::pair<Duration, int>>;
  Bursts until(Duration end) {
    Bursts bursts;
    while (deadline() && *deadline() <= kStart + end) {
      const Duration at = *deadline() - kStart;
      bursts.emplace_back(at, wake(at));
    }
    return bursts;
  }

  AnnounceConfig config_;
  Announcer announcer_;
};

TEST_F(AnnouncerTest, HasNothingToSayUnasked) {
  EXPECT_FALSE(deadline().has_value());
  EXPECT_EQ(wake(1h), 0);
}

TEST_F(AnnouncerTest, SaysEachAddressFiveTimesAtOnceAndAfterFiveSeconds) {
  EXPECT_EQ(request(0s), 5);
  EXPECT_EQ(deadline(), kStart + 5s);
  EXPECT_EQ(wake(5s - 1us), 0);
  EXPECT_EQ(wake(5s), 5);
  EXPECT_FALSE(deadline().has_value());
  EXPECT_EQ(wake(1h), 0);
}

TEST_F(AnnouncerTest, RepeatsAndDelayAreThoseConfigured) {
  config_.repeat = 2;
  config_.delay = 300ms;
  config_.delay_repeat = 7;
  EXPECT_EQ(request(0s), 2);
  EXPECT_EQ(until(1h), (Bursts{{300ms, 7}}));
}

TEST_F(AnnouncerTest, TheSecondBurstIsAsLongAsTheFirstUnlessConfigured) {
  config_.repeat = 3;
  request(0s);
  EXPECT_EQ(until(1h), (Bursts{{5s, 3}}));
}

TEST_F(AnnouncerTest, WithoutADelayThereIsOneBurst) {
  config_.delay = 0s;
  EXPECT_EQ(request(0s), 5);
  EXPECT_FALSE(deadline().has_value());
}

// ---- Refreshing.

TEST_F(AnnouncerTest, RefreshesAtItsPaceOnceEach) {
  config_.refresh = 2s;
  request(0s);
  EXPECT_EQ(until(7s), (Bursts{{2s, 1}, {4s, 1}, {5s, 5}, {6s, 1}}));
}

TEST_F(AnnouncerTest, ARefreshThatComesWithABurstIsPartOfIt) {
  config_.refresh = 5s;
  config_.refresh_repeat = 3;
  request(0s);
  EXPECT_EQ(until(10s), (Bursts{{5s, 5}, {10s, 3}}));
}

TEST_F(AnnouncerTest, AfterAPauseItRefreshesOnceAndNotAllThatIsMissing) {
  config_.refresh = 2s;
  config_.delay = 0s;
  request(0s);
  EXPECT_EQ(wake(61s), 1);
  EXPECT_EQ(deadline(), kStart + 63s);
}

TEST_F(AnnouncerTest, RefreshesFromNowOnIfThatIsConfiguredLater) {
  config_.delay = 0s;
  request(0s);
  config_.refresh = 10s;
  announcer_.reconfigure(config_, kStart + 4s);
  EXPECT_EQ(until(30s), (Bursts{{14s, 1}, {24s, 1}}));
  config_.refresh = 0s;
  announcer_.reconfigure(config_, kStart + 30s);
  EXPECT_FALSE(deadline().has_value());
}

TEST_F(AnnouncerTest, WhoIsNotActiveDoesNotRefresh) {
  config_.refresh = 1s;
  announcer_.reconfigure(config_, kStart);
  EXPECT_FALSE(deadline().has_value());
}

// ---- Another took itself for the active router.

TEST_F(AnnouncerTest, CorrectsTheNeighboursAsOftenAsConfigured) {
  config_.lower_priority_repeat = 2;
  config_.lower_priority_delay = 300ms;
  request(0s);
  until(10s);
  EXPECT_EQ(request(20s), 2);
  EXPECT_EQ(until(1h), (Bursts{{20300ms, 2}}));
}

TEST_F(AnnouncerTest, CorrectsThemLikeABeginUnlessConfigured) {
  config_.repeat = 3;
  config_.delay = 2s;
  request(0s);
  until(10s);
  EXPECT_EQ(request(20s), 3);
  EXPECT_EQ(until(1h), (Bursts{{22s, 3}}));
}

TEST_F(AnnouncerTest, CorrectsNobodyIfSoConfigured) {
  config_.lower_priority_repeat = 0;
  request(0s);
  EXPECT_EQ(request(3s), 0);
  EXPECT_EQ(until(1h), (Bursts{{5s, 5}}));
}

TEST_F(AnnouncerTest, ACorrectionWithoutASecondBurstLeavesThatOfTheBegin) {
  config_.lower_priority_repeat = 1;
  config_.lower_priority_delay = 0s;
  request(0s);
  EXPECT_EQ(request(3s), 1);
  EXPECT_EQ(until(1h), (Bursts{{5s, 5}}));
}

TEST_F(AnnouncerTest, AShortSecondBurstDoesNotReplaceTheLongOneOfTheBegin) {
  config_.lower_priority_repeat = 1;
  config_.lower_priority_delay = 100ms;
  request(0s);
  EXPECT_EQ(request(3s), 1);
  EXPECT_EQ(until(1h), (Bursts{{5s, 5}}));
}

TEST_F(AnnouncerTest, ARequestJustBeforeTheSecondBurstDelaysIt) {
  request(0s);
  EXPECT_EQ(request(4900ms), 5);
  EXPECT_EQ(deadline(), kStart + 9900ms);
}

// ---- Not more than once a second.

TEST_F(AnnouncerTest, AnnouncesNotMoreThanOnceASecond) {
  EXPECT_EQ(request(0s), 5);
  EXPECT_EQ(request(1ms), 0);
  EXPECT_EQ(request(999ms), 0);
  EXPECT_EQ(deadline(), kStart + 1s);
  EXPECT_EQ(wake(1s), 5);
}

TEST_F(AnnouncerTest, WaitsASecondAfterALateBurstToo) {
  request(0s);
  EXPECT_EQ(wake(5s), 5);
  EXPECT_EQ(request(5500ms), 0);
  EXPECT_EQ(deadline(), kStart + 6s);
}

TEST_F(AnnouncerTest, ABurstThatHadToWaitIsRepeatedAfterFiveSecondsToo) {
  EXPECT_EQ(request(0s), 5);
  EXPECT_EQ(request(500ms), 0);
  EXPECT_EQ(until(1h), (Bursts{{1s, 5}, {5500ms, 5}}));
}

TEST_F(AnnouncerTest, AFloodOfRequestsIsNoFloodOfBursts) {
  int bursts = 0;
  for (Duration now = 0s; now < 10s; now += 10ms) {
    if (deadline() && *deadline() <= kStart + now) bursts += wake(now) > 0 ? 1 : 0;
    bursts += request(now) > 0 ? 1 : 0;
  }
  EXPECT_EQ(bursts, 10);
  const Bursts late = until(1h);
  EXPECT_LE(late.size(), 2U);
  EXPECT_LE(late.back().first, 15s);
}

}  // namespace
}  // namespace holdfast::vrrp
