// SPDX-License-Identifier: Apache-2.0
#include "import/yaml.h"

#include <gtest/gtest.h>

namespace holdfast::importer {
namespace {

TEST(Yaml, TextsAreQuotedWhereTheyWouldBeReadAsSomethingElse) {
  for (const char* plain : {"web", "192.0.2.1/24", "192.0.2.1", "eth0.5", "/bin/a", "2-6", "+"}) {
    EXPECT_EQ(Yaml::text(plain).scalar(), plain);
  }
  for (const char* quoted : {"true", "No", "51", "1.5", "0x10", "1e5", "", "-a", "a b", "a:b",
                             "a#b", "~", "*a", "null", "2001:db8::1"}) {
    EXPECT_EQ(Yaml::text(quoted).scalar(), '"' + std::string(quoted) + '"');
  }
  EXPECT_EQ(Yaml::text("a\"\\\n\x01").scalar(), R"("a\"\\\n\x01")");
}

TEST(Yaml, ShortMapsStandOnOneLineAndLongOnesOnMany) {
  Yaml map = Yaml::map();
  Yaml& list = map.put("track", Yaml::list(), {"what it tracks"});
  Yaml& one = list.add(Yaml::map());
  one.put("check", Yaml::text("nginx"));
  one.put("weight", Yaml::number(-20));
  list.add(Yaml::map().block(), {"of the second"}).put("interface", Yaml::text("eth1"), {"first"});
  map.comment_at_end({"end", ""});
  EXPECT_EQ(
      to_text(map),
      "# what it tracks\ntrack:\n  - {check: nginx, weight: -20}\n  # of the second\n  # first\n"
      "  - interface: eth1\n# end\n#\n");
}

TEST(Yaml, Times) {
  EXPECT_EQ(duration_text(0), "0s");
  EXPECT_EQ(duration_text(1'000'000), "1s");
  EXPECT_EQ(duration_text(250'000), "250ms");
  EXPECT_EQ(duration_text(1'500'000), "1.5s");
  EXPECT_EQ(duration_text(500), "0.5ms");
  EXPECT_EQ(duration_text(5'000'001), "5000.001ms");
}

}  // namespace
}  // namespace holdfast::importer
