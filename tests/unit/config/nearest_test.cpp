// SPDX-License-Identifier: Apache-2.0
#include "config/nearest.h"

#include <gtest/gtest.h>

#include <random>
#include <string>

namespace holdfast {
namespace {

TEST(EditDistance, CountsOneForEachSlip) {
  EXPECT_EQ(edit_distance("", "", 5), 0U);
  EXPECT_EQ(edit_distance("", "abc", 5), 3U);
  EXPECT_EQ(edit_distance("priority", "priority", 5), 0U);
  EXPECT_EQ(edit_distance("prioirty", "priority", 5), 1U) << "a swap";
  EXPECT_EQ(edit_distance("priorty", "priority", 5), 1U) << "a letter missing";
  EXPECT_EQ(edit_distance("prioritty", "priority", 5), 1U) << "a letter too many";
  EXPECT_EQ(edit_distance("priorizy", "priority", 5), 1U) << "a wrong letter";
  EXPECT_EQ(edit_distance("kitten", "sitting", 5), 3U);
}

TEST(EditDistance, SaysNoMoreThanBeyondTheLimit) {
  EXPECT_EQ(edit_distance("kitten", "sitting", 2), 3U);
  EXPECT_EQ(edit_distance("abcdef", "uvwxyz", 2), 3U);
  EXPECT_EQ(edit_distance("a", "abcdef", 2), 3U);
}

// The early end must not change an answer within the limit.
TEST(EditDistance, ALimitChangesNothingBelowIt) {
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  const auto word = [&] {
    std::string text(random() % 9, ' ');
    for (char& c : text) c = static_cast<char>('a' + random() % 3);
    return text;
  };
  for (int i = 0; i < 5000; ++i) {
    const std::string a = word();
    const std::string b = word();
    const std::size_t full = edit_distance(a, b, 100);
    EXPECT_EQ(full, edit_distance(b, a, 100)) << a << ' ' << b;
    for (std::size_t limit = 0; limit <= 3; ++limit) {
      EXPECT_EQ(edit_distance(a, b, limit), std::min(full, limit + 1)) << a << ' ' << b;
    }
  }
}

TEST(Nearest, FindsTheBestWithinAThird) {
  EXPECT_EQ(nearest("prioirty", {"preempt", "priority", "version"}), "priority");
  EXPECT_EQ(nearest("adress", {"name", "addresses"}), "addresses");
  EXPECT_EQ(nearest("web3", {"web1", "web2"}), "web1") << "the first of equals";
  EXPECT_EQ(nearest("weba", {"webb", "web"}), "webb");
  EXPECT_EQ(nearest("foo", {"name", "interface"}), std::nullopt);
  EXPECT_EQ(nearest("ab", {"xy"}), std::nullopt);
  EXPECT_EQ(nearest("name", {}), std::nullopt);
  EXPECT_EQ(nearest(std::string(65, 'a'), {std::string_view("a")}), std::nullopt);
}

TEST(DidYouMean, IsAHintOrNothing) {
  EXPECT_EQ(did_you_mean("inf", {"debug", "info"}), ", did you mean 'info'?");
  EXPECT_EQ(did_you_mean("xml", {"text", "json"}), "");
}

TEST(NoSuch, NamesTheNearestOrWhatThereIs) {
  EXPECT_EQ(no_such("check", "wbe", {"db", "web"}), "there is no check 'wbe', did you mean 'web'?");
  EXPECT_EQ(no_such("check", "mail", {"web"}), "there is no check 'mail'; there is 'web'");
  EXPECT_EQ(no_such("check", "mail", {"db", "dns", "web"}),
            "there is no check 'mail'; there are 'db', 'dns' and 'web'");
  EXPECT_EQ(no_such("check", "mail", {"a", "b", "c", "d", "e", "f", "g"}),
            "there is no check 'mail'; there are 'a', 'b', 'c', 'd', 'e' and 2 more");
  EXPECT_EQ(no_such("check", "mail", {}), "there is no check 'mail'; there is none at all");
}

}  // namespace
}  // namespace holdfast
