// SPDX-License-Identifier: Apache-2.0
#include "check-worker/core/target.h"

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

namespace holdfast::check {
namespace {

using std::chrono::seconds;

Time at(int second) {
  return Time{seconds{second}};
}

// One letter a result: G good, B bad. One letter an outcome: = unchanged, p pending, ! changed.
std::string outcomes(Target& target, const std::string& results) {
  std::string letters;
  int second = 0;
  for (const char result : results) {
    switch (target.result(result == 'G', at(++second))) {
      case Outcome::kUnchanged:
        letters += '=';
        break;
      case Outcome::kChangePending:
        letters += 'p';
        break;
      case Outcome::kChanged:
        letters += '!';
        break;
    }
  }
  return letters;
}

TEST(Target, HasNoStateBeforeTheFirstResult) {
  EXPECT_EQ(Target(2, 3).up(), std::nullopt);
}

struct Row {
  const char* what;
  std::uint32_t rise;
  std::uint32_t fall;
  const char* results;
  const char* outcomes;
  bool up;
  int since;  // the second of the last change
  std::uint64_t in_a_row;
};

TEST(Target, EveryRowOfRiseAndFall) {
  const std::vector<Row> rows{
      {"a first good result is up with no rise", 3, 3, "G", "!", true, 1, 1},
      {"a first bad result is down with no fall", 3, 3, "B", "!", false, 1, 1},
      {"good while up", 2, 3, "GGGG", "!===", true, 1, 4},
      {"bad while down", 2, 3, "BBBB", "!===", false, 1, 4},
      {"fewer bad than fall", 2, 3, "GBB", "!pp", true, 1, 2},
      {"fall bad in a row", 2, 3, "GBBB", "!pp!", false, 4, 3},
      {"a good one between starts the fall anew", 2, 3, "GBBGBB", "!pp=pp", true, 1, 2},
      {"and then it falls", 2, 3, "GBBGBBB", "!pp=pp!", false, 7, 3},
      {"fewer good than rise", 3, 2, "BGG", "!pp", false, 1, 2},
      {"rise good in a row", 3, 2, "BGGG", "!pp!", true, 4, 3},
      {"a bad one between starts the rise anew", 3, 2, "BGGBGG", "!pp=pp", false, 1, 2},
      {"and then it rises", 3, 2, "BGGBGGG", "!pp=pp!", true, 7, 3},
      {"one of each flips at once", 1, 1, "GBGB", "!!!!", false, 4, 1},
      {"rise one, fall two", 1, 2, "BGBBG", "!!p!!", true, 5, 1},
      {"down and up again", 2, 2, "GBBGG", "!p!p!", true, 5, 2},
      {"the first result does not help the next change", 2, 2, "GBG", "!p=", true, 1, 1},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.what);
    Target target(row.rise, row.fall);
    EXPECT_EQ(outcomes(target, row.results), row.outcomes);
    EXPECT_EQ(target.up(), row.up);
    EXPECT_EQ(target.since(), at(row.since));
    EXPECT_EQ(target.in_a_row(), row.in_a_row);
  }
}

TEST(Target, ARestoredStateChangesOnlyByEvidence) {
  Target down(2, 2);
  down.restore(false, at(-50));
  EXPECT_EQ(down.up(), false);
  EXPECT_EQ(down.since(), at(-50));
  EXPECT_EQ(outcomes(down, "G"), "p");
  EXPECT_EQ(down.since(), at(-50));
  EXPECT_EQ(outcomes(down, "G"), "!");

  Target up(2, 3);
  up.restore(true, at(-50));
  EXPECT_EQ(outcomes(up, "GBB"), "=pp");
  EXPECT_EQ(up.since(), at(-50));
  EXPECT_EQ(outcomes(up, "B"), "!");
  EXPECT_EQ(up.since(), at(1));
}

TEST(Target, NewThresholdsKeepStateAndRow) {
  Target target(1, 5);
  EXPECT_EQ(outcomes(target, "GBBB"), "!ppp");
  target.set_thresholds(1, 2);
  EXPECT_EQ(target.up(), true);
  EXPECT_EQ(outcomes(target, "B"), "!");
  target.set_thresholds(4, 2);
  EXPECT_EQ(outcomes(target, "GGGG"), "ppp!");
}

// Against the definition read literally: the state differs from the last `threshold` results only
// until they all agree.
TEST(Target, RandomResultsFollowTheDefinition) {
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 generator(seed);
  const auto random = [&generator](unsigned below) {
    return static_cast<unsigned>(generator() % below);
  };
  for (int round = 0; round < 200; ++round) {
    const std::uint32_t rise = 1 + random(5);
    const std::uint32_t fall = 1 + random(5);
    Target target(rise, fall);
    std::vector<bool> results;
    bool up = false;
    for (int i = 0; i < 200; ++i) {
      results.push_back(random(3) != 0);
      const bool good = results.back();
      const std::size_t needed = results.size() == 1 ? 1 : (good ? rise : fall);
      std::size_t alike = 0;
      while (alike < results.size() && results[results.size() - 1 - alike] == good) ++alike;
      if (alike >= needed) up = good;
      target.result(good, at(i));
      ASSERT_EQ(target.up(), up) << "rise " << rise << " fall " << fall << " result " << i;
    }
  }
}

}  // namespace
}  // namespace holdfast::check
