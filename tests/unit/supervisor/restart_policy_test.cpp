// SPDX-License-Identifier: Apache-2.0
#include "supervisor/core/restart_policy.h"

#include <gtest/gtest.h>

namespace holdfast::supervisor {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr LifeEnd kFault{EndedBy::kItself, Reached::kNothing, seconds{0}};
constexpr LifeEnd kLateFault{EndedBy::kItself, Reached::kProven, seconds{3}};
constexpr LifeEnd kKilled{EndedBy::kOutside, Reached::kProven, seconds{3}};

TEST(RestartPolicy, FaultsAreRestartedEverLater) {
  RestartPolicy policy;
  EXPECT_EQ(policy.ended(kLateFault), seconds{0});
  EXPECT_EQ(policy.ended(kLateFault), milliseconds{100});
  EXPECT_EQ(policy.ended(kLateFault), seconds{1});
  EXPECT_EQ(policy.ended(kLateFault), seconds{5});
  EXPECT_EQ(policy.ended(kLateFault), seconds{30});
  EXPECT_EQ(policy.ended(kLateFault), seconds{30});
  EXPECT_FALSE(policy.hopeless());
}

TEST(RestartPolicy, EightFaultsWithoutAQuietMinuteAreHopeless) {
  RestartPolicy policy;
  for (int i = 0; i < 7; ++i) {
    policy.ended(kLateFault);
    EXPECT_FALSE(policy.hopeless());
  }
  policy.ended({EndedBy::kItself, Reached::kProven, seconds{60}});
  for (int i = 0; i < 6; ++i) {
    policy.ended(kLateFault);
    EXPECT_FALSE(policy.hopeless());
  }
  policy.ended(kLateFault);
  EXPECT_TRUE(policy.hopeless());
}

TEST(RestartPolicy, AQuietMinuteResets) {
  RestartPolicy policy;
  policy.ended(kLateFault);
  policy.ended(kLateFault);
  EXPECT_EQ(policy.ended({EndedBy::kItself, Reached::kProven, seconds{60}}), seconds{0});
  EXPECT_EQ(policy.ended(kLateFault), milliseconds{100});
  EXPECT_EQ(policy.ended({EndedBy::kItself, Reached::kProven, seconds{59}}), seconds{1});
}

TEST(RestartPolicy, KillsFromOutsideAreRestartedAtOnceAlways) {
  RestartPolicy policy;
  for (int i = 0; i < 100; ++i) {
    EXPECT_EQ(policy.ended(kKilled), seconds{0});
    EXPECT_EQ(policy.ended({EndedBy::kOutside, Reached::kConfigured, milliseconds{1}}), seconds{0});
    EXPECT_FALSE(policy.hopeless());
  }
}

TEST(RestartPolicy, AProvenLifeThatHungIsRestartedAtOnceAlways) {
  RestartPolicy policy;
  for (int i = 0; i < 100; ++i) {
    EXPECT_EQ(policy.ended({EndedBy::kWatchdog, Reached::kProven, seconds{1}}), seconds{0});
  }
}

TEST(RestartPolicy, AKillFromOutsideBeforeItRanIsAFault) {
  RestartPolicy policy;
  EXPECT_EQ(policy.ended({EndedBy::kOutside, Reached::kNothing, seconds{0}}), seconds{0});
  EXPECT_EQ(policy.ended({EndedBy::kOutside, Reached::kNothing, seconds{0}}), milliseconds{100});
}

TEST(RestartPolicy, AHangBeforeItProvedItselfIsAFault) {
  RestartPolicy policy;
  EXPECT_EQ(policy.ended({EndedBy::kWatchdog, Reached::kConfigured, seconds{1}}), seconds{0});
  EXPECT_EQ(policy.ended({EndedBy::kWatchdog, Reached::kConfigured, seconds{1}}),
            milliseconds{100});
}

TEST(RestartPolicy, FiveUnprovenFaultsInARowAreHopeless) {
  RestartPolicy policy;
  for (int i = 0; i < 4; ++i) {
    policy.ended(kFault);
    EXPECT_FALSE(policy.hopeless());
  }
  policy.ended(kFault);
  EXPECT_TRUE(policy.hopeless());
}

TEST(RestartPolicy, AProvenLifeBetweenIsHope) {
  RestartPolicy policy;
  for (int i = 0; i < 4; ++i) policy.ended(kFault);
  policy.ended(kLateFault);
  policy.ended(kFault);
  EXPECT_FALSE(policy.hopeless());
}

TEST(RestartPolicy, AProvenLifeThatWasKilledEndsTheDelays) {
  RestartPolicy policy;
  for (int i = 0; i < 3; ++i) policy.ended(kFault);
  policy.ended(kKilled);
  EXPECT_EQ(policy.ended(kFault), seconds{0});
}

TEST(RestartPolicy, AKillBeforeItProvedItselfNeitherCountsNorForgives) {
  RestartPolicy policy;
  for (int i = 0; i < 4; ++i) {
    policy.ended(kFault);
    policy.ended({EndedBy::kOutside, Reached::kConfigured, milliseconds{1}});
  }
  EXPECT_FALSE(policy.hopeless());
  EXPECT_EQ(policy.ended(kFault), seconds{30});
  EXPECT_TRUE(policy.hopeless());
}

}  // namespace
}  // namespace holdfast::supervisor
