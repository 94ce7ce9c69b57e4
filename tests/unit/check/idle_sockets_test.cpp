// SPDX-License-Identifier: Apache-2.0
#include "check-worker/idle_sockets.h"

#include <errno.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <memory>
#include <string>
#include <vector>

#include "check-worker/probe.h"
#include "common/clock.h"
#include "tests/unit/check/port.h"
#include "tests/unit/common/loop_test.h"

namespace holdfast::check {
namespace {

class IdleSocketsTest : public LoopTest {
 protected:
  // A probe that may leave its socket to the next one.
  std::unique_ptr<Probe> begin(const TcpCheck& check, std::function<void()> ready,
                               ConnectConfig from = {}) {
    return std::make_unique<Probe>(loop_, tls_, inquiry_of(check, {}), std::move(from),
                                   std::move(ready), ProbeSupplies{.check = "one", .idle = &idle_});
  }

  Verdict await(const TcpCheck& check, const ConnectConfig& from = {}) {
    std::unique_ptr<Probe> probe;
    probe = begin(
        check, [&] { loop_.stop(); }, from);
    while (!probe->result()) run();
    return probe->result()->verdict;
  }

  int idle_of(Family family) {
    auto idle = idle_.take(family);
    const int number = idle ? idle->socket.get() : -1;
    if (idle) idle_.put(family, std::move(*idle));
    return number;
  }

  TlsClient tls_;  // that nobody uses
  IdleSockets idle_;
};

TEST_F(IdleSocketsTest, ASecondConnectionIsMadeByTheSocketOfTheFirst) {
  const Port port(8);
  const Port other(8);
  ASSERT_EQ(await({port.endpoint()}), Verdict::kGood);
  const int number = idle_of(Family::kIpv4);
  ASSERT_GE(number, 0);
  EXPECT_EQ(await({other.endpoint()}), Verdict::kGood);
  EXPECT_EQ(await({port.endpoint()}), Verdict::kGood);
  EXPECT_EQ(idle_of(Family::kIpv4), number);
  EXPECT_EQ(idle_of(Family::kIpv6), -1);
}

TEST_F(IdleSocketsTest, Ipv6) {
  const OwnedFd listener(::socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in6 address{};
  address.sin6_family = AF_INET6;
  address.sin6_addr = in6addr_loopback;
  socklen_t size = sizeof address;
  if (!listener || ::bind(listener.get(), reinterpret_cast<sockaddr*>(&address), size) != 0) {
    GTEST_SKIP() << "this machine has no IPv6";
  }
  ASSERT_EQ(::getsockname(listener.get(), reinterpret_cast<sockaddr*>(&address), &size), 0);
  ASSERT_EQ(::listen(listener.get(), 8), 0);
  const TcpCheck check{{IpAddress::parse("::1").value(), ntohs(address.sin6_port)}};
  ASSERT_EQ(await(check), Verdict::kGood);
  const int number = idle_of(Family::kIpv6);
  ASSERT_GE(number, 0);
  EXPECT_EQ(await(check), Verdict::kGood);
  EXPECT_EQ(idle_of(Family::kIpv6), number);
}

TEST_F(IdleSocketsTest, EachConnectionIsReset) {
  const Port port(8);
  for (int i = 0; i < 2; ++i) {
    OwnedFd served;
    std::unique_ptr<Probe> probe;
    probe = begin({port.endpoint(), {{"ping", "pong"}}}, [&] { loop_.stop(); });
    while (!served || !probe->result()) {
      run();
      if (probe->result() || served) continue;
      served = port.accept();
      ASSERT_EQ(::send(served.get(), "pong", 4, 0), 4);
    }
    EXPECT_EQ(probe->result()->verdict, Verdict::kGood);
    probe.reset();
    char byte = 0;
    while (::recv(served.get(), &byte, 1, 0) == 1) EXPECT_NE(byte, 0);  // the request
    EXPECT_EQ(errno, ECONNRESET);
  }
}

// The reset of a socket's own connection is an event, too.
TEST_F(IdleSocketsTest, WhatBecameOfTheConnectionBeforeIsNotTold) {
  const Port port(8);
  const Port full(0);
  std::vector<OwnedFd> queue;
  for (int i = 0; i < 4; ++i) {
    queue.push_back(tcp_socket(SOCK_NONBLOCK));
    connect_to(queue.back(), full.number());
  }
  ASSERT_EQ(await({port.endpoint()}), Verdict::kGood);
  const auto probe = begin({full.endpoint()}, [] { ADD_FAILURE() << "there was no answer"; });
  Timer later(loop_, [this] { loop_.stop(); });
  later.set(monotonic_now() + std::chrono::milliseconds{50});
  run();
  EXPECT_FALSE(probe->result().has_value());
}

TEST_F(IdleSocketsTest, OneThatFailedIsClosed) {
  const Port port(8);
  const Port closed(std::nullopt);
  ASSERT_EQ(await({port.endpoint()}), Verdict::kGood);
  EXPECT_EQ(await({closed.endpoint()}), Verdict::kBad);
  EXPECT_EQ(idle_of(Family::kIpv4), -1);
  EXPECT_EQ(await({port.endpoint()}), Verdict::kGood);
}

TEST_F(IdleSocketsTest, OneThatComesFromAPlaceOfItsOwnServesNobodyElse) {
  const Port port(8);
  ConnectConfig from;
  from.source = IpAddress::v4({127, 0, 0, 1});
  ASSERT_EQ(await({port.endpoint()}, from), Verdict::kGood);
  EXPECT_EQ(idle_of(Family::kIpv4), -1);
  EXPECT_EQ(await({port.endpoint()}), Verdict::kGood);
  EXPECT_GE(idle_of(Family::kIpv4), 0);
}

TEST_F(IdleSocketsTest, NoMoreAreKeptThanMayBe) {
  idle_ = IdleSockets(1);
  const Port port(8);
  auto one = begin({port.endpoint()}, [] {});
  auto two = begin({port.endpoint()}, [] {});
  Timer later(loop_, [this] { loop_.stop(); });
  for (const auto& probe : {&one, &two}) {
    while (!(*probe)->result()) {
      later.set(monotonic_now() + std::chrono::milliseconds{1});
      run();
    }
    probe->reset();
  }
  EXPECT_TRUE(idle_.take(Family::kIpv4));
  EXPECT_FALSE(idle_.take(Family::kIpv4));
}

}  // namespace
}  // namespace holdfast::check
