// SPDX-License-Identifier: Apache-2.0
#include "monitor-worker/core/history.h"

#include <gtest/gtest.h>

#include <string>

namespace holdfast::monitor {
namespace {

RouterState router(VrrpState state, int second, const std::string& name = "web") {
  return {name, state, {100}, Time{std::chrono::seconds{second}}, "at " + std::to_string(second)};
}

TEST(History, OfChangesOfState) {
  History history;
  history.hear(router(VrrpState::kBackup, 1), router(VrrpState::kActive, 2));
  history.hear(router(VrrpState::kActive, 2), router(VrrpState::kActive, 2));
  history.hear(router(VrrpState::kActive, 2), router(VrrpState::kFault, 3));
  ASSERT_EQ(history.last().size(), 2U);
  EXPECT_EQ(history.last().front(), (Transition{"web",
                                                VrrpState::kBackup,
                                                VrrpState::kActive,
                                                {100},
                                                Time{std::chrono::seconds{2}},
                                                "at 2"}));
  EXPECT_EQ(history.last().back().to, VrrpState::kFault);
  EXPECT_EQ(history.count("web", VrrpState::kActive), 1U);
  EXPECT_EQ(history.count("web", VrrpState::kBackup), 0U);
  EXPECT_EQ(history.count("other", VrrpState::kActive), 0U);
}

TEST(History, IsBounded) {
  History history;
  for (int i = 0; i < 300; ++i) {
    const bool even = i % 2 == 0;
    history.hear(router(even ? VrrpState::kBackup : VrrpState::kActive, i),
                 router(even ? VrrpState::kActive : VrrpState::kBackup, i + 1));
  }
  EXPECT_EQ(history.last().size(), History::kMost);
  EXPECT_EQ(history.last().back().reason, "at 300");
  EXPECT_EQ(history.last().front().reason, "at 45");
  EXPECT_EQ(history.count("web", VrrpState::kActive), 150U);
}

TEST(History, CountsOnlyWhatIsConfigured) {
  History history;
  for (const char* const name : {"web", "mail"}) {
    history.hear(router(VrrpState::kBackup, 1, name), router(VrrpState::kActive, 2, name));
  }
  history.count_only([](const std::string& name) { return name == "web"; });
  EXPECT_EQ(history.count("web", VrrpState::kActive), 1U);
  EXPECT_EQ(history.count("mail", VrrpState::kActive), 0U);
  EXPECT_EQ(history.last().size(), 2U);
}

}  // namespace
}  // namespace holdfast::monitor
