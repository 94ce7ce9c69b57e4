// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "common/event_loop.h"
#include "tests/unit/common/loop_test.h"

namespace holdfast {
namespace {

using std::chrono::milliseconds;

class TimerTest : public LoopTest {};

TEST_F(TimerTest, FireInTheOrderOfTheirDeadlines) {
  std::string fired;
  Timer a(loop_, [&] { fired += "a"; });
  Timer b(loop_, [&] { fired += "b"; });
  Timer c(loop_, [&] { fired += "c"; });
  Timer last(loop_, [&] { loop_.stop(); });
  const Time now = monotonic_now();
  last.set(now + milliseconds{4});
  c.set(now + milliseconds{3});
  a.set(now + milliseconds{1});
  b.set(now + milliseconds{2});
  run();
  EXPECT_EQ(fired, "abc");
}

TEST_F(TimerTest, OfOneDeadlineFireInTheOrderInWhichTheyWereSet) {
  std::string fired;
  Timer a(loop_, [&] { fired += "a"; });
  Timer b(loop_, [&] { fired += "b"; });
  Timer c(loop_, [&] {
    fired += "c";
    if (fired.size() == 3) loop_.stop();
  });
  const Time deadline = monotonic_now() + milliseconds{1};
  b.set(deadline);
  a.set(deadline);
  c.set(deadline);
  run();
  EXPECT_EQ(fired, "bac");
}

TEST_F(TimerTest, AreNeverEarly) {
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  std::vector<std::unique_ptr<Timer>> timers;
  unsigned pending = 500;
  for (unsigned i = pending; i > 0; --i) {
    const Time deadline = monotonic_now() + Duration{random() % 20000};
    timers.push_back(std::make_unique<Timer>(loop_, [this, deadline, &pending] {
      EXPECT_GE(monotonic_now(), deadline);
      if (--pending == 0) loop_.stop();
    }));
    timers.back()->set(deadline);
  }
  run();
}

TEST_F(TimerTest, HaveAGrainBelowAMillisecond) {
  int rounds = 200;
  Time set;
  Duration quickest = Duration::max();
  std::unique_ptr<Timer> timer;
  const auto again = [&] {
    set = monotonic_now();
    timer->set(set + Duration{300});
  };
  timer = std::make_unique<Timer>(loop_, [&] {
    quickest = std::min(quickest, monotonic_now() - set);
    if (--rounds == 0) return loop_.stop();
    again();
  });
  again();
  run();
  // A busy machine delays most of them, but hardly each of 200.
  EXPECT_GE(quickest, Duration{300});
  EXPECT_LT(quickest, Duration{1000});
}

TEST_F(TimerTest, MovedFireOnceAtTheNewDeadline) {
  const Time later = monotonic_now() + milliseconds{5};
  int fired = 0;
  Timer timer(loop_, [&] {
    ++fired;
    EXPECT_GE(monotonic_now(), later);
  });
  Timer last(loop_, [&] { loop_.stop(); });
  timer.set(later - milliseconds{4});
  timer.set(later);
  last.set(later + milliseconds{5});
  run();
  EXPECT_EQ(fired, 1);
}

TEST_F(TimerTest, WithoutADeadlineDoNotFire) {
  int fired = 0;
  Timer cleared(loop_, [&] { ++fired; });
  Timer never_set(loop_, [&] { ++fired; });
  Timer last(loop_, [&] { loop_.stop(); });
  cleared.set(monotonic_now());
  cleared.set(std::nullopt);
  last.set(monotonic_now() + milliseconds{2});
  run();
  EXPECT_EQ(fired, 0);
}

TEST_F(TimerTest, OfThePastFireAtTheNextTurn) {
  for (const Time past : {Time{}, Time::min(), Time{Duration{-1}}, monotonic_now()}) {
    Timer timer(loop_, [&] { loop_.stop(); });
    timer.set(past);
    run();
  }
}

TEST_F(TimerTest, SetToThePastAgainAndAgainDoNotStarveDescriptors) {
  Stream stream;
  std::unique_ptr<Timer> timer;
  timer = std::make_unique<Timer>(loop_, [&] { timer->set(Time{}); });
  timer->set(Time{});
  const Watch watch(loop_, stream.near.get(), kRead, [&](Ready) { loop_.stop(); });
  write_byte(stream.far);
  run();
}

TEST_F(TimerTest, CancelledByACallbackDoNotFireThoughDue) {
  int fired = 0;
  const Time now = monotonic_now();
  Timer second(loop_, [&] { ++fired; });
  Timer third(loop_, [&] { loop_.stop(); });
  Timer first(loop_, [&] { second.set(std::nullopt); });
  first.set(now - milliseconds{3});
  second.set(now - milliseconds{2});
  third.set(now - milliseconds{1});
  run();
  EXPECT_EQ(fired, 0);
}

TEST_F(TimerTest, MayBeDestroyedInACallback) {
  int fired = 0;
  const Time now = monotonic_now();
  auto captured = std::make_shared<std::string>("alive");
  std::unique_ptr<Timer> itself;
  auto other = std::make_unique<Timer>(loop_, [&] { ++fired; });
  itself = std::make_unique<Timer>(loop_, [&, captured = std::move(captured)] {
    itself.reset();
    other.reset();
    EXPECT_EQ(*captured, "alive") << "the callback outlives its timer until it returns";
  });
  Timer last(loop_, [&] { loop_.stop(); });
  itself->set(now - milliseconds{3});
  other->set(now - milliseconds{2});
  last.set(now - milliseconds{1});
  run();
  EXPECT_EQ(fired, 0);
  EXPECT_EQ(itself, nullptr);
}

TEST_F(TimerTest, DoNotFireAfterStop) {
  int fired = 0;
  const auto stop = [&] {
    ++fired;
    loop_.stop();
  };
  Timer a(loop_, stop);
  Timer b(loop_, stop);
  a.set(Time{});
  b.set(Time{});
  run();
  EXPECT_EQ(fired, 1);
  run();
  EXPECT_EQ(fired, 2);
}

TEST_F(TimerTest, DoNotFireIfTheLoopIsStoppedBeforeItRuns) {
  int fired = 0;
  Timer timer(loop_, [&] { ++fired; });
  timer.set(Time{});
  loop_.stop();
  run();
  EXPECT_EQ(fired, 0);
}

TEST_F(TimerTest, AwaitedAwakeFiresNotBeforeItsTime) {
  const Time deadline = monotonic_now() + milliseconds{2};
  std::optional<Time> fired;
  Timer timer(loop_, [&] {
    fired = monotonic_now();
    loop_.stop();
  });
  timer.set(deadline, Wait::kAwake);
  run();
  ASSERT_TRUE(fired);
  EXPECT_GE(*fired, deadline);
}

TEST_F(TimerTest, WhoAwaitsAwakeIsToldFirstWhatHasCome) {
  Stream stream;
  std::string order;
  Watch watch(loop_, stream.near.get(), kRead, [&](Ready) {
    order += "packet ";
    watch.set_interest({false, false});
  });
  Timer timer(loop_, [&] {
    order += "timer";
    loop_.stop();
  });
  write_byte(stream.far);
  timer.set(monotonic_now(), Wait::kAwake);
  run();
  EXPECT_EQ(order, "packet timer");
}

TEST_F(TimerTest, HowItIsAwaitedMayChange) {
  int fired = 0;
  Timer timer(loop_, [&] {
    ++fired;
    loop_.stop();
  });
  const Time deadline = monotonic_now() + milliseconds{2};
  for (const Wait wait : {Wait::kAwake, Wait::kAsleep, Wait::kAwake}) timer.set(deadline, wait);
  run();
  timer.set(monotonic_now() + milliseconds{1});
  run();
  EXPECT_EQ(fired, 2);
}

}  // namespace
}  // namespace holdfast
