// SPDX-License-Identifier: Apache-2.0
#include "check-worker/probe.h"

#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstring>
#include <fstream>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "tests/unit/check/port.h"
#include "tests/unit/common/loop_test.h"

namespace holdfast::check {
namespace {

using std::chrono::milliseconds;

int lowest_free_descriptor() {
  return OwnedFd(::dup(STDIN_FILENO)).get();
}

TlsClient& tls_client() {
  static TlsClient client;  // that nobody uses
  return client;
}

// As CheckWorker begins one.
std::unique_ptr<Probe> tcp_probe(EventLoop& loop, const Endpoint& target,
                                 std::function<void()> ready) {
  return std::make_unique<Probe>(loop, tls_client(), inquiry_of(TcpCheck{target}, {}),
                                 ConnectConfig{}, std::move(ready));
}

// The result of one probe, awaited.
ProbeResult probe(EventLoop& loop, const Endpoint& target) {
  std::unique_ptr<Probe> probe;
  probe = tcp_probe(loop, target, [&] {
    if (probe->result()) loop.stop();
  });
  Timer limit(loop, [&loop] { loop.stop(); });
  limit.set(monotonic_now() + std::chrono::seconds{10});
  if (!probe->result()) loop.run();
  return probe->result().value_or(ProbeResult{Verdict::kNotMade, "no answer in ten seconds"});
}

class ProbeTest : public LoopTest {};

TEST_F(ProbeTest, AnOpenPortIsGood) {
  const Port port(8);
  const ProbeResult result = probe(loop_, port.endpoint());
  EXPECT_EQ(result.verdict, Verdict::kGood);
  EXPECT_TRUE(testing::internal::RE::FullMatch(result.reason, "connected in [0-9]+\\.[0-9] ms"))
      << result.reason;
}

TEST_F(ProbeTest, AClosedPortIsBad) {
  const Port port(std::nullopt);
  const ProbeResult result = probe(loop_, port.endpoint());
  EXPECT_EQ(result.verdict, Verdict::kBad);
  EXPECT_EQ(result.reason, "connection refused");
}

TEST_F(ProbeTest, Ipv6) {
  const OwnedFd socket(::socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in6 address{};
  address.sin6_family = AF_INET6;
  address.sin6_addr = in6addr_loopback;
  socklen_t size = sizeof address;
  if (!socket || ::bind(socket.get(), reinterpret_cast<sockaddr*>(&address), size) != 0) {
    GTEST_SKIP() << "this machine has no IPv6";
  }
  ASSERT_EQ(::getsockname(socket.get(), reinterpret_cast<sockaddr*>(&address), &size), 0);
  const Endpoint endpoint{IpAddress::parse("::1").value(), ntohs(address.sin6_port)};
  EXPECT_EQ(probe(loop_, endpoint).reason, "connection refused");
  ASSERT_EQ(::listen(socket.get(), 8), 0);
  EXPECT_EQ(probe(loop_, endpoint).verdict, Verdict::kGood);
}

// A listener whose queue is full drops the handshake: the port is neither open nor closed.
TEST_F(ProbeTest, APortThatDoesNotAnswerHasNoResultAndIsLetGo) {
  const Port port(0);
  std::vector<OwnedFd> queue;
  for (int i = 0; i < 4; ++i) {
    queue.push_back(tcp_socket(SOCK_NONBLOCK));
    connect_to(queue.back(), port.number());
  }
  const int free_before = lowest_free_descriptor();
  {
    const auto probe =
        tcp_probe(loop_, port.endpoint(), [] { ADD_FAILURE() << "there was no answer"; });
    Timer later(loop_, [this] { loop_.stop(); });
    later.set(monotonic_now() + milliseconds{200});
    run();
    EXPECT_FALSE(probe->result().has_value());
    EXPECT_NE(lowest_free_descriptor(), free_before);
  }
  EXPECT_EQ(lowest_free_descriptor(), free_before);
}

TEST_F(ProbeTest, ClosesByReset) {
  const Port port(8);
  auto probe = tcp_probe(loop_, port.endpoint(), [] {});
  const OwnedFd served = port.accept();
  ASSERT_TRUE(probe->result().has_value());
  probe.reset();
  char byte = 0;
  EXPECT_EQ(::recv(served.get(), &byte, 1, 0), -1);
  EXPECT_EQ(errno, ECONNRESET);
}

TEST_F(ProbeTest, WithNothingToSayItEndsBeforeTheServersProgramHearsOfIt) {
  const Port port(8);
  EXPECT_EQ(probe(loop_, port.endpoint()).verdict, Verdict::kGood);
  const OwnedFd other = tcp_socket();
  ASSERT_EQ(connect_to(other, port.number()), 0);
  EXPECT_EQ(::send(other.get(), "x", 1, 0), 1);
  const OwnedFd served = port.accept();  // the first that there is
  char byte = 0;
  EXPECT_EQ(::recv(served.get(), &byte, 1, 0), 1);
  EXPECT_EQ(byte, 'x');
}

// However soon: found by whoever looks after the reset came.
TEST_F(ProbeTest, AConnectionAcceptedAndDroppedIsGood) {
  const Port port(8);
  const auto probe = tcp_probe(loop_, port.endpoint(), [] {});
  {
    const OwnedFd served = port.accept();
    const linger reset{1, 0};
    ASSERT_EQ(::setsockopt(served.get(), SOL_SOCKET, SO_LINGER, &reset, sizeof reset), 0);
  }
  ASSERT_TRUE(probe->result().has_value());
  EXPECT_EQ(probe->result()->verdict, Verdict::kGood) << probe->result()->reason;
}

TEST_F(ProbeTest, TheResultStays) {
  const Port port(8);
  const auto probe = tcp_probe(loop_, port.endpoint(), [] {});
  ASSERT_TRUE(probe->result().has_value());
  const std::string reason = probe->result()->reason;
  EXPECT_EQ(probe->result()->reason, reason);
}

TEST_F(ProbeTest, ALackOfDescriptorsSaysNothingOfTheTarget) {
  const Port port(8);
  EventLoop& loop = loop_;  // UBSan's look at *this takes a descriptor.
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &before), 0);
  rlimit tight = before;
  tight.rlim_cur = static_cast<rlim_t>(lowest_free_descriptor());
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &tight), 0);
  const ProbeResult result = probe(loop, port.endpoint());
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &before), 0);
  EXPECT_EQ(result.verdict, Verdict::kNotMade);
  EXPECT_EQ(result.reason, "too many open files");
}

