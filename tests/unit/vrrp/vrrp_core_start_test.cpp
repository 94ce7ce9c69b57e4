// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/vrrp/core_support.h"

// How instances begin: start_delay, initial_state.
namespace holdfast::vrrp {
namespace {

class StartDelayTest : public VrrpCoreTest {
 protected:
  static Config delayed(std::vector<InstanceConfig> instances = {instance()}) {
    Config config = config_of(std::move(instances));
    config.start_delay = 5s;
    return config;
  }
  const Lines waits_{"info one: waits 5.000 s before it starts",
                     "report one INIT 100 since 0.000 s: waits 5.000 s before it starts"};
};

TEST_F(StartDelayTest, NobodyBeginsBeforeIt) {
  EXPECT_EQ(begin(delayed()), waits_);
  EXPECT_EQ(core_.deadline(), kStart + 5s);
  EXPECT_EQ(wake_at(kStart + 4999ms), Lines{});
  EXPECT_EQ(wake_at(kStart + 5s), (Lines{"info one: INIT -> BACKUP, priority 100: started",
                                         "report one BACKUP 100 since 5.000 s: started"}));
  EXPECT_EQ(core_.deadline(), kStart + 5s + kDown);
}

TEST_F(StartDelayTest, HoldsAnOwnerToo) {
  InstanceConfig owner = instance();
  owner.priority = kPriorityOwner;
  begin(delayed({owner}));
  EXPECT_EQ(wake_at(kStart + 4999ms), Lines{});
  EXPECT_EQ(wake_at(kStart + 5s).front(), "advert from 198.51.100.1 on 2: vrid 51 priority 255");
}

TEST_F(StartDelayTest, LeftOversGoAtOnce) {
  EXPECT_EQ(begin(delayed(), {eth0({virtual_address("192.0.2.10/24")})}),
            waits_ + Lines{"remove 192.0.2.10/24 on 2"});
}

TEST_F(StartDelayTest, AdvertsAndFaultsMeanwhileChangeNothing) {
  begin(delayed());
  now_ += 1s;
  EXPECT_EQ(receive(advert(50)), Lines{});
  EXPECT_EQ(receive(advert(0)), Lines{});
  Link down = eth0();
  down.up = false;
  EXPECT_EQ(handle(LinkChanged{down}), Lines{});
  EXPECT_EQ(handle(LinkChanged{eth0()}), Lines{});
  handle(LinkChanged{down});
  EXPECT_EQ(wake_at(kStart + 5s).back(),
            "report one FAULT 100 since 5.000 s: interface eth0 is down");
}

TEST_F(StartDelayTest, OfAnInstanceThatIsAddedMeanwhileIsTheSame) {
  begin(delayed());
  now_ += 1s;
  EXPECT_EQ(handle(delayed({instance(), two()})), Lines{});
  EXPECT_EQ(wake_at(kStart + 4999ms), Lines{});
  wake_at(kStart + 5s);
  EXPECT_EQ(core_.deadline(), kStart + 5s + kDown);
}

TEST_F(StartDelayTest, IsNotOfInstancesThatAReloadAddsLater) {
  begin(delayed());
  wake_at(kStart + 5s);
  EXPECT_EQ(handle(delayed({instance(), two()})).back(),
            "report two BACKUP 100 since 5.000 s: started");
}

TEST_F(StartDelayTest, IsNotOfALaterLifeOfTheWorker) {
  const RouterState active{"one", VrrpState::kActive, Priority{100}, kStart, "of a former life"};
  const Lines lines = begin(delayed(), {eth0()}, kStart, {active});
  EXPECT_EQ(lines.front(), "advert from 198.51.100.1 on 2: vrid 51 priority 100");
}

TEST_F(StartDelayTest, BeginsAnewIfTheWorkerCrashesDuringIt) {
  const RouterState waiting{"one", VrrpState::kInitialize, Priority{100}, kStart, "waits"};
  EXPECT_EQ(begin(delayed(), {eth0()}, kStart, {waiting}), waits_);
}

TEST_F(StartDelayTest, AStopDuringItHasNothingToHandOver) {
  begin(delayed());
  handle(Stop{});
  EXPECT_TRUE(core_.finished());
  EXPECT_EQ(wake_at(kStart + 5s), Lines{});
}

// ---- initial_state: master.

TEST_F(VrrpCoreTest, AnInitialMasterWaitsForOneAdvertOnly) {
  InstanceConfig config = instance();
  config.initial_master = true;
  begin(config_of({config}));
  EXPECT_EQ(core_.deadline(), kStart + 1609375us);
  EXPECT_EQ(wake_when_due().front(), "advert from 198.51.100.1 on 2: vrid 51 priority 100");
}

TEST_F(VrrpCoreTest, AnInitialMasterObeysTheBetterRouterThatItHears) {
  InstanceConfig config = instance();
  config.initial_master = true;
  begin(config_of({config}));
  now_ += 900ms;
  EXPECT_EQ(receive(advert(150)), Lines{});
  EXPECT_EQ(wake_at(kStart + 900ms + kDown - 1us), Lines{});
}

TEST_F(VrrpCoreTest, AnInitialMasterIsABackupAfterAFaultAndAfterACrash) {
  InstanceConfig config = instance();
  config.initial_master = true;
  begin(config_of({config}), {});
  handle(LinkChanged{eth0()});
  EXPECT_EQ(core_.deadline(), kStart + kDown);

  core_ = VrrpCore{};
  const RouterState backup{"one", VrrpState::kBackup, Priority{100}, kStart, "of a former life"};
  begin(config_of({config}), {eth0()}, kStart, {backup});
  EXPECT_EQ(core_.deadline(), kStart + kDown);
}

// ---- down_timer_adverts.

TEST_F(VrrpCoreTest, ABackupMissesAsManyAdvertsAsConfigured) {
  for (const int adverts : {1, 3, 100}) {
    InstanceConfig config = instance();
    config.down_timer_adverts = adverts;
    core_ = VrrpCore{};
    begin(config_of({config}));
    EXPECT_EQ(core_.deadline(), kStart + adverts * 1s + 609375us);
  }
}

}  // namespace
}  // namespace holdfast::vrrp
