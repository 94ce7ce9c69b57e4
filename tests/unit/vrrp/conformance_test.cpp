// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <fstream>
#include <regex>
#include <set>
#include <sstream>
#include <string>

// docs/rfc-conformance.md names tests. They exist.
namespace holdfast::vrrp {
namespace {

// Without the version that a test is run with.
std::string plain(const std::string& name) {
  return name.substr(0, name.find('/'));
}

std::set<std::string> existing_tests() {
  std::set<std::string> names;
  const auto& unit_test = *testing::UnitTest::GetInstance();
  for (int i = 0; i < unit_test.total_test_suite_count(); ++i) {
    const testing::TestSuite& suite = *unit_test.GetTestSuite(i);
    for (int j = 0; j < suite.total_test_count(); ++j) {
      names.insert(plain(suite.name()) + "." + plain(suite.GetTestInfo(j)->name()));
    }
  }
  return names;
}

std::set<std::string> documented_tests() {
  std::ifstream file(HOLDFAST_SOURCE_DIR "/docs/rfc-conformance.md");
  std::stringstream text;
  text << file.rdbuf();
  const std::string document = text.str();
  const std::regex test("`([A-Z][A-Za-z0-9_]*\\.[A-Z][A-Za-z0-9_]*)`");
  std::set<std::string> names;
  for (auto it = std::sregex_iterator(document.begin(), document.end(), test);
       it != std::sregex_iterator(); ++it) {
    names.insert((*it)[1]);
  }
  return names;
}

TEST(Documents, NameTestsThatExist) {
  const std::set<std::string> existing = existing_tests();
  const std::set<std::string> documented = documented_tests();
  EXPECT_GT(documented.size(), 60U);
  for (const std::string& name : documented) EXPECT_TRUE(existing.contains(name)) << name;
}

}  // namespace
}  // namespace holdfast::vrrp
