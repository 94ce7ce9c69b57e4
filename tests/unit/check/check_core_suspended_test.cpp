// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/check/check_core_fixture.h"

// Checks of virtual servers whose addresses another node has.
namespace holdfast::check {
namespace {

using std::chrono::seconds;

VirtualServerConfig serving(const std::string& name, std::vector<std::string> suspended_by) {
  VirtualServerConfig service;
  service.name = name;
  service.ha_suspend = std::move(suspended_by);
  RealServerConfig server;
  server.endpoint = Endpoint::parse("127.0.0.1:80").value();
  server.checks = {"nginx"};
  service.real_servers = {server};
  return service;
}

class CheckCoreSuspendedTest : public CheckCoreTest {
 protected:
  static Config one(std::vector<VirtualServerConfig> services) {
    Config config = with({nginx()});
    config.virtual_servers = std::move(services);
    return config;
  }
  CheckActions router(VrrpState state, const std::string& name = "vip") {
    RouterState told;
    told.router = name;
    told.state = state;
    return tell(told);
  }
  std::string suspended() const { return core_.details_after("").checks.at(0).suspended; }
};

TEST_F(CheckCoreSuspendedTest, NothingIsAskedUntilAnAddressIsOurs) {
  begin(one({serving("web", {"vip"})}));
  EXPECT_EQ(core_.deadline(), std::nullopt);
  EXPECT_NE(suspended(), "");
  EXPECT_EQ(router(VrrpState::kBackup), CheckActions{});
  EXPECT_EQ(core_.deadline(), std::nullopt);
  now_ += seconds{100};
  EXPECT_EQ(router(VrrpState::kActive), CheckActions{});
  EXPECT_EQ(suspended(), "");
  ASSERT_TRUE(core_.deadline().has_value());
  EXPECT_LT(*core_.deadline() - now_, std::chrono::milliseconds{5}) << "at once";
  EXPECT_EQ(wake(), CheckActions{start(nginx(), 1)});
  EXPECT_EQ(good(1).size(), 2U);
}

TEST_F(CheckCoreSuspendedTest, WhatIsUnderWayIsCancelledAndWhatIsKnownStands) {
  begin(one({serving("web", {"vip"})}));
  router(VrrpState::kActive);
  wake();
  good(1);
  EXPECT_EQ(wake(), CheckActions{start(nginx(), 2)});
  EXPECT_EQ(router(VrrpState::kFault), CheckActions{cancel("nginx")});
  EXPECT_EQ(core_.deadline(), std::nullopt);
  EXPECT_EQ(bad(2), CheckActions{}) << "too late";
  router(VrrpState::kActive);
  EXPECT_EQ(wake(), CheckActions{start(nginx(), 3)});
  EXPECT_EQ(good(3), CheckActions{}) << "it is up still";
}

TEST_F(CheckCoreSuspendedTest, ItIsKnownBeforeTheBeginning) {
  tell(one({serving("web", {"vip"})}));
  router(VrrpState::kActive);
  EXPECT_EQ(tell(Begin{}), CheckActions{});
  EXPECT_EQ(wake(), CheckActions{start(nginx(), 1)});
}

TEST_F(CheckCoreSuspendedTest, OneMasterOfSeveralIsEnough) {
  begin(one({serving("web", {"vip", "vip6"}), serving("shop", {"other"})}));
  router(VrrpState::kActive, "vip6");
  EXPECT_EQ(suspended(), "");
  router(VrrpState::kActive, "other");
  router(VrrpState::kBackup, "vip6");
  EXPECT_EQ(suspended(), "");
  router(VrrpState::kBackup, "other");
  EXPECT_NE(suspended(), "");
}

TEST_F(CheckCoreSuspendedTest, WhatOthersNeedGoesOn) {
  begin(one({serving("web", {"vip"}), serving("always", {})}));
  EXPECT_EQ(suspended(), "");
  Config tracked = one({serving("web", {"vip"})});
  EXPECT_EQ(tell(tracked), CheckActions{});
  EXPECT_NE(suspended(), "");
  InstanceConfig instance;
  instance.name = "vip";
  TrackCheck track;
  track.check = "nginx";
  instance.track_checks = {track};
  tracked.instances = {instance};
  EXPECT_EQ(tell(tracked), CheckActions{});
  EXPECT_EQ(suspended(), "");
  EXPECT_EQ(wake(), CheckActions{start(nginx(), 1)});
}

TEST_F(CheckCoreSuspendedTest, AServerThatIsSuspectIsNotAskedEither) {
  begin(one({serving("web", {"vip"})}));
  EXPECT_EQ(tell(ServerSuspicion{"web/127.0.0.1:80", true, "nobody answers"}), CheckActions{});
  EXPECT_EQ(core_.deadline(), std::nullopt);
}

}  // namespace
}  // namespace holdfast::check