TEST_F(ProbeTest, ManyAtOnce) {
  const Port open(512);
  const Port closed(std::nullopt);
  int good = 0;
  int bad = 0;
  std::vector<std::unique_ptr<Probe>> probes;
  const auto count = [&](std::size_t i) {
    if (!probes[i] || !probes[i]->result()) return;
    (probes[i]->result()->verdict == Verdict::kGood ? good : bad) += 1;
    probes[i].reset();  // From within its own callback.
    if (good + bad == 400) loop_.stop();
  };
  probes.resize(400);
  for (std::size_t i = 0; i < 400; ++i) {
    const Port& port = i % 2 == 0 ? open : closed;
    probes[i] = tcp_probe(loop_, port.endpoint(), [&count, i] { count(i); });
  }
  for (std::size_t i = 0; i < 400; ++i) count(i);  // Those that had ended as they began.
  run();
  EXPECT_EQ(good, 200);
  EXPECT_EQ(bad, 200);
}

// ---- In a network of its own, which only this thread sees.

class ProbeNetworkTest : public testing::Test {
 protected:
  void SetUp() override {
    if (::geteuid() != 0) GTEST_SKIP() << "a network namespace needs root";
  }

  static void in_new_network(const std::function<void()>& test) {
    std::thread([&test] {
      ASSERT_EQ(::unshare(CLONE_NEWNET), 0) << std::strerror(errno);
      test();
    }).join();
  }
  static void loopback_up() {
    const OwnedFd socket = tcp_socket();
    ifreq request{};
    std::strcpy(request.ifr_name, "lo");
    request.ifr_flags = IFF_UP;
    ASSERT_EQ(::ioctl(socket.get(), SIOCSIFFLAGS, &request), 0);
  }
  static void only_local_port(std::uint16_t port) {
    std::ofstream range("/proc/sys/net/ipv4/ip_local_port_range");
    range << port << " " << port << std::flush;
    ASSERT_TRUE(range.good());
  }
};

TEST_F(ProbeNetworkTest, WithoutARouteItSaysNothingOfTheTarget) {
  in_new_network([] {
    EventLoop loop;
    const ProbeResult result = probe(loop, {IpAddress::v4({192, 0, 2, 1}), 80});
    EXPECT_EQ(result.verdict, Verdict::kNotMade);
    EXPECT_EQ(result.reason, "this node has no route to the target");
  });
}

TEST_F(ProbeNetworkTest, AConnectionToItselfIsBad) {
  in_new_network([] {
    loopback_up();
    only_local_port(40'000);
    EventLoop loop;
    const ProbeResult result = probe(loop, {IpAddress::v4({127, 0, 0, 1}), 40'000});
    EXPECT_EQ(result.verdict, Verdict::kBad) << result.reason;
    EXPECT_EQ(result.reason, "nobody listens: the connection reached itself");
  });
}

TEST_F(ProbeNetworkTest, ALackOfPortsSaysNothingOfTheTarget) {
  in_new_network([] {
    loopback_up();
    only_local_port(40'000);
    const Port port(8, 5000);
    const OwnedFd taken = tcp_socket();
    ASSERT_EQ(connect_to(taken, 5000), 0) << std::strerror(errno);
    EventLoop loop;
    const ProbeResult result = probe(loop, port.endpoint());
    EXPECT_EQ(result.verdict, Verdict::kNotMade);
    EXPECT_EQ(result.reason, "cannot assign requested address");
  });
}

}  // namespace
}  // namespace holdfast::check
