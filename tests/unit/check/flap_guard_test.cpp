// SPDX-License-Identifier: Apache-2.0
#include "check-worker/core/flap_guard.h"

#include <gtest/gtest.h>

namespace holdfast::check {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

// Four changes in a minute: 10 s, then 20 s, 40 s and never more.
constexpr HoldDownConfig kConfig{4, minutes{1}, seconds{10}, seconds{40}};

class FlapGuardTest : public testing::Test {
 protected:
  std::optional<Duration> change(bool up, Duration after = seconds{1}) {
    now_ += after;
    const std::optional<Time> until = guard_.changed(kConfig, up, now_);
    if (!until) return std::nullopt;
    return *until - now_;
  }

  FlapGuard guard_;
  Time now_{std::chrono::hours{1}};
};

TEST_F(FlapGuardTest, HoldsDownAtSoManyChanges) {
  EXPECT_FALSE(change(true));
  EXPECT_FALSE(change(false));
  EXPECT_FALSE(change(true));
  EXPECT_EQ(change(false), seconds{10});
  EXPECT_EQ(guard_.changes(), 4U);
}

TEST_F(FlapGuardTest, NeverHoldsWhatComesUp) {
  EXPECT_FALSE(change(false));
  EXPECT_FALSE(change(true));
  EXPECT_FALSE(change(false));
  EXPECT_FALSE(change(true)) << "the fourth";
  EXPECT_EQ(change(false), seconds{10});
}

TEST_F(FlapGuardTest, SlowChangesAreNone) {
  for (int i = 0; i < 20; ++i) EXPECT_FALSE(change(i % 2 == 0, seconds{21}));
}

TEST_F(FlapGuardTest, HoldsLongerEachTimeUpToTheLimit) {
  for (int i = 0; i < 3; ++i) change(i % 2 == 0);
  Duration last{0};
  for (const Duration wanted : {seconds{10}, seconds{20}, seconds{40}, seconds{40}}) {
    const std::optional<Duration> held = change(false, last + seconds{1});
    EXPECT_EQ(held, wanted);
    EXPECT_FALSE(change(true, wanted)) << "let go of";
    last = seconds{0};
  }
}

TEST_F(FlapGuardTest, BeginsAnewAfterAQuietTime) {
  for (int i = 0; i < 3; ++i) change(i % 2 == 0);
  EXPECT_EQ(change(false), seconds{10});
  change(true, seconds{10});
  EXPECT_EQ(change(false), seconds{20});
  change(true, seconds{20});
  EXPECT_FALSE(change(false, minutes{10}));
  change(true);
  change(false);
  change(true);
  EXPECT_EQ(change(false), seconds{10});
}

}  // namespace
}  // namespace holdfast::check
