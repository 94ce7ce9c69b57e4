// SPDX-License-Identifier: Apache-2.0
#include "config/plain_yaml.h"

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

namespace holdfast {
namespace {

bool is_plain(std::string_view document) {
  return read_plain_yaml(document).has_value();
}

// What is taken as plain is what yaml-cpp makes of it, places and all.
void expect_the_same(std::string_view document) {
  const auto plain = read_plain_yaml(document);
  if (!plain) return;
  Faults faults("f");
  const auto any = parse_any_yaml(document, faults);
  EXPECT_TRUE(any == plain) << document;
  EXPECT_TRUE(faults.empty()) << document;
}

const std::vector<std::string> kPlain{
    "a: 1",
    "a: 1\n",
    "a:   b  \n",
    "# first\n\na: 1 # one\n  # within\nb: two words\n",
    "a:\n  b: 1\n  c:\n    d: 2\ne: 3\n",
    "a:\n- 1\n- 2\nb: 3\n",
    "a:\n  - b: 1\n    c: 2\n  - b: 3\n    c:\n      - x\n      - y\n",
    "a:\n  - b:\n    - 1\n    c: 2\n",
    "a:\n-   b: 1\n    c: 2\n",
    "a: []\nb: {}\nc: [ ]\n",
    "a: [192.0.2.10/24, \"2001:db8::1\", 2001:db8::1]\n",
    "check: {http: {path: /healthz, status: [200, 204]}, interval: 2s}\n",
    "a: 'it is'\nb: \"# no comment\"\nc: ''\n",
    "a: 192.0.2.10:80\nb: http://x/y:z\nc: 1:2:3\n",
    "a: -20\nb: +1\nc: .5\nd: 50%\ne: a@b\n",
    "a: # nothing here\n  b: 1\n",
    "a: yes-and-no\n\n\n   \nb: true\n",
    "_a.b-c/d: 1\n0: 2\n",
};

TEST(PlainYaml, TakesWhatConfigurationsAreMadeOf) {
  for (const std::string& document : kPlain) {
    EXPECT_TRUE(is_plain(document)) << document;
    expect_the_same(document);
  }
}

TEST(PlainYaml, LeavesTheRestToYamlCpp) {
  for (const char* const document : {"",
                                     "\n",
                                     "# nothing\n",
                                     "a",
                                     "- a\n",
                                     " a: 1\n",
                                     "a:\n",
                                     "a:\nb: 1\n",
                                     "a: ~\n",
                                     "a: null\n",
                                     "null: 1\n",
                                     "a: &x 1\nb: *x\n",
                                     "a: !t 1\n",
                                     "a: |\n  text\n",
                                     "a: >\n  x\n",
                                     "---\na: 1\n",
                                     "a: 1\n---\nb: 1\n",
                                     "a: 1\n...\n",
                                     "a: 1\na: 2\n",
                                     "<<: {a: 1}\n",
                                     "a: b\n  c\n",
                                     "a:\n  b\n",
                                     "a: \"x\\n\"\n",
                                     "a: 'it''s'\n",
                                     "a: \"x\n",
                                     "a: [1, 2\n",
                                     "a: [1,\n  2]\n",
                                     "a: [1, ]\n",
                                     "a: {b}\n",
                                     "a: {b:1}\n",
                                     "a: {b: }\n",
                                     "a: {b: 1, b: 2}\n",
                                     "a: [b: 1]\n",
                                     "a: b: c\n",
                                     "a: b:\n",
                                     "a : 1\n",
                                     "a b: 1\n",
                                     "\"a\": 1\n",
                                     "a:\n  - - 1\n",
                                     "a:\n  -\n    b: 1\n",
                                     "a:\n  - 1\n b: 2\n",
                                     "a:\n    b: 1\n  c: 2\n",
                                     "a:\t1\n",
                                     "a: 1\r\n",
                                     "a: \xc3\xa4\n",
                                     "a: x#y\n",
                                     "a: 1 #\nb:1\n",
                                     "a:#\n",
                                     "a: [1]x\n",
                                     "a: [1]#x\n",
                                     "a: \"x\"y\n",
                                     "a: - 1\n",
                                     "a: ? b\n",
                                     "a: %x\n",
                                     "a: @x\n",
                                     "a: `x\n",
                                     "a: ,\n",
                                     "%YAML 1.2\n",
                                     "a:\n  b: 1\n - c\n"}) {
    EXPECT_FALSE(is_plain(document)) << document;
  }
}

TEST(PlainYaml, KeepsTheBounds) {
  std::string deep = "a: ";
  for (std::size_t i = 2; i < kYamlDepthMax; ++i) deep += '[';
  const std::string closing(kYamlDepthMax - 2, ']');
  EXPECT_TRUE(is_plain(deep + "1" + closing));
  expect_the_same(deep + "1" + closing);
  EXPECT_FALSE(is_plain(deep + "[1]" + closing));
  EXPECT_FALSE(is_plain(std::string(200, 'k') + ": 1\n"));
  std::string many;
  for (int i = 0; i < 100; ++i) many += 'k' + std::to_string(i) + ": 1\n";
  EXPECT_TRUE(is_plain(many));
  EXPECT_FALSE(is_plain(many + "k7: 2\n"));
}

// Bytes moved, doubled, lost and put in: none that is taken is another document for yaml-cpp.
TEST(PlainYaml, IsTheSameOfWhateverItTakes) {
  std::mt19937 random(20261127);
  const std::string_view bytes = " \n-:#,[]{}\"'ab1~&*!|>%@.\\/?=";
  const auto below = [&](std::size_t end) { return random() % end; };
  std::size_t taken = 0;
  for (int i = 0; i < 20'000; ++i) {
    std::string document = kPlain[below(kPlain.size())];
    for (std::size_t change = below(3) + 1; change > 0 && !document.empty(); --change) {
      const std::size_t at = below(document.size());
      switch (below(3)) {
        case 0:
          document.insert(at, 1, bytes[below(bytes.size())]);
          break;
        case 1:
          document.erase(at, 1 + below(3));
          break;
        default:
          document[at] = bytes[below(bytes.size())];
      }
    }
    taken += is_plain(document) ? 1 : 0;
    expect_the_same(document);
  }
  EXPECT_GT(taken, 1'000U);  // so that there is something to be the same of
}

}  // namespace
}  // namespace holdfast
