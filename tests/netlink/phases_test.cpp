// SPDX-License-Identifier: Apache-2.0
#include "vrrp-worker/phases.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace holdfast::vrrp {
namespace {

// Actions as letters: P a packet, A an addition, F a frame, R a removal, w a word; of a route T and
// t, of a rule U and u an addition and a removal; D and d a drop and its end, M and m its table's.
VrrpActions actions_of(const std::string& letters) {
  VrrpActions actions;
  const IpPrefix prefix{IpAddress::v4({192, 0, 2, 1}), 24};
  for (const char letter : letters) {
    if (letter == 'P') actions.emplace_back(SendPacket{});
    if (letter == 'A') actions.emplace_back(AddAddress{1, prefix});
    if (letter == 'F') actions.emplace_back(SendFrame{});
    if (letter == 'R') actions.emplace_back(RemoveAddress{1, prefix});
    if (letter == 'T') actions.emplace_back(ChangeRoute{Change::kAdd, {}});
    if (letter == 't') actions.emplace_back(ChangeRoute{Change::kRemove, {}});
    if (letter == 'U') actions.emplace_back(ChangeRule{Change::kAdd, {}});
    if (letter == 'u') actions.emplace_back(ChangeRule{Change::kRemove, {}});
    if (letter == 'D') actions.emplace_back(ChangeFilter{Change::kAdd, {}});
    if (letter == 'd') actions.emplace_back(ChangeFilter{Change::kRemove, {}});
    if (letter == 'M') actions.emplace_back(MakeFilter{});
    if (letter == 'm') actions.emplace_back(RemoveFilter{});
    if (letter == 'w') actions.emplace_back(LogLine{LogLevel::kInfo, ""});
  }
  return actions;
}

// Each with its place among `letters`, from 1.
std::string order_of(const std::string& letters) {
  const VrrpActions actions = actions_of(letters);
  std::vector<const VrrpAction*> all;
  for (const VrrpAction& action : actions) all.push_back(&action);
  std::string places;
  for (const VrrpAction* const action : in_phases(all)) {
    const auto place = static_cast<std::size_t>(action - actions.data());
    places += letters[place] + std::to_string(place + 1) + " ";
  }
  return places;
}

TEST(Share, AdvertsGoAtOnceAndAllElseInTheCoresOrder) {
  const VrrpActions actions = actions_of("PAFwRPAF");
  const Share share = shared(actions);
  EXPECT_EQ(share.at_once, (std::vector{std::get_if<SendPacket>(&actions[0]),
                                        std::get_if<SendPacket>(&actions[5])}));
  EXPECT_EQ(share.then, (std::vector{&actions[1], &actions[2], &actions[3], &actions[4],
                                     &actions[6], &actions[7]}));
}

TEST(Share, AnAdvertThatMayNeedADeviceWaitsForIt) {
  VrrpActions actions = actions_of("PA");
  actions.emplace_back(ChangeDevice{EnableDevice{3, "vrrp.51", true}});
  const Share share = shared(actions);
  EXPECT_TRUE(share.at_once.empty());
  EXPECT_EQ(share.then, (std::vector{&std::as_const(actions)[0], &std::as_const(actions)[1],
                                     &std::as_const(actions)[2]}));
}

TEST(Phases, OfOneRouterAreTheProtocolsOrder) {
  EXPECT_EQ(order_of("PAFFww"), "P1 A2 F3 F4 w5 w6 ");
  EXPECT_EQ(order_of("PRw"), "P1 R2 w3 ");
  EXPECT_EQ(order_of(""), "");
}

TEST(Phases, OfManyRoutersComeOneAfterTheOther) {
  EXPECT_EQ(order_of("PAFwPAFwPAFw"), "P1 P5 P9 A2 A6 A10 F3 F7 F11 w4 w8 w12 ");
  EXPECT_EQ(order_of("RwRwRw"), "R1 R3 R5 w2 w4 w6 ");
}

TEST(Phases, RoutesAndRulesComeAfterAddressesAndGoBeforeThem) {
  EXPECT_EQ(order_of("PATUFPATUF"), "P1 P6 A2 A7 T3 T8 U4 U9 F5 F10 ");
  EXPECT_EQ(order_of("utRutR"), "u1 u4 t2 t5 R3 R6 ");
  EXPECT_EQ(order_of("tTuU"), "t1 T2 u3 U4 ") << "what replaces a thing stays behind it";
}

TEST(Phases, AnAddressIsShutBeforeItIsThereAndOpenedAfterItIsGone) {
  EXPECT_EQ(order_of("MPADwPDAF"), "P2 P6 M1 D4 D7 A3 A8 F9 w5 ");
  EXPECT_EQ(order_of("dRwmRdR"), "R2 R5 R7 d1 m4 d6 w3 ");
  EXPECT_EQ(order_of("dAR"), "d1 A2 R3 ");
}

TEST(Phases, NothingOvertakesARemoval) {
  EXPECT_EQ(order_of("RA"), "R1 A2 ");
  EXPECT_EQ(order_of("wRwPAFwRwA"), "R2 w1 w3 P4 A5 F6 R8 w7 w9 A10 ");
}

}  // namespace
}  // namespace holdfast::vrrp
