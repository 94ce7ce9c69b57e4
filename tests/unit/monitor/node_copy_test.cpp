// SPDX-License-Identifier: Apache-2.0
#include "monitor-worker/core/node_copy.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/unit/monitor/node.h"

namespace holdfast::monitor {
namespace {

using Texts = std::vector<std::string>;

RouterState router(VrrpState state, const std::string& name = "web") {
  return {name, state, {100}, Time{}, "a reason"};
}
WorkerState worker(Role role, WorkerPhase phase) {
  return {role, true, phase, 7, 0, "", Time{}};
}

NodeCopy node() {
  NodeCopy copy;
  copy.configure(node_config());
  return copy;
}

TEST(NodeCopy, KeepsTheLastWordOfEachSubject) {
  NodeCopy copy = node();
  EXPECT_EQ(copy.find<RouterState>("web"), nullptr);
  copy.hear(router(VrrpState::kBackup));
  copy.hear(router(VrrpState::kActive));
  copy.hear(CheckState{"app", true, 100, Time{}, "connected"});
  EXPECT_EQ(copy.retained().size(), 2U);
  EXPECT_EQ(copy.find<RouterState>("web")->state, VrrpState::kActive);
  EXPECT_TRUE(copy.find<CheckState>("app")->up);
}

TEST(NodeCopy, KeepsNothingThatIsNotForIt) {
  NodeCopy copy = node();
  copy.hear(Heartbeat{});
  copy.hear(Secret{"a key", "its bytes"});
  copy.hear(RunScript{"app", 1});
  EXPECT_TRUE(copy.retained().empty());
}

TEST(NodeCopy, ForgetsWhatAReloadRemoves) {
  NodeCopy copy = node();
  copy.hear(router(VrrpState::kBackup));
  copy.hear(router(VrrpState::kActive));
  copy.hear(CheckState{"app", true, 100, Time{}, "connected"});
  copy.hear(AdvertCounters{"", 0, 0, 0, {}});
  copy.hear(ServerState{"shop/10.0.0.1:80", ServerUse::kServing, 1, true, true, Time{}, ""});
  Config config = node_config();
  config.instances.clear();
  copy.configure(config);
  EXPECT_EQ(copy.find<RouterState>("web"), nullptr);
  EXPECT_EQ(copy.history().count("web", VrrpState::kActive), 0U);
  EXPECT_NE(copy.find<CheckState>("app"), nullptr);
  EXPECT_NE(copy.find<AdvertCounters>(""), nullptr);
  EXPECT_NE(copy.find<ServerState>("shop/10.0.0.1:80"), nullptr);
  copy.hear(CheckState{"app", false, 0, Time{}, "refused"});
  EXPECT_FALSE(copy.find<CheckState>("app")->up);
  EXPECT_EQ(copy.retained().size(), 3U);
}

TEST(NodeCopy, CountsTransitionsAndNothingElse) {
  NodeCopy copy = node();
  copy.hear(router(VrrpState::kBackup));  // as it was found
  EXPECT_EQ(copy.history().count("web", VrrpState::kBackup), 0U);
  copy.hear(router(VrrpState::kActive));
  copy.hear(router(VrrpState::kActive));  // another priority, or reason
  copy.hear(router(VrrpState::kBackup));
  copy.hear(router(VrrpState::kActive));
  EXPECT_EQ(copy.history().count("web", VrrpState::kActive), 2U);
}

TEST(NodeCopy, SaysWhichEventsAreNew) {
  NodeCopy copy = node();
  EXPECT_TRUE(copy.hear(Happened{7, {}}));
  EXPECT_FALSE(copy.hear(Happened{7, {}}));
  EXPECT_FALSE(copy.hear(router(VrrpState::kBackup)));
  EXPECT_EQ(copy.history().last().size(), 1U);
}

TEST(NodeCopy, KeepsTheLastUseOfEachProcess) {
  NodeCopy copy = node();
  copy.hear(ProcessUse{"holdfastd", 1});
  copy.hear(ProcessUse{"vrrp-worker", 2});
  copy.hear(ProcessUse{"holdfastd", 3});
  copy.hear(ScriptCounters{"check", 1});
  copy.hear(ScriptCounters{"check", 2});
  ASSERT_EQ(copy.use().size(), 2U);
  EXPECT_EQ(copy.use().front().resident, 3U);
  ASSERT_EQ(copy.scripts().size(), 1U);
  EXPECT_EQ(copy.scripts().front().good, 2U);
  for (int i = 0; i < 100; ++i) copy.hear(ProcessUse{std::to_string(i)});
  EXPECT_LE(copy.use().size(), 16U);
}

TEST(NodeCopy, SaysWhatIsIll) {
  NodeCopy copy = node();
  EXPECT_EQ(copy.ills(), Texts{});
  for (const Role role : kRoles) copy.hear(worker(role, WorkerPhase::kRunning));
  EXPECT_EQ(copy.ills(), Texts{});
  copy.hear(worker(Role::kMonitor, WorkerPhase::kStarting));  // which says so itself
  EXPECT_EQ(copy.ills(), Texts{});
  copy.hear(worker(Role::kVrrp, WorkerPhase::kDown));
  copy.hear(worker(Role::kBalance, WorkerPhase::kStarting));
  EXPECT_EQ(copy.ills(), (Texts{"the vrrp-worker is down", "the balance-worker is starting"}));
  copy.hear(WorkerState{Role::kVrrp, false, WorkerPhase::kDown, 0, 0, "", Time{}});
  EXPECT_EQ(copy.ills(), Texts{"the balance-worker is starting"});
}

TEST(NodeCopy, IsReadyOnceEveryInstanceTakesPart) {
  NodeCopy copy = node();
  EXPECT_EQ(copy.unreadiness(), Texts{"instance web is in INIT"});
  copy.hear(router(VrrpState::kFault));
  EXPECT_EQ(copy.unreadiness(), Texts{"instance web is in FAULT"});
  copy.hear(router(VrrpState::kBackup));
  EXPECT_EQ(copy.unreadiness(), Texts{});
  copy.hear(router(VrrpState::kActive));
  EXPECT_EQ(copy.unreadiness(), Texts{});
  copy.hear(worker(Role::kCheck, WorkerPhase::kDown));
  EXPECT_EQ(copy.unreadiness(), Texts{"the check-worker is down"});
}

}  // namespace
}  // namespace holdfast::monitor
