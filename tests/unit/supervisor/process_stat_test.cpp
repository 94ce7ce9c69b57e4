// SPDX-License-Identifier: Apache-2.0
#include "supervisor/core/process_stat.h"

#include <gtest/gtest.h>

#include <string>

namespace holdfast::supervisor {
namespace {

const std::string kRest =  // NOLINT(cert-err58-cpp)
    " S 1 100 100 0 -1 4194560 901 0 0 0 37 21 0 0 30 10 1 0 8123 14909440 1520 "
    "18446744073709551615 1 1 0 0 0 0 0 4096 0 0 0 0 17 1 0 0 0 0 0 0 0 0 0 0 0 0 0\n";

TEST(ProcessStat, IsReadBehindAnyName) {
  for (const char* const name : {"(holdfastd)", "(a b)", "(:) 1 2 3)", "()"}) {
    EXPECT_EQ(parse_process_stat("4711 " + std::string(name) + kRest), (ProcessStat{58, 1520}));
  }
}

TEST(ProcessStat, OfWhatIsNoneThereIsNothing) {
  EXPECT_EQ(parse_process_stat(""), std::nullopt);
  EXPECT_EQ(parse_process_stat("4711 (holdfastd"), std::nullopt);
  EXPECT_EQ(parse_process_stat("4711 (holdfastd) S 1 2 3\n"), std::nullopt);
  EXPECT_EQ(parse_process_stat("1 (a) S 1 1 1 0 1 1 1 0 0 0 x 1 0 0 1 1 1 0 1 1 1 1"),
            std::nullopt);
}

}  // namespace
}  // namespace holdfast::supervisor
