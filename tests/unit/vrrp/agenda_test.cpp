// SPDX-License-Identifier: Apache-2.0
#include "vrrp-worker/core/agenda.h"

#include <gtest/gtest.h>

#include <chrono>
#include <map>
#include <random>
#include <set>
#include <utility>
#include <vector>

#include "vrrp-worker/core/instance.h"

namespace holdfast::vrrp {
namespace {

using namespace std::chrono_literals;

class AgendaTest : public ::testing::Test {
 protected:
  static constexpr int kMany = 200;

  AgendaTest() {
    for (int i = 0; i < kMany; ++i) instances_.emplace_back(InstanceConfig{});
  }

  void put(std::size_t who, Time at) {
    agenda_.put({at, who, &instances_.at(who)});
    at_[who] = at;
    expected_.insert({at, who});
  }
  void remove(std::size_t who) {
    agenda_.remove({at_.at(who), who});
    expected_.erase({at_.at(who), who});
    at_.erase(who);
  }
  void expect_the_same(Time now) {
    const auto* const first = agenda_.first();
    ASSERT_EQ(first == nullptr, expected_.empty());
    if (first != nullptr) {
      ASSERT_EQ(std::pair(first->at, first->number), *expected_.begin());
    }
    std::vector<Instance*> due;
    for (const auto& [at, who] : expected_) {
      if (at <= now) due.push_back(&instances_.at(who));
    }
    ASSERT_EQ(agenda_.due(now), due);
  }

  std::vector<Instance> instances_;
  Agenda agenda_;
  std::map<std::size_t, Time> at_;
  std::set<std::pair<Time, std::size_t>> expected_;
};

TEST_F(AgendaTest, NobodyIsDueInAnEmptyOne) {
  EXPECT_EQ(agenda_.first(), nullptr);
  EXPECT_TRUE(agenda_.due(Time{1h}).empty());
}

TEST_F(AgendaTest, OrdersByTimeThenByNumber) {
  put(3, Time{2s});
  put(2, Time{2s});
  put(1, Time{3s});
  put(4, Time{1s});
  expect_the_same(Time{2s});
  expect_the_same(Time{3s});
}

// All move to the end in turn, as adverts make them; some to anywhere, and some leave.
TEST_F(AgendaTest, IsInOrderWhateverMoves) {
  const auto seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  for (std::size_t who = 0; who < kMany; ++who) put(who, Time{std::chrono::milliseconds{who}});
  for (int round = 0; round < 20'000; ++round) {
    const Time now{std::chrono::milliseconds{round}};
    const std::size_t who =
        round % 3 == 0 ? random() % kMany : static_cast<std::size_t>(round % kMany);
    if (at_.contains(who)) remove(who);
    const auto step = random() % 10;
    if (step > 0) put(who, now + std::chrono::milliseconds{step == 1 ? random() % 500 : 200});
    expect_the_same(now);
  }
  while (!at_.empty()) {
    remove(at_.begin()->first);
    expect_the_same(Time{1h});
  }
}

}  // namespace
}  // namespace holdfast::vrrp
