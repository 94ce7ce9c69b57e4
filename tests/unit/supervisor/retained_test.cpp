// SPDX-License-Identifier: Apache-2.0
#include "supervisor/core/retained.h"

#include <gtest/gtest.h>

#include "tests/unit/supervisor/driver.h"

namespace holdfast::supervisor {
namespace {

const Subjects& subjects() {
  static const Subjects kSubjects(config_of({"web", "db"}, {"app"}));
  return kSubjects;
}

TEST(Retained, KeepsTheLastOfEachSubjectInOrder) {
  Retained retained;
  const AdvertCounters counters{"", 0, 1, {}};
  retained.keep(counters, subjects());
  retained.keep(check_state("app"), subjects());
  retained.keep(router_state("web", VrrpState::kBackup), subjects());
  retained.keep(router_state("db"), subjects());
  retained.keep(router_state("web", VrrpState::kActive), subjects());
  EXPECT_EQ(retained.all(),
            (std::vector<Message>{router_state("db"), router_state("web", VrrpState::kActive),
                                  check_state("app"), counters}));
}

TEST(Retained, KeepsNothingElse) {
  Retained retained;
  retained.keep(Heartbeat{}, subjects());
  retained.keep(Shutdown{}, subjects());
  retained.keep(router_state("other"), subjects());
  EXPECT_TRUE(retained.all().empty());
}

TEST(Retained, ForgetsASubjectThatLeft) {
  Retained retained;
  retained.keep(router_state("web"), subjects());
  retained.keep(AdvertCounters{"web", 1, 1, {}}, subjects());
  retained.keep(router_state("db"), subjects());
  retained.keep(check_state("app"), subjects());
  retained.forget_all_but(Subjects(config_of({"db"}, {})));
  EXPECT_EQ(retained.all(), (std::vector<Message>{router_state("db")}));
}

TEST(Retained, ANewLifeHearsWhatItSaidAndWhatItGetsCopiesOf) {
  Retained retained;
  retained.keep(router_state("web"), subjects());
  retained.keep(check_state("app"), subjects());
  retained.keep(AdvertCounters{"web", 1, 1, {}}, subjects());
  EXPECT_EQ(retained.for_new_life(Role::kVrrp),
            (std::vector<Message>{router_state("web"), check_state("app")}));
  EXPECT_EQ(retained.for_new_life(Role::kCheck),
            (std::vector<Message>{router_state("web"), check_state("app")}));
  EXPECT_EQ(retained.for_new_life(Role::kBalance),
            (std::vector<Message>{router_state("web"), check_state("app")}));
}

}  // namespace
}  // namespace holdfast::supervisor
