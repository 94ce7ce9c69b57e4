// SPDX-License-Identifier: Apache-2.0
#include "monitor-worker/core/history.h"

#include <gtest/gtest.h>

#include <string>

namespace holdfast::monitor {
namespace {

RouterState router(VrrpState state, Cause cause = Cause::kStart, const std::string& name = "web") {
  RouterState made{name, state, {100}, Time{}, "a reason"};
  made.cause = cause;
  return made;
}
Happened happened(std::uint64_t id) {
  Happened made{id, {}};
  made.event.subject = "at " + std::to_string(id);
  return made;
}

TEST(History, CountsChangesOfState) {
  History history;
  RouterState taken = router(VrrpState::kActive, Cause::kNoAdvert);
  taken.unheld = 250'000;
  history.hear(router(VrrpState::kBackup), taken);
  history.hear(taken, taken);
  history.hear(taken, router(VrrpState::kFault, Cause::kFault));
  EXPECT_EQ(history.count("web", VrrpState::kActive), 1U);
  EXPECT_EQ(history.count("web", VrrpState::kFault), 1U);
  EXPECT_EQ(history.count("web", VrrpState::kBackup), 0U);
  EXPECT_EQ(history.count("web", Cause::kNoAdvert), 1U);
  EXPECT_EQ(history.count("web", Cause::kFault), 1U);
  EXPECT_EQ(history.count("web", Cause::kStart), 0U);
  EXPECT_EQ(history.count("other", VrrpState::kActive), 0U);
  ASSERT_NE(history.unheld("web"), nullptr);
  EXPECT_EQ(history.unheld("web")->sum, 250'000U);
  EXPECT_EQ(history.unheld("other"), nullptr);
}

TEST(History, KeepsTheLastEventsEachOnce) {
  History history;
  EXPECT_TRUE(history.hear(happened(1)));
  EXPECT_FALSE(history.hear(happened(1)));
  for (std::uint64_t id = 2; id <= 300; ++id) EXPECT_TRUE(history.hear(happened(id)));
  EXPECT_EQ(history.last().size(), History::kMost);
  EXPECT_EQ(history.last().front().event.subject, "at 45");
  EXPECT_EQ(history.last().back().event.subject, "at 300");
}

TEST(History, CountsOnlyWhatIsConfigured) {
  History history;
  for (const char* const name : {"web", "mail"}) {
    RouterState taken = router(VrrpState::kActive, Cause::kReleased, name);
    taken.unheld = 1;
    history.hear(router(VrrpState::kBackup, Cause::kStart, name), taken);
  }
  history.count_only([](const std::string& name) { return name == "web"; });
  EXPECT_EQ(history.count("web", VrrpState::kActive), 1U);
  EXPECT_EQ(history.count("mail", VrrpState::kActive), 0U);
  EXPECT_EQ(history.count("mail", Cause::kReleased), 0U);
  EXPECT_EQ(history.unheld("mail"), nullptr);
}

}  // namespace
}  // namespace holdfast::monitor
