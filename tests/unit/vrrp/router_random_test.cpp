// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <random>
#include <utility>

#include "tests/unit/vrrp/router_support.h"

// Whatever happens in whatever order, these hold.
namespace holdfast::vrrp {
namespace {

class RandomEvents {
 public:
  explicit RandomEvents(unsigned seed) : random_(seed) {}

  RouterConfig config() {
    RouterConfig config = router_config(version_);
    config.priority = pick({Priority{1}, Priority{100}, Priority{254}, kPriorityOwner});
    config.advert_interval = pick({Duration{1s}, Duration{2s}, Duration{40s}});
    config.preempt = below(2) == 0;
    config.preempt_delay = pick({Duration{0}, Duration{5s}});
    return config;
  }

  RouterEvent event(Time now) {
    switch (below(17)) {
      case 0:
        return Startup{};
      case 1:
        return Shutdown{};
      case 2:
        return Fault{pick<std::string>({"eth0 is down", "nginx is down"})};
      case 3:
        return ConfigChanged{config()};
      case 4:
        return resume(now);
      case 5:
      case 6:
      case 7:
      case 8:
        return heard();
      case 9:
        return Yield{"web: another member is backup"};
      case 10:
        return Tick{false};
      default:
        return Tick{};
    }
  }

  // Short and long pauses, and exactly the deadline.
  Time next(Time now, const std::optional<Time>& deadline) {
    if (deadline && below(2) == 0) return std::max(now, *deadline);
    return now + pick({Duration{0}, Duration{1us}, Duration{500ms}, Duration{3s}, Duration{1min}});
  }

 private:
  unsigned below(unsigned limit) { return static_cast<unsigned>(random_() % limit); }
  template <typename T>
  T pick(std::initializer_list<T> choices) {
    return *(choices.begin() + below(static_cast<unsigned>(choices.size())));
  }
  AdvertReceived heard() {
    return {Priority{static_cast<std::uint8_t>(pick({0, 1, 99, 100, 101, 254, 255}))},
            pick({Duration{10ms}, Duration{1s}, Duration{40s}}), pick({kLowPeer, kOwn, kHighPeer})};
  }
  Resume resume(Time now) {
    return {former_life(pick({VrrpState::kInitialize, VrrpState::kBackup, VrrpState::kActive,
                              VrrpState::kFault})),
            now - pick({Duration{0}, Duration{2s}, Duration{1min}})};
  }

  std::mt19937 random_;
  VrrpVersion version_ = below(2) == 0 ? VrrpVersion::k2 : VrrpVersion::k3;
};

// Of which state a change speaks: Resume first goes back to that of the former life.
VrrpState state_before(const Router& router, const RouterEvent& event, Time now) {
  const bool starts =
      router.state() == VrrpState::kInitialize || router.state() == VrrpState::kFault;
  const auto* resume = std::get_if<Resume>(&event);
  const bool holds = router.lets_go_at() && *router.lets_go_at() > now;
  const bool goes_on =
      resume != nullptr && resume->last.state == VrrpState::kActive && starts && !holds;
  return goes_on ? VrrpState::kActive : router.state();
}

void expect_balanced_addresses(const Router& before, const Router& router, const RouterEvent& event,
                               const RouterActions& actions) {
  // Only Resume may remove what this life did not add.
  const bool resumed = std::holds_alternative<Resume>(event);
  bool holds = before.holds_addresses();
  for (const RouterAction& action : actions) {
    if (std::holds_alternative<AddAddresses>(action)) {
      // Who still answers may take over again.
      EXPECT_TRUE(!std::exchange(holds, true) || before.state() != VrrpState::kActive)
          << "added twice";
    } else if (std::holds_alternative<RemoveAddresses>(action)) {
      EXPECT_TRUE(std::exchange(holds, false) || resumed) << "removed twice";
    }
  }
  EXPECT_EQ(router.holds_addresses(), holds);
}

void expect_honest_changes(const Router& before, const Router& router, const RouterEvent& event,
                           const RouterActions& actions, Time now) {
  VrrpState state = state_before(before, event, now);
  for (const RouterAction& action : actions) {
    const auto* change = std::get_if<StateChanged>(&action);
    if (change == nullptr) continue;
    EXPECT_EQ(change->from, state);
    EXPECT_FALSE(change->reason.empty());
    EXPECT_EQ(change->reason, router.reason());
    EXPECT_EQ(router.since(), now);
    state = change->to;
  }
  const bool resumed = std::holds_alternative<Resume>(event);
  EXPECT_TRUE(router.state() == state || (resumed && state == before.state()))
      << "a change of state was not told";
  EXPECT_TRUE(router.state() == VrrpState::kInitialize || !router.reason().empty());
}

void expect_sound_deadline(const Router& router, const RouterEvent& event, Time now) {
  const bool waits = router.holds_addresses() || router.state() == VrrpState::kBackup;
  EXPECT_EQ(router.deadline().has_value(), waits);
  const auto* tick = std::get_if<Tick>(&event);
  EXPECT_TRUE(tick == nullptr || !tick->may_take_over || !waits || *router.deadline() > now);
  EXPECT_TRUE(!router.lets_go_at() || *router.lets_go_at() > now);
}

TEST(Router, HoldsItsInvariantsUnderRandomEvents) {
  const unsigned first_seed = random_seed();
  for (unsigned seed = first_seed; seed != first_seed + 300; ++seed) {
    SCOPED_TRACE("HOLDFAST_SEED=" + std::to_string(seed));
    RandomEvents random{seed};
    Router router{random.config()};
    Time now = kStart;
    for (int i = 0; i < 300 && !testing::Test::HasFailure(); ++i) {
      now = random.next(now, router.deadline());
      const RouterEvent event = random.event(now);
      const Router before = router;
      Router twin = router;
      const RouterActions actions = router.handle(event, now);
      EXPECT_EQ(twin.handle(event, now), actions);
      EXPECT_EQ(twin, router);
      expect_balanced_addresses(before, router, event, actions);
      expect_honest_changes(before, router, event, actions, now);
      expect_sound_deadline(router, event, now);
    }
    if (testing::Test::HasFailure()) break;
  }
}

}  // namespace
}  // namespace holdfast::vrrp
