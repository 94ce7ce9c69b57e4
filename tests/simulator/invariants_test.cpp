// SPDX-License-Identifier: Apache-2.0
// Each invariant can fail: a shell that does wrong on purpose is found out. And a seed is a run.
#include <gtest/gtest.h>

#include <span>

#include "common/core/overloaded.h"
#include "tests/simulator/scenario.h"
#include "tests/simulator/simulation.h"

namespace holdfast::simulator {
namespace {

using supervisor::SupervisorAction;
using supervisor::SupervisorActions;
using vrrp::VrrpAction;
using vrrp::VrrpActions;

template <typename T>
void drop(VrrpActions& actions) {
  std::erase_if(actions, [](const VrrpAction& one) { return std::holds_alternative<T>(one); });
}

// Changes every report of a router's state.
void change_reports(VrrpActions& actions,
                    const std::function<void(Message&, RouterState&)>& change) {
  for (VrrpAction& action : actions) {
    auto* report = std::get_if<vrrp::Report>(&action);
    if (report == nullptr) continue;
    Message message = *report->message;
    auto* state = std::get_if<RouterState>(&message);
    if (state == nullptr) continue;
    change(message, *state);
    *report = vrrp::Report{std::move(message)};
  }
}

// The invariant that the first of some seeds breaks.
std::string broken_by(const Tamper& tamper) {
  constexpr std::uint64_t kSeeds = 60;
  for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
    Simulation simulation(seed, Journal::Keep::kHash);
    simulation.world().tamper = tamper;
    if (const auto failure = simulation.run().failure) return failure->invariant;
  }
  return "none";
}

TEST(Tampered, NothingIsFoundIfNothingIsWrong) {
  EXPECT_EQ(broken_by({}), "none");
}

TEST(Tampered, S1AdvertsAreNotSent) {
  EXPECT_EQ(broken_by({.vrrp = drop<vrrp::SendPacket>}), "S1");
}

TEST(Tampered, S1AddressesAreNotAnnounced) {
  EXPECT_EQ(broken_by({.vrrp =
                           [](VrrpActions& actions) {
                             // But by those who lose.
                             const bool loses =
                                 std::any_of(actions.begin(), actions.end(), [](const auto& one) {
                                   const auto* const add = std::get_if<vrrp::AddAddress>(&one);
                                   return add != nullptr && !add->renewal;
                                 });
                             if (!loses) drop<vrrp::SendFrame>(actions);
                           }}),
            "S1");
}

TEST(Tampered, S2AddressesAreNotRemoved) {
  EXPECT_EQ(broken_by({.vrrp = drop<vrrp::RemoveAddress>}), "S2");
}

TEST(Tampered, S2AddressesAreNotAdded) {
  EXPECT_EQ(broken_by({.vrrp = drop<vrrp::AddAddress>}), "S2");
}

TEST(Tampered, S3AReasonIsMissing) {
  EXPECT_EQ(broken_by({.vrrp =
                           [](VrrpActions& actions) {
                             change_reports(actions, [](Message&, RouterState& state) {
                               state.reason.clear();
                             });
                           }}),
            "S3");
}

TEST(Tampered, S4TheLastSignOfLifeIsWrong) {
  EXPECT_EQ(broken_by({.supervisor =
                           [](SupervisorActions& actions) {
                             for (SupervisorAction& action : actions) {
                               auto* send = std::get_if<supervisor::Send>(&action);
                               if (send == nullptr) continue;
                               auto* begin = std::get_if<Start>(&send->message);
                               if (begin != nullptr && begin->last_alive) *begin->last_alive -= 10s;
                             }
                           }}),
            "S4");
}

TEST(Tampered, S5AReloadHasAnEffect) {
  EXPECT_EQ(broken_by({.vrrp =
                           [](VrrpActions& actions) {
                             if (actions.empty())
                               actions.emplace_back(LogLine{LogLevel::kInfo, "hello"});
                           }}),
            "S5");
}

TEST(Tampered, S5AReloadHasAnEffectOnChecks) {
  EXPECT_EQ(broken_by({.check =
                           [](check::CheckActions& actions) {
                             if (actions.empty())
                               actions.emplace_back(LogLine{LogLevel::kInfo, "hello"});
                           }}),
            "S5");
}

TEST(Tampered, S6AMessageIsNotPassedOn) {
  EXPECT_EQ(broken_by({.supervisor =
                           [](SupervisorActions& actions) {
                             std::erase_if(actions, [](const SupervisorAction& action) {
                               const auto* send = std::get_if<supervisor::Send>(&action);
                               return send != nullptr &&
                                      std::holds_alternative<CheckState>(send->message);
                             });
                           }}),
            "S6");
}

TEST(Tampered, S7AWorkerSaysWhatIsNotForItToSay) {
  EXPECT_EQ(
      broken_by({.vrrp =
                     [](VrrpActions& actions) {
                       change_reports(actions, [](Message& message, RouterState& state) {
                         message = CheckState{state.router, true, 100, state.since, state.reason};
                       });
                     }}),
      "S7");
}

TEST_F(Scenario, TamperedS2SomethingIsLeftAfterAStop) {
  settle();
  expect_failure_ = true;
  world().tamper.vrrp = drop<vrrp::RemoveAddress>;
  host(0).stop_service();
  run(10s);
  ASSERT_TRUE(world().failure());
  EXPECT_EQ(world().failure()->invariant, "S2");
}

class Grouped : public Scenario {
 protected:
  Grouped() {
    for (const int number : {0, 1}) {
      config(number).instances.push_back(instance("mail", number, 52, 101));
      for (InstanceConfig& one : config(number).instances) one.sync_group = "g";
      config(number).sync_groups = {{"g", {"web", "mail"}}};
    }
  }
};

TEST_F(Grouped, TamperedS8OneOfAGroupIsAtFaultAlone) {
  settle();
  expect_failure_ = true;
  world().tamper.vrrp = [](VrrpActions& actions) {
    std::erase_if(actions, [](const VrrpAction& action) {
      const auto* report = std::get_if<vrrp::Report>(&action);
      return report != nullptr && subject_of(*report->message) == "mail";
    });
  };
  host(0).kernel().set_up(0, false);
  run(1s);
  ASSERT_TRUE(world().failure());
  EXPECT_EQ(world().failure()->invariant, "S8");
}

TEST_F(Grouped, TamperedS8OneOfAGroupIsActiveAlone) {
  settle();
  expect_failure_ = true;
  // One of them neither does nor says that it is active: the peer takes that one over, if it may.
  config(1).sync_groups.clear();
  for (InstanceConfig& one : config(1).instances) one.sync_group.clear();
  reload(1);
  world().tamper.vrrp = [](VrrpActions& actions) {
    std::erase_if(actions, [](const VrrpAction& action) {
      const auto* report = std::get_if<vrrp::Report>(&action);
      const auto* state = report ? std::get_if<RouterState>(report->message.get()) : nullptr;
      const auto* add = std::get_if<vrrp::AddAddress>(&action);
      const auto* send = std::get_if<vrrp::SendPacket>(&action);
      const bool active = state != nullptr && state->state != VrrpState::kBackup;
      const auto bytes = send != nullptr ? std::span<const std::uint8_t>(send->payload)
                                         : std::span<const std::uint8_t>();
      return (active && state->router == "mail") || (!bytes.empty() && bytes[1] == 52) ||
             (add != nullptr && add->prefix.address == IpAddress::v4({10, 0, 0, 101}));
    });
  };
  host(0).stop_service();
  run(5s);
  host(0).start_service();
  run(30s);
  ASSERT_TRUE(world().failure());
  EXPECT_EQ(world().failure()->invariant, "S8");
}

// A program that wants to be woken at a time that is past.
class Spinning : public Process {
 public:
  using Process::Process;

 private:
  Sources sources() const override { return {world_.now(), kNever, kNever, kNever, kNever}; }
  void serve(std::size_t) override {
    guard_against_spinning(world_.now() - 1us, world_.now(), "a test");
  }
};

TEST(Tampered, ADeadlineIsAlwaysPast) {
  World world(1, Journal::Keep::kHash);
  Spinning process(world);
  for (int i = 0; i < 100; ++i) process.step();
  ASSERT_TRUE(world.failure());
  EXPECT_EQ(world.failure()->invariant, "deadline");
}

// ---- A seed is a run.

TEST(Seed, IsTheSameRunEveryTimeInWordsOrWithout) {
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    const Outcome first = Simulation(seed, Journal::Keep::kHash).run();
    const Outcome second = Simulation(seed, Journal::Keep::kHash).run();
    const Outcome in_words = Simulation(seed, Journal::Keep::kTail).run();
    EXPECT_EQ(first.hash, second.hash) << seed;
    EXPECT_EQ(first.hash, in_words.hash) << seed;
    EXPECT_NE(first.hash, Simulation(seed + 1, Journal::Keep::kHash).run().hash) << seed;
  }
}

}  // namespace
}  // namespace holdfast::simulator
