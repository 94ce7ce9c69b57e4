// SPDX-License-Identifier: Apache-2.0
#include "vrrp-worker/netlink.h"

#include <linux/sock_diag.h>
#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <atomic>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include "common/clock.h"
#include "tests/netlink/namespace.h"

namespace holdfast::vrrp {
namespace {

using Verb = AddressCommand::Verb;

IpPrefix prefix(const std::string& text) {
  return IpPrefix::parse(text).value();
}

std::vector<VrrpEvent> all_news(Netlink& netlink) {
  std::vector<VrrpEvent> all;
  while (auto news = netlink.news()) all.push_back(std::move(*news));
  return all;
}

// The one piece of news that there must be.
Link only_change(Netlink& netlink) {
  const std::vector<VrrpEvent> news = all_news(netlink);
  EXPECT_EQ(news.size(), 1U);
  if (news.size() != 1 || !std::holds_alternative<LinkChanged>(news[0])) return {};
  return std::get<LinkChanged>(news[0]).link;
}

bool readable(int fd) {
  pollfd poll{fd, POLLIN, 0};
  return ::poll(&poll, 1, 0) == 1;
}

std::vector<AddressCommand> thousand(Verb verb, int link) {
  std::vector<AddressCommand> commands;
  commands.reserve(1000);
  for (int i = 0; i < 1000; ++i) {
    commands.push_back(
        {verb, link,
         prefix("10.0." + std::to_string(i / 250) + "." + std::to_string(1 + i % 250) + "/24")});
  }
  return commands;
}

// A pair of interfaces, "left" and "right", both up.
class NetlinkTest : public RootTest {
 protected:
  void SetUp() override {
    RootTest::SetUp();
    if (IsSkipped()) return;
    ip("link add left address 02:00:00:00:00:0a type veth peer name right");
    ip("link set right up");
    ip("link set left up");
    Netlink netlink = open_netlink();
    await(netlink, "left", true);
    await(netlink, "right", true);
  }
};

TEST_F(NetlinkTest, TellsFirstOfEveryInterfaceAndItsAddresses) {
  ip("addr add 192.0.2.1/24 dev left");
  Netlink netlink = open_netlink();
  const std::vector<VrrpEvent> news = all_news(netlink);
  ASSERT_EQ(news.size(), 3U);  // lo, right, left
  const Link& link = netlink.links().at(index_of("left"));
  EXPECT_EQ(link.index, index_of("left"));
  EXPECT_EQ(link.name, "left");
  EXPECT_TRUE(link.up);
  EXPECT_EQ(link.mac, (MacAddress{2, 0, 0, 0, 0, 10}));
  const std::vector<LinkAddress> expected{{prefix("192.0.2.1/24"), false}};
  EXPECT_EQ(link.addresses, expected);
  EXPECT_FALSE(netlink.links().at(index_of("lo")).up);
}

TEST_F(NetlinkTest, AnAddedAddressIsMarkedAndGoesAgain) {
  Netlink netlink = open_netlink();
  all_news(netlink);
  const AddressCommand add{Verb::kAdd, index_of("left"), prefix("192.0.2.10/24")};
  EXPECT_TRUE(netlink.execute({{add}}).empty());
  EXPECT_TRUE(all_news(netlink).empty()) << "the core knows what it asked for";
  const std::vector<LinkAddress> marked{{add.prefix, true}};
  EXPECT_EQ(netlink.links().at(add.link).addresses, marked);

  // The mark is in the kernel, for whoever comes after.
  Netlink next_life = open_netlink();
  EXPECT_EQ(next_life.links().at(index_of("left")).addresses, marked);

  EXPECT_TRUE(netlink.execute({{{Verb::kRemove, add.link, add.prefix}}}).empty());
  EXPECT_TRUE(all_news(netlink).empty());
  EXPECT_TRUE(netlink.links().at(add.link).addresses.empty());
}

TEST_F(NetlinkTest, WhatIsThereAlreadyIsTakenOverAndWhatIsGoneIsRemoved) {
  ip("addr add 192.0.2.10/24 dev left valid_lft 1000 preferred_lft 1000");
  Netlink netlink = open_netlink();
  all_news(netlink);
  const int link = index_of("left");
  EXPECT_TRUE(netlink.execute({{{Verb::kAdd, link, prefix("192.0.2.10/24")}}}).empty());
  EXPECT_TRUE(all_news(netlink).empty());
  const std::vector<LinkAddress> marked{{prefix("192.0.2.10/24"), true}};
  EXPECT_EQ(netlink.links().at(link).addresses, marked);
  ip("addr show dev left | grep -q 'valid_lft forever'");

  EXPECT_TRUE(netlink.execute({{{Verb::kAdd, link, prefix("192.0.2.10/24")}}}).empty());
  EXPECT_TRUE(all_news(netlink).empty());
  EXPECT_TRUE(netlink.execute({{{Verb::kRemove, link, prefix("192.0.2.99/24")}}}).empty());
  EXPECT_TRUE(netlink.execute({{{Verb::kRemove, 12345, prefix("192.0.2.99/24")}}}).empty());
}

TEST_F(NetlinkTest, ARefusalComesWithTheWordsOfTheKernelAndStopsNothing) {
  ip("addr add 192.0.2.1/24 scope link dev left");
  Netlink netlink = open_netlink();
  all_news(netlink);
  const int link = index_of("left");
  const std::vector<AddressCommand> commands{{Verb::kAdd, link, prefix("192.0.2.10/24")},
                                             {Verb::kAdd, 12345, prefix("192.0.2.11/24")},
                                             {Verb::kAdd, link, prefix("198.51.100.1/24")}};
  const auto refused = netlink.execute(commands);
  ASSERT_EQ(refused.size(), 2U);
  EXPECT_EQ(refused[0].command, commands[0]);
  EXPECT_EQ(refused[0].error, "Invalid argument (ipv4: Invalid scope value)");
  EXPECT_EQ(refused[1].command, commands[1]);
  EXPECT_EQ(refused[1].error, "No such device (ipv4: Device not found)");
  EXPECT_TRUE(all_news(netlink).empty());
  const std::vector<LinkAddress> expected{{prefix("192.0.2.1/24"), false, {"", {}, {}, kScopeLink}},
                                          {prefix("198.51.100.1/24"), true}};
  EXPECT_EQ(netlink.links().at(link).addresses, expected);
}

TEST_F(NetlinkTest, AThousandAddressesComeAndGo) {
  ip("-6 address flush dev left");  // or that of the link becomes valid in the midst of it
  Netlink netlink = open_netlink();
  all_news(netlink);
  const int link = index_of("left");
  const Time start = monotonic_now();
  EXPECT_TRUE(netlink.execute(thousand(Verb::kAdd, link)).empty());
  const Time added = monotonic_now();
  EXPECT_TRUE(all_news(netlink).empty());
  const Time told = monotonic_now();
  const Link full = netlink.links().at(link);
  EXPECT_EQ(full.addresses.size(), 1000U);
  for (const LinkAddress& address : full.addresses) EXPECT_TRUE(address.marked);
  EXPECT_TRUE(netlink.execute(thousand(Verb::kRemove, link)).empty());
  EXPECT_TRUE(all_news(netlink).empty());
  EXPECT_TRUE(netlink.links().at(link).addresses.empty());
  RecordProperty("added_us", std::to_string((added - start).count()));
  RecordProperty("told_us", std::to_string((told - added).count()));
}

// Thousands a second: nobody reads what the kernel would say of each.
TEST_F(NetlinkTest, ARenewalPutsOffTheEndOfAnAddressAndIsNoEvent) {
  Netlink netlink = open_netlink();
  all_news(netlink);
  AddressCommand command{Verb::kAdd, index_of("left"), prefix("192.0.2.10/24")};
  command.lifetime = std::chrono::seconds{100};
  EXPECT_TRUE(netlink.execute({{command}}).empty());
  EXPECT_TRUE(all_news(netlink).empty());
  ip("addr show dev left | grep -Eq 'valid_lft (100|99)sec'");
  command.lifetime = std::chrono::seconds{1000};
  command.renewal = true;
  EXPECT_TRUE(netlink.execute({{command}}).empty());
  EXPECT_FALSE(netlink.unread());
  EXPECT_FALSE(readable(netlink.event_fd()));
  ip("addr show dev left | grep -Eq 'valid_lft (1000|999)sec'");
  EXPECT_TRUE(all_news(netlink).empty());
  const std::vector<LinkAddress> marked{{command.prefix, true}};
  EXPECT_EQ(open_netlink().links().at(command.link).addresses, marked);
}

// The first of a subnet used to take all others with it.
TEST_F(NetlinkTest, RemovingOneAddressLeavesItsNeighbours) {
  ip("addr add 192.0.2.10/24 dev left");
  ip("addr add 192.0.2.11/24 dev left");
  Netlink netlink = open_netlink();
  all_news(netlink);
  EXPECT_TRUE(
      netlink.execute({{{Verb::kRemove, index_of("left"), prefix("192.0.2.10/24")}}}).empty());
  EXPECT_TRUE(all_news(netlink).empty());
  const std::vector<LinkAddress> left{{prefix("192.0.2.11/24"), false}};
  EXPECT_EQ(netlink.links().at(index_of("left")).addresses, left);
}

TEST_F(NetlinkTest, WhatOthersDoIsNews) {
  Netlink netlink = open_netlink();
  all_news(netlink);
  const int link = index_of("left");
  netlink.execute({{{Verb::kAdd, link, prefix("192.0.2.10/24")}}});
  all_news(netlink);

  ip("addr del 192.0.2.10/24 dev left");
  EXPECT_TRUE(readable(netlink.event_fd()));
  EXPECT_TRUE(only_change(netlink).addresses.empty());
  EXPECT_FALSE(readable(netlink.event_fd()));

  ip("link set left down");
  await(netlink, "left", false);
  await(netlink, "right", false);  // it has no carrier now

  ip("link set left name c");
  EXPECT_EQ(only_change(netlink).name, "c");
  ip("link set c address 02:00:00:00:00:0c");
  EXPECT_EQ(only_change(netlink).mac[5], 12);
  ip("link set c up");
  await(netlink, "c", true);
  await(netlink, "right", true);

  ip("addr add 192.0.2.1/24 dev c");
  ip("link del c");
  const std::vector<VrrpEvent> news = all_news(netlink);
  ASSERT_EQ(news.size(), 2U);
  EXPECT_TRUE(std::holds_alternative<LinkGone>(news[0]));
  EXPECT_TRUE(std::holds_alternative<LinkGone>(news[1]));
  EXPECT_FALSE(netlink.links().contains(link));
}

TEST_F(NetlinkTest, WhatSomebodyElseUndidIsNewsEvenIfItWasNotYetTold) {
  Netlink netlink = open_netlink();
  all_news(netlink);
  const int link = index_of("left");
  netlink.execute(
      {{{Verb::kAdd, link, prefix("192.0.2.10/24")}, {Verb::kAdd, link, prefix("192.0.2.11/24")}}});
  ip("addr del 192.0.2.11/24 dev left");
  const std::vector<LinkAddress> left{{prefix("192.0.2.10/24"), true}};
  EXPECT_EQ(only_change(netlink).addresses, left);
  netlink.execute({{{Verb::kRemove, link, prefix("192.0.2.10/24")}}});
  ip("addr add 192.0.2.10/24 dev left");
  const std::vector<LinkAddress> back{{prefix("192.0.2.10/24"), false}};
  EXPECT_EQ(only_change(netlink).addresses, back);
}

TEST_F(NetlinkTest, WhatChangesNothingIsNoNews) {
  Netlink netlink = open_netlink();
  all_news(netlink);
  ip("link set left mtu 1400");
  ip("addr add 192.0.2.1/24 dev left");
  ip("addr del 192.0.2.1/24 dev left");
  EXPECT_TRUE(readable(netlink.event_fd()));
  EXPECT_TRUE(all_news(netlink).empty());
}

TEST_F(NetlinkTest, APortThatLeavesABridgeIsNotGone) {
  ip("link add bridge type bridge");
  Netlink netlink = open_netlink();
  all_news(netlink);
  ip("link set left master bridge");
  ip("link set left nomaster");
  all_news(netlink);
  EXPECT_TRUE(netlink.links().contains(index_of("left")));
}

TEST_F(NetlinkTest, AnotherInterfaceUnderTheSameNameIsToldAfterTheFirstIsGone) {
  Netlink netlink = open_netlink();
  all_news(netlink);
  const int old = index_of("left");
  ip("link del left");
  ip("link add left type veth peer name right");
  ASSERT_NE(index_of("left"), old);
  const std::vector<VrrpEvent> news = all_news(netlink);
  ASSERT_EQ(news.size(), 4U);
  EXPECT_TRUE(std::holds_alternative<LinkGone>(news[0]));
  EXPECT_TRUE(std::holds_alternative<LinkGone>(news[1]));
  EXPECT_TRUE(std::holds_alternative<LinkChanged>(news[2]));
  EXPECT_TRUE(std::holds_alternative<LinkChanged>(news[3]));
}

TEST_F(NetlinkTest, ReadsEverythingAnewWhenEventsWereLost) {
  Netlink netlink = open_netlink();
  all_news(netlink);
  const int smallest = 1;
  ASSERT_EQ(::setsockopt(netlink.event_fd(), SOL_SOCKET, SO_RCVBUF, &smallest, sizeof smallest), 0);
  std::string lines = "link set right name d\n";
  for (int i = 1; i <= 200; ++i) {
    lines += "addr add 192.0.2." + std::to_string(i) + "/24 dev left\n";
  }
  lines += "link add e type veth peer name f\nlink del e\nlink add g type veth peer name h\n";
  ip_batch(lines);
  std::array<std::uint32_t, SK_MEMINFO_VARS> memory{};
  socklen_t size = sizeof memory;
  ASSERT_EQ(::getsockopt(netlink.event_fd(), SOL_SOCKET, SO_MEMINFO, memory.data(), &size), 0);
  ASSERT_GT(memory[SK_MEMINFO_DROPS], 0U) << "no event was lost: this test tests nothing";

  all_news(netlink);
  EXPECT_EQ(netlink.links().at(index_of("left")).addresses.size(), 200U);
  EXPECT_EQ(netlink.links().at(index_of("d")).name, "d");
  EXPECT_EQ(netlink.links().size(), 5U);  // lo, left, d, g, h

  // And the events after the loss are told as before.
  ip("addr del 192.0.2.1/24 dev left");
  EXPECT_FALSE(all_news(netlink).empty());
}

// The flood goes on while it is read: some events are lost, some are not.
TEST_F(NetlinkTest, LosesNothingForGoodInAFloodThatGoesOn) {
  Netlink netlink = open_netlink();
  all_news(netlink);
  const int smallest = 1;
  ASSERT_EQ(::setsockopt(netlink.event_fd(), SOL_SOCKET, SO_RCVBUF, &smallest, sizeof smallest), 0);
  std::string lines;
  for (int round = 0; round < 5; ++round) {
    lines += "link add e type veth peer name f\n";
    for (int i = 1; i <= 100; ++i) {
      lines +=
          "addr add 10.0." + std::to_string(round) + "." + std::to_string(i) + "/24 dev left\n";
      if (i % 2 == 0) {
        lines +=
            "addr del 10.0." + std::to_string(round) + "." + std::to_string(i) + "/24 dev left\n";
      }
    }
    lines += "link del e\n";
  }
  std::thread flood([&] { ip_batch(lines); });
  // What the core is told piece by piece must come to what is there.
  std::map<int, Link> told = netlink.links();
  std::atomic<bool> over = false;
  std::thread end([&] {
    flood.join();
    over = true;
  });
  const auto lost = [&] {
    std::array<std::uint32_t, SK_MEMINFO_VARS> memory{};
    socklen_t size = sizeof memory;
    HF_CHECK(::getsockopt(netlink.event_fd(), SOL_SOCKET, SO_MEMINFO, memory.data(), &size) == 0);
    return memory[SK_MEMINFO_DROPS];
  };
  while (lost() == 0 && !over) std::this_thread::yield();
  for (bool last = false; !last;) {
    last = over;
    pollfd poll{netlink.event_fd(), POLLIN, 0};
    ::poll(&poll, 1, 10);
    for (const VrrpEvent& event : all_news(netlink)) {
      if (const auto* const changed = std::get_if<LinkChanged>(&event)) {
        told[changed->link.index] = changed->link;
      } else {
        told.erase(std::get<LinkGone>(event).index);
      }
    }
  }
  end.join();
  ASSERT_GT(lost(), 0U) << "no event was lost: this test tests nothing";
  EXPECT_EQ(told, open_netlink().links());
  EXPECT_EQ(told.at(index_of("left")).addresses.size(), 250U);
}

}  // namespace
}  // namespace holdfast::vrrp
