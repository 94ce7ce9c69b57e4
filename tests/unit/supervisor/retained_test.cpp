// SPDX-License-Identifier: Apache-2.0
#include "supervisor/core/retained.h"

#include <gtest/gtest.h>

#include "tests/unit/supervisor/driver.h"

namespace holdfast::supervisor {
namespace {

const Config& config() {
  static const Config kConfig = config_of({"web", "db"}, {"app"});
  return kConfig;
}

TEST(Retained, KeepsTheLastOfEachSubjectInOrder) {
  Retained retained;
  const AdvertCounters counters{"", 0, 1, {}};
  retained.keep(counters, config());
  retained.keep(check_state("app"), config());
  retained.keep(router_state("web", VrrpState::kBackup), config());
  retained.keep(router_state("db"), config());
  retained.keep(router_state("web", VrrpState::kActive), config());
  EXPECT_EQ(retained.all(),
            (std::vector<Message>{router_state("db"), router_state("web", VrrpState::kActive),
                                  check_state("app"), counters}));
}

TEST(Retained, KeepsNothingElse) {
  Retained retained;
  retained.keep(Heartbeat{}, config());
  retained.keep(Shutdown{}, config());
  retained.keep(router_state("other"), config());
  EXPECT_TRUE(retained.all().empty());
}

TEST(Retained, ForgetsASubjectThatLeft) {
  Retained retained;
  retained.keep(router_state("web"), config());
  retained.keep(AdvertCounters{"web", 1, 1, {}}, config());
  retained.keep(router_state("db"), config());
  retained.keep(check_state("app"), config());
  retained.forget_all_but(config_of({"db"}, {}));
  EXPECT_EQ(retained.all(), (std::vector<Message>{router_state("db")}));
}

TEST(Retained, ANewLifeHearsWhatItSaidAndWhatItGetsCopiesOf) {
  Retained retained;
  retained.keep(router_state("web"), config());
  retained.keep(check_state("app"), config());
  retained.keep(AdvertCounters{"web", 1, 1, {}}, config());
  EXPECT_EQ(retained.for_new_life(Role::kVrrp),
            (std::vector<Message>{router_state("web"), check_state("app")}));
  EXPECT_EQ(retained.for_new_life(Role::kCheck), (std::vector<Message>{check_state("app")}));
}

}  // namespace
}  // namespace holdfast::supervisor
