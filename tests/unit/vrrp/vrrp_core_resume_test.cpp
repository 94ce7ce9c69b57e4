// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/vrrp/core_support.h"

// A vrrp-worker that follows one that crashed: what it is told before Begin, and what is left in
// the kernel.
namespace holdfast::vrrp {
namespace {

RouterState was(VrrpState state, const std::string& name = "one") {
  return {name, state, Priority{100}, kStart - 60s, "long ago"};
}

const std::optional<Time> kJustNow = kStart - 200ms;
const Lines kAdvert{"advert from 198.51.100.1 on 2: vrid 51 priority 100"};
const Lines kTwosAdvert{"advert from 198.51.100.1 on 2: vrid 52 priority 100"};

TEST_F(VrrpCoreTest, ResumesAsActiveWithoutAnyChange) {
  EXPECT_EQ(begin(config_of({instance()}), {eth0({virtual_address("192.0.2.10/24")})}, kJustNow,
                  {was(VrrpState::kActive)}),
            kAdvert + burst("192.0.2.10"));
  EXPECT_EQ(core_.deadline(), kStart + 1s);
}

TEST_F(VrrpCoreTest, ResumesAsActiveAndPutsBackWhatIsMissing) {
  EXPECT_EQ(begin(config_of({instance()}), {eth0()}, kJustNow, {was(VrrpState::kActive)}),
            kAdvert + Lines{"add 192.0.2.10/24 on 2"} + burst("192.0.2.10"));
}

TEST_F(VrrpCoreTest, ResumesAllOfAnInterfaceWithoutTouchingTheAddressOfAnyOfThem) {
  EXPECT_EQ(begin(config_of({instance(), two()}),
                  {eth0({virtual_address("192.0.2.10/24"), virtual_address("192.0.2.20/24")})},
                  kJustNow, {was(VrrpState::kActive), was(VrrpState::kActive, "two")}),
            kAdvert + burst("192.0.2.10") + kTwosAdvert + burst("192.0.2.20"));
}

TEST_F(VrrpCoreTest, ResumesAsActiveTooLateAndGivesUpItsAddresses) {
  const std::string reason =
      "restarted 2.000 s after the last sign of life: a peer may hold the addresses";
  EXPECT_EQ(
      begin(config_of({instance()}), {eth0({virtual_address("192.0.2.10/24")})}, kStart - 2s,
            {was(VrrpState::kActive)}),
      (Lines{"remove 192.0.2.10/24 on 2", "info one: MASTER -> BACKUP, priority 100: " + reason,
             "report one BACKUP 100 since 0.000 s: " + reason}));
}

TEST_F(VrrpCoreTest, ResumesAsBackupInSilence) {
  EXPECT_EQ(begin(config_of({instance()}), {eth0()}, kJustNow, {was(VrrpState::kBackup)}), Lines{});
  EXPECT_EQ(core_.deadline(), kStart + kDown);
}

TEST_F(VrrpCoreTest, ResumesWithAnotherPriorityAndReportsOnlyThat) {
  InstanceConfig changed = instance();
  changed.priority = Priority{120};
  EXPECT_EQ(begin(config_of({changed}), {eth0()}, kJustNow, {was(VrrpState::kBackup)}),
            Lines{"report one BACKUP 120 since -60.000 s: long ago"});
}

TEST_F(VrrpCoreTest, ResumesIntoAFaultAndGivesUpItsAddresses) {
  Link down = eth0({virtual_address("192.0.2.10/24")});
  down.up = false;
  EXPECT_EQ(begin(config_of({instance()}), {down}, kJustNow, {was(VrrpState::kActive)}),
            (Lines{"info one: INIT -> FAULT, priority 100: interface eth0 is down",
                   "report one FAULT 100 since 0.000 s: interface eth0 is down",
                   "remove 192.0.2.10/24 on 2"}));
}

TEST_F(VrrpCoreTest, ResumesNothingWithoutALastSignOfLife) {
  EXPECT_EQ(begin(config_of({instance()}), {eth0()}, std::nullopt, {was(VrrpState::kActive)}),
            (Lines{"info one: INIT -> BACKUP, priority 100: started",
                   "report one BACKUP 100 since 0.000 s: started"}));
}

TEST_F(VrrpCoreTest, ResumesNoRouterThatIsNotConfigured) {
  begin(config_of({instance()}), {eth0()}, kJustNow, {was(VrrpState::kActive, "another")});
  EXPECT_EQ(core_.deadline(), kStart + kDown);
}

TEST_F(VrrpCoreTest, BeginRemovesWhatAFormerLifeLeftOnAnyInterface) {
  Link other = eth1();
  other.addresses.push_back(virtual_address("192.0.2.99/24"));
  EXPECT_EQ(begin(config_of({instance()}), {eth0({virtual_address("192.0.2.10/24")}), other}),
            (Lines{"info one: INIT -> BACKUP, priority 100: started",
                   "report one BACKUP 100 since 0.000 s: started", "remove 192.0.2.10/24 on 2",
                   "remove 192.0.2.99/24 on 3"}));
}

TEST_F(VrrpCoreTest, BeginRemovesOurAddressesWithoutAMarkToo) {
  // Kernels before 5.18 keep no marks.
  const Lines lines =
      begin(config_of({instance()}), {eth0({virtual_address("192.0.2.10/24", false)})});
  EXPECT_EQ(lines.back(), "remove 192.0.2.10/24 on 2");
}

TEST_F(VrrpCoreTest, BeginLeavesForeignAddressesAlone) {
  for (const std::string& line :
       begin(config_of({instance()}), {eth0({virtual_address("192.0.2.99/24", false)})})) {
    EXPECT_FALSE(line.starts_with("remove")) << line;
  }
}

TEST_F(VrrpCoreTest, StoppedBeforeItBeganRemovesWhatAFormerLifeLeft) {
  Link other = eth1();
  other.addresses.push_back(virtual_address("192.0.2.99/24"));
  handle(config_of({instance()}));
  handle(LinkChanged{eth0({virtual_address("192.0.2.10/24")})});
  handle(LinkChanged{other});
  EXPECT_EQ(handle(Stop{}), (Lines{"remove 192.0.2.10/24 on 2", "remove 192.0.2.99/24 on 3"}));
  EXPECT_TRUE(core_.finished());
}

TEST_F(VrrpCoreTest, AnOwnersAddressesAreNeverRemovedFromItsInterface) {
  InstanceConfig owner = instance();
  owner.priority = kPriorityOwner;
  const Link link = eth0({virtual_address("192.0.2.10/24", false)});
  begin(config_of({owner}), {link});
  handle(Stop{});
  pass(10s);
  EXPECT_TRUE(core_.finished());
  EXPECT_EQ(handle(LinkChanged{link}), Lines{});
}

TEST_F(VrrpCoreTest, AnOwnersAddressThatWasMissingIsOursToRemove) {
  InstanceConfig owner = instance();
  owner.priority = kPriorityOwner;
  const Lines lines = begin(config_of({owner}), {eth0()});
  EXPECT_EQ(lines.at(1), "add 192.0.2.10/24 on 2");
  handle(Stop{});
  EXPECT_EQ(wake_at(kStart + 2s), Lines{"remove 192.0.2.10/24 on 2"});
}

}  // namespace
}  // namespace holdfast::vrrp
