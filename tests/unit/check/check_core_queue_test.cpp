// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/check/check_core_fixture.h"

namespace holdfast::check {
namespace {

class CheckCoreQueueTest : public CheckCoreTest {
 protected:
  void SetUp() override { core_ = CheckCore(2); }

  // Wakes until everything has begun or waits; the names of what has begun.
  std::vector<std::string> begun(std::size_t wakes) {
    std::vector<std::string> names;
    for (std::size_t i = 0; i < wakes; ++i) keep(wake(), names);
    return names;
  }
  void keep(const CheckActions& actions, std::vector<std::string>& names) {
    for (const CheckAction& action : actions) {
      if (const auto* one = std::get_if<StartProbe>(&action)) {
        names.push_back(one->check);
        attempts_[one->check] = one->attempt;
      }
      if (const auto* one = std::get_if<LogLine>(&action)) lines_.push_back(one->text);
    }
  }

  std::map<std::string, std::uint64_t> attempts_;
  std::vector<std::string> lines_;
};

TEST_F(CheckCoreQueueTest, WhatFindsNoDescriptorWaitsForItsTurnAndIsNotDown) {
  CheckConfig slow = named("a");
  slow.interval = slow.timeout = std::chrono::seconds{60};
  std::vector<CheckConfig> checks;
  for (const char* const name : {"a", "b", "c", "d"}) {
    slow.name = name;
    checks.push_back(slow);
  }
  begin(with(checks));
  std::vector<std::string> first = begun(4);
  ASSERT_EQ(first.size(), 2U);
  ASSERT_EQ(lines_.size(), 1U) << "the second is held back";
  EXPECT_NE(lines_[0].find("waits for its turn: 2 probes are under way, as many as there are "
                           "descriptors for"),
            std::string::npos);
  EXPECT_GT(core_.deadline().value(), now_) << "nothing is to be done until one ends";
  std::vector<std::string> next;
  keep(good(attempts_.at(first[0]), first[0]), next);
  keep(good(attempts_.at(first[1]), first[1]), next);
  ASSERT_EQ(next.size(), 2U) << "in the order in which they came";
  for (const std::string& name : next) {
    EXPECT_EQ(std::count(first.begin(), first.end(), name), 0);
    EXPECT_EQ(core_.details_after("").checks.size(), 4U);
  }
}

TEST_F(CheckCoreQueueTest, ATimeoutAndAReloadGiveDescriptorsBack) {
  begin(with({named("a"), named("b"), named("c")}));
  const std::vector<std::string> first = begun(3);
  ASSERT_EQ(first.size(), 2U);
  std::vector<std::string> next;
  keep(wake(), next);  // the timeout of one
  ASSERT_EQ(next.size(), 1U);
  next.clear();
  keep(tell(with({named("d"), named("e")})), next);  // all others go
  std::vector<std::string> later = begun(2);
  next.insert(next.end(), later.begin(), later.end());
  std::sort(next.begin(), next.end());
  EXPECT_EQ(next, (std::vector<std::string>{"d", "e"}));
}

TEST_F(CheckCoreQueueTest, WhatAReloadRemovesWaitsNoMore) {
  begin(with({named("a"), named("b"), named("c")}));
  std::vector<std::string> first = begun(3);
  std::sort(first.begin(), first.end());
  ASSERT_EQ(first.size(), 2U);
  std::vector<CheckConfig> kept;
  for (const std::string& name : first) kept.push_back(named(name));
  tell(with(kept));
  std::vector<std::string> next;
  keep(good(attempts_.at(first[0]), first[0]), next);
  EXPECT_TRUE(next.empty());
}

TEST_F(CheckCoreQueueTest, PingsAndScriptsTakeNone) {
  std::vector<CheckConfig> checks;
  for (int i = 0; i < 6; ++i) {
    checks.push_back(named("c" + std::to_string(i)));
    if (i % 2 == 0) {
      checks.back().target = PingCheck{{IpAddress::parse("192.0.2.1").value(), 0}};
    } else {
      checks.back().target = ScriptCheck{{{"/bin/true"}}};
    }
  }
  begin(with(checks));
  EXPECT_EQ(begun(6).size(), 6U);
}

}  // namespace
}  // namespace holdfast::check
