// SPDX-License-Identifier: Apache-2.0
#include "check-worker/core/agenda.h"

#include <gtest/gtest.h>

#include <array>
#include <map>
#include <random>
#include <utility>
#include <vector>

namespace holdfast::check {
namespace {

using namespace std::chrono_literals;

std::vector<int> until(const Agenda<int>& agenda, Time last) {
  std::vector<int> who;
  agenda.for_each_until(last, [&who](int one) { who.push_back(one); });
  return who;
}

TEST(Agenda, IsInTheOrderOfTimeAndThenOfComing) {
  Agenda<int> agenda;
  std::array<int, 4> all{0, 1, 2, 3};
  agenda.add(Time{2s}, all[0]);
  agenda.add(Time{1s}, all[1]);
  agenda.add(Time{2s}, all[2]);
  agenda.add(Time{3s}, all[3]);
  EXPECT_EQ(agenda.next(), Time{1s});
  EXPECT_EQ(agenda.front(), 1);
  EXPECT_EQ(until(agenda, Time{2s}), (std::vector<int>{1, 0, 2}));
  EXPECT_EQ(until(agenda, Time{999ms}), std::vector<int>{});
}

TEST(Agenda, WhoIsTakenAwayLeavesTheOthersWhereTheyAre) {
  Agenda<int> agenda;
  std::array<int, 4> all{0, 1, 2, 3};
  std::vector<Agenda<int>::Place> places;
  for (int& one : all) places.push_back(agenda.add(Time{1s}, one));
  agenda.remove(places[0]);
  EXPECT_EQ(agenda.front(), 1);
  agenda.remove(places[2]);
  agenda.remove(places[3]);
  EXPECT_EQ(until(agenda, Time{1s}), std::vector<int>{1});
  places[2] = agenda.add(Time{1s}, all[2]);
  agenda.remove(places[1]);
  EXPECT_EQ(agenda.front(), 2);
  agenda.remove(places[2]);
  EXPECT_TRUE(agenda.empty());
}

// Beside a plain list of who is due when.
TEST(Agenda, ForgetsNobodyHoweverTheyComeAndGo) {
  Agenda<int> agenda;
  std::array<int, 50> all{};
  for (int at = 0; at < 50; ++at) all[static_cast<std::size_t>(at)] = at;
  std::map<int, std::pair<Time, Agenda<int>::Place>> there;
  std::mt19937 random(26);
  for (int step = 0; step < 20'000; ++step) {
    int& one = all[random() % all.size()];
    if (const auto found = there.find(one); found != there.end()) {
      agenda.remove(found->second.second);
      there.erase(found);
    } else {
      const Time when{std::chrono::seconds{random() % 8}};
      there.emplace(one, std::pair(when, agenda.add(when, one)));
    }
    ASSERT_EQ(agenda.empty(), there.empty()) << "step " << step;
    if (there.empty()) continue;
    Time first = Time::max();
    for (const auto& [who, entry] : there) first = std::min(first, entry.first);
    ASSERT_EQ(agenda.next(), first) << "step " << step;
    ASSERT_EQ(there.at(agenda.front()).first, first) << "step " << step;
    ASSERT_EQ(until(agenda, Time{1min}).size(), there.size()) << "step " << step;
  }
}

}  // namespace
}  // namespace holdfast::check
