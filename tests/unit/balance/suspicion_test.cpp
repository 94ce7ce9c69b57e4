// SPDX-License-Identifier: Apache-2.0
#include "balance-worker/core/suspicion.h"

#include <gtest/gtest.h>

#include "tests/unit/balance/balance_fixture.h"

namespace holdfast::balance {
namespace {

const std::string kServer = "web/10.0.0.1:80";  // NOLINT(cert-err58-cpp)
using News = std::vector<ServerSuspicion>;

class SuspicionsTest : public testing::Test {
 protected:
  explicit SuspicionsTest(ForwardingMethod method = ForwardingMethod::kMasquerade) {
    config_.virtual_servers = {web(1)};
    config_.virtual_servers[0].real_servers[0].forwarding.method = method;
    EXPECT_EQ(read(), News{}) << "nothing to compare with";
  }

  // Two seconds later so much more was counted.
  News count(std::uint64_t connections, std::uint64_t in, std::uint64_t out,
             std::uint32_t active = 0) {
    counted_.traffic.connections += connections;
    counted_.traffic.packets_in += in;
    counted_.traffic.packets_out += out;
    counted_.active = active;
    now_ += seconds{2};
    return read();
  }
  News read() {
    Counters counters;
    counters[web_key()].destinations = {{at(1), counted_}};
    return suspicions_.look(servers_of(config_), counters, {}, now_);
  }

  static News suspect(const std::string& why) { return {{kServer, true, why}}; }
  static News clear(const std::string& why) { return {{kServer, false, why}}; }

  Config config_;
  DestinationCounters counted_;
  Time now_ = kStart;
  Suspicions suspicions_;
};

class DirectSuspicionsTest : public SuspicionsTest {
 protected:
  DirectSuspicionsTest() : SuspicionsTest(ForwardingMethod::kDirect) {}
};

TEST_F(SuspicionsTest, PacketsThatNoneAnswersTwice) {
  EXPECT_EQ(count(0, 10, 0, 5), News{});
  EXPECT_EQ(count(0, 12, 0, 5), suspect("12 packets came in, none went back"));
  EXPECT_EQ(count(0, 12, 0, 5), News{}) << "once";
}

TEST_F(SuspicionsTest, AFewOrOnceOrWithAPauseProveNothing) {
  for (int i = 0; i < 5; ++i) EXPECT_EQ(count(1, 9, 0, 5), News{}) << "few";
  EXPECT_EQ(count(0, 10, 0, 5), News{});
  EXPECT_EQ(count(0, 0, 0, 5), News{}) << "quiet";
  EXPECT_EQ(count(0, 10, 0, 5), News{});
  EXPECT_EQ(count(4, 40, 30, 5), News{}) << "as it should be";
}

TEST_F(SuspicionsTest, ConnectionsThatAreRefused) {
  EXPECT_EQ(count(3, 3, 3), News{});
  EXPECT_EQ(count(5, 10, 5), suspect("5 connections were opened, none was established"));
}

TEST_F(SuspicionsTest, TwoReadingsWithAnswersClearIt) {
  count(0, 10, 0);
  count(0, 10, 0);
  EXPECT_EQ(count(1, 6, 5, 1), News{});
  EXPECT_EQ(count(0, 0, 0, 1), News{}) << "quiet is neither";
  EXPECT_EQ(count(1, 6, 5, 1), clear("it answers"));
  EXPECT_EQ(count(0, 10, 0), News{});
  EXPECT_EQ(count(0, 10, 0), suspect("10 packets came in, none went back"));
}

TEST_F(SuspicionsTest, WhoGetsNoTrafficAnyMoreIsForgotten) {
  count(0, 10, 0);
  count(0, 10, 0);
  for (int i = 0; i < 14; ++i) EXPECT_EQ(count(0, 0, 0), News{});
  EXPECT_EQ(count(0, 0, 0), clear("no further sign"));
}

TEST_F(SuspicionsTest, CountersThatBeginAnewAreNoEvidence) {
  count(9, 100, 100);
  count(0, 10, 0);
  counted_.traffic = {};
  EXPECT_EQ(count(0, 50, 0), News{});
  EXPECT_EQ(count(0, 50, 0), News{}) << "the first that can be compared";
}

TEST_F(SuspicionsTest, AServerThatLeavesTheTableIsNotSuspectAnyMore) {
  count(0, 10, 0);
  count(0, 10, 0);
  EXPECT_EQ(suspicions_.look(servers_of(config_), {}, {}, now_), clear("it is not in the table"));
  count(0, 10, 0);
  count(0, 10, 0);
  EXPECT_EQ(count(0, 10, 0), suspect("10 packets came in, none went back"));
  EXPECT_EQ(suspicions_.look({}, {}, {}, now_), News{})
      << "nobody may speak of what is not configured";
}

TEST_F(SuspicionsTest, AnEarlierLifesSuspicionIsTakenUp) {
  Suspicions next;
  next.restore({kServer, true, "so"}, now_);
  EXPECT_EQ(next.look(servers_of(config_), {}, {}, now_), clear("it is not in the table"));
}

TEST_F(SuspicionsTest, UdpIsNotLookedAt) {
  config_.virtual_servers[0].protocol = TransportProtocol::kUdp;
  for (int i = 0; i < 4; ++i) EXPECT_EQ(count(9, 100, 0), News{});
}

// With direct routing the answers do not come by here.
TEST_F(DirectSuspicionsTest, OnlyConnectionsThatAreNotEstablishedCount) {
  for (int i = 0; i < 4; ++i) EXPECT_EQ(count(5, 30, 0), News{}) << "short ones, which have ended";
  for (int i = 0; i < 4; ++i) EXPECT_EQ(count(5, 9, 0, 1), News{}) << "one stands";
  EXPECT_EQ(count(5, 10, 0), News{});
  EXPECT_EQ(count(3, 8, 0), suspect("3 connections were opened, none was established"));
  EXPECT_EQ(count(1, 9, 0, 1), News{});
  EXPECT_EQ(count(1, 9, 0, 2), clear("it answers"));
}

}  // namespace
}  // namespace holdfast::balance
