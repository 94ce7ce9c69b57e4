// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>
#include <sched.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <memory>
#include <string>

#include "balance-worker/core/reconciler.h"
#include "balance-worker/nft_marks.h"
#include "balance-worker/nftables.h"

// The marks of addresses that are one service, in a real kernel: nft(8) is the witness of what
// stands there, and packets of what they are marked with.
namespace holdfast::balance {
namespace {

std::string run(const std::string& command) {
  const std::unique_ptr<FILE, int (*)(FILE*)> pipe(::popen((command + " 2>&1").c_str(), "r"),
                                                   &::pclose);
  std::string said;
  std::array<char, 4096> some{};
  while (const std::size_t size = std::fread(some.data(), 1, some.size(), pipe.get())) {
    said.append(some.data(), size);
  }
  return said;
}

ServiceKey at(const std::string& where, Protocol protocol = Protocol::kUdp) {
  const Endpoint endpoint = Endpoint::parse(where).value();
  return {endpoint.address.family(), 0, protocol, endpoint};
}
ServiceKey all_ports(const std::string& address) {
  const IpAddress parsed = IpAddress::parse(address).value();
  return {parsed.family(), 0, Protocol::kUdp, {parsed, 0}};
}

class MarksTest : public testing::Test {
 protected:
  void SetUp() override {
    if (::geteuid() != 0) GTEST_SKIP() << "needs root";
    ASSERT_EQ(::unshare(CLONE_NEWNET), 0);
    ASSERT_EQ(run("ip link set lo up"), "");
  }

  static std::string table() { return run("nft list table inet holdfast-marks"); }
  // A packet to that address, sent by this host.
  static void send(const std::string& address, int port) {
    run("bash -c 'echo x > /dev/udp/" + address + "/" + std::to_string(port) + "'");
  }
  // Another table sees the marks that are there after ours.
  static void count(std::uint32_t mark) {
    const std::string name = "m" + std::to_string(mark);
    ASSERT_EQ(run("nft 'add table inet " + name + "; add chain inet " + name +
                  " out { type filter hook output priority 0; }; add rule inet " + name +
                  " out meta mark " + std::to_string(mark) + " counter'"),
              "");
  }
  static bool counted(std::uint32_t mark, int packets) {
    const std::string name = "m" + std::to_string(mark);
    return run("nft list table inet " + name).find("packets " + std::to_string(packets) + " ") !=
           std::string::npos;
  }

  NftMarks marks_;
};

TEST_F(MarksTest, WhatIsWrittenIsReadBack) {
  Marks wanted{{at("192.0.2.1:80"), 1000},
               {at("192.0.2.1:80", Protocol::kTcp), 1001},
               {at("[2001:db8::1]:53"), 1002},
               {all_ports("192.0.2.9"), 1003},
               {all_ports("2001:db8::9"), 4294967295U}};
  ASSERT_TRUE(marks_.change(wanted));
  NftMarks other;
  auto read = other.read();
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(read->marks, wanted);
  EXPECT_FALSE(read->damaged);

  const std::string before = table();
  ASSERT_TRUE(other.change(wanted));
  EXPECT_EQ(table(), before);
  wanted.erase(all_ports("192.0.2.9"));
  wanted[at("192.0.2.1:80")] = 7;
  ASSERT_TRUE(other.change(wanted));
  EXPECT_EQ(NftMarks().read().value().marks, wanted);
  ASSERT_TRUE(other.change({}));
  EXPECT_NE(table().find("No such file"), std::string::npos) << table();
}

TEST_F(MarksTest, PacketsAreMarked) {
  ASSERT_EQ(run("ip route add local 198.18.0.0/21 dev lo"), "");
  ASSERT_EQ(run("ip -6 address add 2001:db8::1/128 dev lo nodad"), "");
  count(1000);
  count(1001);
  count(1002);
  Marks wanted{{at("[2001:db8::1]:53"), 1001}, {all_ports("198.18.7.255"), 1002}};
  for (int i = 0; i < 2000; ++i) {
    const std::string address = "198.18." + std::to_string(i / 256) + "." + std::to_string(i % 256);
    wanted.emplace(at(address + ":53"), 1000);
  }
  ASSERT_TRUE(marks_.change(wanted));
  send("198.18.0.1", 53);
  send("198.18.7.207", 53);
  send("198.18.0.1", 54);
  send("198.18.7.208", 53);
  EXPECT_TRUE(counted(1000, 2)) << run("nft list ruleset");
  send("2001:db8::1", 53);
  EXPECT_TRUE(counted(1001, 1));
  send("198.18.7.255", 7);
  send("198.18.7.255", 8);
  EXPECT_TRUE(counted(1002, 2));
}

TEST_F(MarksTest, AnAddressWithAPortComesBeforeAllPorts) {
  ASSERT_EQ(run("ip route add local 198.18.0.0/21 dev lo"), "");
  count(1);
  count(2);
  ASSERT_TRUE(marks_.change({{all_ports("198.18.0.1"), 1}, {at("198.18.0.1:53"), 2}}));
  send("198.18.0.1", 53);
  send("198.18.0.1", 99);
  EXPECT_TRUE(counted(1, 1));
  EXPECT_TRUE(counted(2, 1));
}

TEST_F(MarksTest, WhatIsDamagedIsMadeAnewOrGoes) {
  const Marks wanted{{at("192.0.2.1:80"), 1000}};
  ASSERT_TRUE(marks_.change(wanted));
  ASSERT_EQ(run("nft flush chain inet holdfast-marks output"), "");
  auto read = marks_.read();
  ASSERT_TRUE(read);
  EXPECT_TRUE(read->damaged);
  EXPECT_TRUE(read->marks.empty());
  ASSERT_TRUE(marks_.change(wanted));
  EXPECT_FALSE(NftMarks().read().value().damaged);

  ASSERT_EQ(run("nft flush chain inet holdfast-marks output"), "");
  ASSERT_TRUE(marks_.read());
  ASSERT_TRUE(marks_.change({}));
  EXPECT_NE(table().find("No such file"), std::string::npos) << table();
}

TEST_F(MarksTest, ADamagedTableOfTheBackendGoesWhenNothingTakesItsPlace) {
  auto opened = Nftables::open();
  ASSERT_TRUE(opened);
  MarkingBackend backend(std::make_unique<Nftables>(std::move(*opened)));
  ServiceOptions options;
  options.scheduler = "rr";
  const std::vector<IpvsCommand> add{AddService{at("192.0.2.1:80"), options}};
  EXPECT_TRUE(backend.execute(add).empty());
  ASSERT_EQ(run("nft flush chain inet holdfast-balance output"), "");
  const auto table = backend.read();
  ASSERT_TRUE(table);
  EXPECT_TRUE(table->damaged);
  const std::vector<IpvsCommand> commands = commands_to(*table, {}, {}, {});
  EXPECT_EQ(commands, std::vector<IpvsCommand>{Sweep{}});
  EXPECT_TRUE(backend.execute(commands).empty());
  EXPECT_EQ(run("nft list ruleset"), "");
}

}  // namespace
}  // namespace holdfast::balance
