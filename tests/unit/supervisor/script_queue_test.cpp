// SPDX-License-Identifier: Apache-2.0
#include "supervisor/core/script_queue.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>
#include <set>
#include <string>

namespace holdfast::supervisor {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
constexpr Duration kTimeout = seconds{10};

class ScriptQueueTest : public testing::Test {
 protected:
  QueueActions add(RunId id, const std::string& subject, Duration timeout = kTimeout) {
    return queue_.add(id, subject, timeout, now_);
  }
  QueueActions ended(RunId id) { return queue_.ended(id, now_); }
  QueueActions wake() {
    now_ = queue_.deadline().value();
    return queue_.wake(now_);
  }

  ScriptQueue queue_{QueueLimits{.running = 3, .waiting = 2}};
  Time now_{std::chrono::hours{1}};
};

TEST_F(ScriptQueueTest, OneOfASubjectRunsAtATimeAndInOrder) {
  EXPECT_TRUE(queue_.idle());
  EXPECT_EQ(add(1, "web"), QueueActions{StartRun{1}});
  EXPECT_EQ(add(2, "web"), QueueActions{});
  EXPECT_EQ(add(3, "web"), QueueActions{});
  EXPECT_EQ(ended(1), QueueActions{StartRun{2}});
  EXPECT_EQ(ended(2), QueueActions{StartRun{3}});
  EXPECT_FALSE(queue_.idle());
  EXPECT_EQ(ended(3), QueueActions{});
  EXPECT_TRUE(queue_.idle());
  EXPECT_EQ(queue_.deadline(), std::nullopt);
}

TEST_F(ScriptQueueTest, SubjectsRunSideBySideUpToALimit) {
  EXPECT_EQ(add(1, "a"), QueueActions{StartRun{1}});
  EXPECT_EQ(add(2, "b"), QueueActions{StartRun{2}});
  EXPECT_EQ(add(3, "c"), QueueActions{StartRun{3}});
  EXPECT_EQ(add(4, "d"), QueueActions{});
  EXPECT_EQ(add(5, "a"), QueueActions{});
  EXPECT_EQ(ended(1), QueueActions{StartRun{4}}) << "d has waited longer than a's second";
  EXPECT_EQ(ended(2), QueueActions{StartRun{5}});
}

TEST_F(ScriptQueueTest, TheOldestOfTooManyIsDropped) {
  add(1, "web");
  add(2, "web");
  add(3, "web");
  EXPECT_EQ(add(4, "web"), QueueActions{DropRun{2}});
  EXPECT_EQ(ended(1), QueueActions{StartRun{3}});
}

TEST_F(ScriptQueueTest, ALimitOfOneKeepsTheNewest) {
  ScriptQueue queue{QueueLimits{.running = 1, .waiting = 1}};
  queue.add(1, "a", kTimeout, now_);
  EXPECT_EQ(queue.add(2, "b", kTimeout, now_), QueueActions{});
  EXPECT_EQ(queue.add(3, "b", kTimeout, now_), QueueActions{DropRun{2}});
  EXPECT_EQ(queue.ended(1, now_), QueueActions{StartRun{3}});
  EXPECT_EQ(queue.ended(3, now_), QueueActions{});
  EXPECT_TRUE(queue.idle());
}

TEST_F(ScriptQueueTest, WhoeverTakesTooLongIsAskedToEndAndThenMadeTo) {
  add(1, "web", seconds{1});
  add(2, "web");
  EXPECT_EQ(queue_.deadline(), now_ + seconds{1});
  EXPECT_EQ(queue_.wake(now_ + milliseconds{999}), QueueActions{});
  EXPECT_EQ(wake(), QueueActions{TerminateRun{1}});
  EXPECT_EQ(queue_.deadline(), now_ + ScriptQueue::kGrace);
  EXPECT_EQ(wake(), QueueActions{KillRun{1}});
  EXPECT_EQ(queue_.deadline(), std::nullopt) << "nothing is left to be done to it";
  EXPECT_EQ(ended(1), QueueActions{StartRun{2}}) << "only when it has gone";
  EXPECT_EQ(queue_.deadline(), now_ + kTimeout) << "counted from its own start";
}

TEST_F(ScriptQueueTest, AtTheEndWhatWaitsIsDroppedAndTheRestIsShort) {
  add(1, "web");
  add(2, "web");
  EXPECT_EQ(queue_.hurry(seconds{2}, now_), QueueActions{DropRun{2}});
  EXPECT_EQ(queue_.deadline(), now_ + seconds{2});
  EXPECT_EQ(add(3, "web"), QueueActions{}) << "the last words still wait for their turn";
  EXPECT_EQ(ended(1), QueueActions{StartRun{3}});
  EXPECT_EQ(queue_.deadline(), now_ + seconds{2});
}

TEST_F(ScriptQueueTest, HurryLengthensNothing) {
  add(1, "web", milliseconds{500});
  queue_.hurry(seconds{2}, now_);
  EXPECT_EQ(queue_.deadline(), now_ + milliseconds{500});
}

TEST_F(ScriptQueueTest, KillAllLeavesNothingToStart) {
  add(1, "a");
  add(2, "a");
  add(3, "b");
  EXPECT_EQ(queue_.kill_all(), (QueueActions{DropRun{2}, KillRun{1}, KillRun{3}}));
  EXPECT_EQ(ended(1), QueueActions{});
  EXPECT_EQ(ended(3), QueueActions{});
  EXPECT_TRUE(queue_.idle());
}

TEST_F(ScriptQueueTest, WhatItDoesNotKnowEndsNothing) {
  add(1, "web");
  EXPECT_EQ(ended(7), QueueActions{});
  EXPECT_FALSE(queue_.idle());
}

// Whatever comes in whatever order: each run is started or dropped once, those of a subject in
// order and never two at once, and never more than the limit.
TEST_F(ScriptQueueTest, RandomlyUsedItKeepsItsPromises) {
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  std::map<RunId, std::string> subjects;
  std::map<std::string, RunId> last_started;
  std::set<RunId> running;
  std::set<RunId> dropped;
  RunId next = 0;
  const auto obey = [&](const QueueActions& actions) {
    for (const QueueAction& action : actions) {
      if (const auto* start = std::get_if<StartRun>(&action)) {
        const std::string& subject = subjects.at(start->id);
        EXPECT_LT(last_started[subject], start->id);
        last_started[subject] = start->id;
        EXPECT_FALSE(dropped.contains(start->id));
        for (const RunId other : running) EXPECT_NE(subjects.at(other), subject);
        running.insert(start->id);
      } else if (const auto* drop = std::get_if<DropRun>(&action)) {
        EXPECT_FALSE(running.contains(drop->id));
        EXPECT_TRUE(dropped.insert(drop->id).second);
      }
    }
    EXPECT_LE(running.size(), 3U);
  };
  for (int i = 0; i < 20000; ++i) {
    now_ += milliseconds{random() % 2000};
    if (random() % 2 == 0) {
      subjects[++next] = std::string(1, static_cast<char>('a' + random() % 5));
      obey(add(next, subjects[next], seconds{1 + random() % 5}));
    } else if (!running.empty() && random() % 3 != 0) {
      const RunId id = *std::next(running.begin(), static_cast<long>(random() % running.size()));
      running.erase(id);
      obey(ended(id));
    } else {
      obey(queue_.wake(now_));
    }
  }
  while (!running.empty()) {
    const RunId id = *running.begin();
    running.erase(id);
    obey(ended(id));
  }
  EXPECT_TRUE(queue_.idle());
}

}  // namespace
}  // namespace holdfast::supervisor
