// SPDX-License-Identifier: Apache-2.0
#include "balance-worker/core/health.h"

#include <gtest/gtest.h>

#include <map>

#include "tests/unit/balance/balance_fixture.h"

// What several checks make of one server.
namespace holdfast::balance {
namespace {

class HealthTest : public testing::Test {
 protected:
  Health of(CombineChecks combine, bool initially_up = true) {
    RealServerConfig server;
    server.checks = names;
    server.combine = combine;
    return health_of(server, initially_up, [this](const std::string& name) -> const CheckState* {
      const auto found = states.find(name);
      return found == states.end() ? nullptr : &found->second;
    });
  }
  void say(const std::string& name, bool up, std::uint8_t weight = 100, Time since = kStart) {
    states[name] = {name, up, up ? weight : std::uint8_t{0}, since, "its reason"};
  }

  std::vector<std::string> names{"a", "b"};
  std::map<std::string, CheckState> states;
};

TEST_F(HealthTest, WithoutAnyCheckItIsUp) {
  names.clear();
  EXPECT_EQ(of(CombineChecks::kAll), (Health{true, true, 100, {}, "has no check"}));
}

TEST_F(HealthTest, AllNeedsAllOfThem) {
  say("a", true);
  say("b", true, 60, kStart + seconds{1});
  EXPECT_EQ(of(CombineChecks::kAll),
            (Health{true, true, 60, kStart + seconds{1}, "check b says 60%: its reason"}));
  say("a", false, 0, kStart + seconds{2});
  EXPECT_EQ(of(CombineChecks::kAll),
            (Health{false, true, 0, kStart + seconds{2}, "check a is down: its reason"}));
}

TEST_F(HealthTest, AnyNeedsOneOfThem) {
  say("a", false);
  say("b", true, 60);
  EXPECT_EQ(of(CombineChecks::kAny),
            (Health{true, true, 60, kStart, "check b says 60%: its reason"}));
  say("b", false);
  EXPECT_EQ(of(CombineChecks::kAny),
            (Health{false, true, 0, kStart, "check a is down: its reason"}));
}

TEST_F(HealthTest, SumIsTheMeanOfTheirWeights) {
  say("a", true, 100);
  say("b", true, 50);
  EXPECT_EQ(of(CombineChecks::kSum),
            (Health{true, true, 75, kStart,
                    "its 2 checks say 75% together; check b says 50%: its reason"}));
  say("a", false);
  EXPECT_EQ(of(CombineChecks::kSum),
            (Health{true, true, 25, kStart,
                    "its 2 checks say 25% together; check a is down: its reason"}));
  say("b", false);
  EXPECT_FALSE(of(CombineChecks::kSum).up);
}

TEST_F(HealthTest, WithoutAResultItIsWhatItIsInitially) {
  say("a", true);
  const Health up = of(CombineChecks::kAll);
  EXPECT_TRUE(up.up);
  EXPECT_FALSE(up.known);
  EXPECT_EQ(up.percent, 100);
  const Health down = of(CombineChecks::kAll, false);
  EXPECT_FALSE(down.up);
  EXPECT_EQ(down.reason, "check b has no result yet");
}

TEST_F(HealthTest, UpWithoutAnyWeightIsStillUp) {
  names = {"a"};
  say("a", true, 0);
  EXPECT_EQ(of(CombineChecks::kAll),
            (Health{true, true, 0, kStart, "check a says 0%: its reason"}));
}

}  // namespace
}  // namespace holdfast::balance
