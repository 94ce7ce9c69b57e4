// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <algorithm>
#include <ctime>
#include <random>
#include <string>

#include "config/config.h"
#include "tests/unit/config/faults_of.h"

// Any bytes are fine: load_config() answers, always the same, and points into the document.
namespace holdfast {
namespace {

constexpr std::string_view kValid = R"(version: 1
node: lb1
log: {level: info, format: text}
vrrp:
  instances:
    - &web
      name: "web"
      interface: eth0
      virtual_router_id: 51
      priority: 150
      advert_interval: 1s
      preempt: {delay: 30s}
      addresses: [192.0.2.10/24, '192.0.2.11/24']
      track:
        - {interface: eth1}
        - {check: nginx, weight: -20}
    - {name: db, interface: eth0, virtual_router_id: 52, version: 2, addresses: [192.0.2.12]}
checks:
  - name: nginx   # a comment
    tcp: 127.0.0.1:80
    interval: 500ms
)";

class Random {
 public:
  explicit Random(unsigned seed) : engine_(seed) {}
  std::size_t below(std::size_t bound) { return engine_() % bound; }

 private:
  std::mt19937 engine_;
};

void expect_sane(const std::string& document) {
  const Loaded first = load_config(document, "f", "host");
  const Loaded second = load_config(document, "f", "host");
  EXPECT_EQ(first.diagnostics, second.diagnostics);
  EXPECT_EQ(first.config, second.config);
  const auto lines = std::count(document.begin(), document.end(), '\n') + 1;
  for (const Diagnostic& fault : first.diagnostics) {
    EXPECT_TRUE(fault.line >= 1 && fault.line <= lines + 1) << fault.to_string();
    EXPECT_TRUE(fault.column >= 1 && fault.column <= static_cast<int>(document.size()) + 1)
        << fault.to_string();
    const auto printable = [](char c) { return c >= 0x20 && c < 0x7f; };
    EXPECT_TRUE(std::all_of(fault.message.begin(), fault.message.end(), printable))
        << fault.message;
  }
}

TEST(LoadRandom, AnyBytes) {
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  Random random(seed);
  // Mostly what means something to YAML, so that it gets past the first character.
  constexpr std::string_view kAlphabet = "ab:-,[]{}\"'&*!|>%@#?<~ \n\t\r\\0159./\x01\xc3\xbc\xff";
  for (int i = 0; i < 3000 && !HasFailure(); ++i) {
    const std::size_t letters = i % 2 == 0 ? kAlphabet.size() : 28;
    std::string document(random.below(200), ' ');
    for (char& c : document) c = kAlphabet[random.below(letters)];
    expect_sane(document);
  }
}

// Cuts, copies, swaps and overwrites parts of a valid document.
std::string mutated(Random& random, std::string document) {
  for (std::size_t changes = 1 + random.below(4); changes > 0 && !document.empty(); --changes) {
    const std::size_t at = random.below(document.size());
    const std::size_t size = 1 + random.below(std::min<std::size_t>(document.size() - at, 40));
    const std::string part = document.substr(at, size);
    switch (random.below(5)) {
      case 0:
        document.erase(at, size);
        break;
      case 1:
        document.insert(random.below(document.size()), part);
        break;
      case 2:
        document[at] = static_cast<char>(random.below(256));
        break;
      case 3:
        document.resize(at);
        break;
      default:
        document.replace(at, 1, 1, ":-,[]{}\"'&*!|>%@#?<~ \n\t0"[random.below(24)]);
    }
  }
  return document;
}

TEST(LoadRandom, MutationsOfAValidDocument) {
  ASSERT_EQ(faults_of(kValid), Texts{});
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  Random random(seed);
  for (int i = 0; i < 3000 && !HasFailure(); ++i) expect_sane(mutated(random, std::string(kValid)));
}

// Wherever a file was cut off: with a quote open it does not load.
TEST(LoadRandom, EveryPrefixOfAValidDocument) {
  for (std::size_t size = 0; size < kValid.size(); ++size) {
    const std::string prefix(kValid.substr(0, size));
    expect_sane(prefix);
    const auto quotes = std::count(prefix.begin(), prefix.end(), '"') +
                        std::count(prefix.begin(), prefix.end(), '\'');
    if (quotes % 2 == 0) continue;
    EXPECT_NE(faults_of(prefix), Texts{}) << prefix;
  }
}

std::string document_with_checks(int count) {
  std::string document = "version: 1\nchecks:\n";
  for (int i = 0; i < count; ++i) {
    document += "  - {name: check-" + std::to_string(i) + ", tcp: 192.0.2.1:80}\n";
  }
  return document;
}

// Of this process's CPU: what else the machine does must not count.
double time_to_load(const std::string& document) {
  const std::clock_t begin = std::clock();
  EXPECT_EQ(faults_of(document), Texts{});
  return static_cast<double>(std::clock() - begin);
}

// A quadratic search would take a hundred times as long for ten times as many.
TEST(LoadLarge, TimeIsLinear) {
  const double few = time_to_load(document_with_checks(2'000));
  const double many = time_to_load(document_with_checks(20'000));
  EXPECT_LT(many / few, 40.0);
}

// The nearest name is looked for among all: bounded by the number of faults that are reported.
TEST(LoadLarge, ManyUnknownChecksAreBounded) {
  std::string document = document_with_checks(20'000) + "vrrp:\n  instances:\n";
  for (int i = 0; i < 200; ++i) {
    const std::string number = std::to_string(i + 1);
    document += "    - {name: i" + number + ", interface: eth0, virtual_router_id: " + number +
                ", addresses: [10.0.0." + number + "], track: [";
    for (int j = 0; j < 60; ++j) document += "{check: chekc-" + std::to_string(j) + "},";
    document += "]}\n";
  }
  const Loaded loaded = load_config(document, "f", "host");
  EXPECT_EQ(loaded.diagnostics.size(), 1001U);
  EXPECT_EQ(loaded.diagnostics[0].message,
            "check: no check is called 'chekc-0', did you mean 'check-0'?");
}

}  // namespace
}  // namespace holdfast
