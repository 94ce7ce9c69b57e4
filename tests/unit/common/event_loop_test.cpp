// SPDX-License-Identifier: Apache-2.0
#include "common/event_loop.h"

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdlib>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "common/edge_watch.h"
#include "common/owned_fd.h"
#include "tests/unit/common/loop_test.h"

namespace holdfast {
namespace {

using std::chrono::milliseconds;

constexpr Ready kWrite{false, true};
constexpr Ready kNothing{false, false};

// A socket with a port of its own, neither connected nor listening.
struct Bound {
  explicit Bound(int type) : socket(::socket(AF_INET, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)) {
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* const generic = reinterpret_cast<sockaddr*>(&address);
    EXPECT_EQ(::bind(socket.get(), generic, size), 0);
    EXPECT_EQ(::getsockname(socket.get(), generic, &size), 0);
  }
  int connect(const OwnedFd& from) const {
    return ::connect(from.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address);
  }
  OwnedFd socket;
  sockaddr_in address{};
};

class WatchTest : public LoopTest {};
class EdgeWatchTest : public LoopTest {};
class SignalWatchTest : public LoopTest {};

TEST_F(WatchTest, TellsReadableAndWritable) {
  Stream stream;
  std::vector<Ready> told;
  Watch watch(loop_, stream.near.get(), kRead, [&](Ready ready) {
    told.push_back(ready);
    loop_.stop();
  });
  write_byte(stream.far);
  run();
  watch.set_interest(kWrite);
  run();
  watch.set_interest({true, true});
  run();
  ASSERT_EQ(told.size(), 3U);
  EXPECT_TRUE(told[0].readable && !told[0].writable);
  EXPECT_TRUE(!told[1].readable && told[1].writable);
  EXPECT_TRUE(told[2].readable && told[2].writable);
}

TEST_F(WatchTest, WithoutInterestIsSilent) {
  Stream stream;
  int told = 0;
  Watch watch(loop_, stream.near.get(), kNothing, [&](Ready) {
    ++told;
    loop_.stop();
  });
  Timer last(loop_, [&] { loop_.stop(); });
  write_byte(stream.far);
  last.set(monotonic_now() + milliseconds{5});
  run();
  EXPECT_EQ(told, 0);
  watch.set_interest(kRead);
  run();
  EXPECT_EQ(told, 1);
}

TEST_F(WatchTest, TellsThatThePeerHasClosed) {
  Stream stream;
  const Watch watch(loop_, stream.near.get(), kRead, [&](Ready ready) {
    EXPECT_TRUE(ready.readable);
    loop_.stop();
  });
  stream.far.reset();
  run();
}

TEST_F(WatchTest, GoesOnAfterAnErrorOfTheSocket) {
  Bound receiver(SOCK_DGRAM);
  const OwnedFd sender(::socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  ASSERT_EQ(receiver.connect(sender), 0);
  receiver.socket.reset();
  int told = 0;
  const Watch watch(loop_, sender.get(), kRead, [&](Ready ready) {
    EXPECT_TRUE(ready.readable);
    char byte = 0;
    EXPECT_EQ(::recv(sender.get(), &byte, 1, 0), -1);
    EXPECT_EQ(errno, ECONNREFUSED);
    ++told;
    loop_.stop();
  });
  write_byte(sender);
  run();
  write_byte(sender);
  run();
  EXPECT_EQ(told, 2);
}

TEST_F(WatchTest, TellsARefusedConnectAsWritable) {
  const Bound server(SOCK_STREAM);
  const OwnedFd client(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  ASSERT_EQ(server.connect(client), -1);
  ASSERT_EQ(errno, EINPROGRESS);
  const Watch watch(loop_, client.get(), kWrite, [&](Ready ready) {
    EXPECT_TRUE(ready.writable);
    int error = 0;
    socklen_t size = sizeof error;
    EXPECT_EQ(::getsockopt(client.get(), SOL_SOCKET, SO_ERROR, &error, &size), 0);
    EXPECT_EQ(error, ECONNREFUSED);
    loop_.stop();
  });
  run();
}

TEST_F(WatchTest, MayBeMoved) {
  Stream stream;
  Stream other;
  int told = 0;
  Watch first(loop_, stream.near.get(), kRead, [&](Ready) {
    ++told;
    loop_.stop();
  });
  Watch second(loop_, other.near.get(), kRead, [&](Ready) { FAIL() << "was replaced"; });
  write_byte(other.far);
  second = std::move(first);
  const Watch third(std::move(second));
  write_byte(stream.far);
  run();
  EXPECT_EQ(told, 1);
}

TEST_F(WatchTest, GivesItsDescriptorFreeAtOnce) {
  Stream stream;
  Watch watch(loop_, stream.near.get(), kRead, [&](Ready) { FAIL() << "was replaced"; });
  write_byte(stream.far);
  watch = Watch();
  watch = Watch(loop_, stream.near.get(), kRead, [&](Ready) { loop_.stop(); });
  run();
}

TEST_F(WatchTest, MayBeDestroyedInACallback) {
  // Both are ready in one turn; whichever is told first destroys both.
  Stream a_stream;
  Stream b_stream;
  int told = 0;
  Watch a;
  Watch b;
  auto captured = std::make_shared<std::string>("alive");
  const auto destroy_both = [&, captured](Ready) {
    ++told;
    a = Watch();
    b = Watch();
    a_stream.near.reset();
    b_stream.near.reset();
    EXPECT_EQ(*captured, "alive");
  };
  a = Watch(loop_, a_stream.near.get(), kRead, destroy_both);
  b = Watch(loop_, b_stream.near.get(), kRead, destroy_both);
  captured.reset();
  write_byte(a_stream.far);
  write_byte(b_stream.far);
  Timer last(loop_, [&] { loop_.stop(); });
  last.set(monotonic_now() + milliseconds{5});
  run();
  EXPECT_EQ(told, 1);
}

TEST_F(EdgeWatchTest, TellsWhatIsNewAndOnce) {
  Stream stream;
  std::vector<Ready> told;
  EdgeWatch watch(loop_, stream.near.get(), {true, true}, [&](Ready ready) {
    told.push_back(ready);
    loop_.stop();
  });
  run();
  write_byte(stream.far);
  run();
  ASSERT_EQ(told.size(), 2U);
  EXPECT_TRUE(told[0].writable && !told[0].readable);
  EXPECT_TRUE(told[1].readable);

  Timer last(loop_, [&] { loop_.stop(); });
  last.set(monotonic_now() + milliseconds{5});
  run();
  EXPECT_EQ(told.size(), 2U) << "though the byte is still there";
  watch.again();
  run();
  ASSERT_EQ(told.size(), 3U);
  EXPECT_TRUE(told[2].readable);
}

TEST_F(EdgeWatchTest, EndsWithItsDescriptor) {
  Stream stream;
  const int number = stream.near.get();
  std::optional<EdgeWatch> watch;
  watch.emplace(loop_, number, kRead, [&](Ready) { FAIL() << "was closed"; });
  write_byte(stream.far);
  watch.reset();
  stream.near.reset();
  Stream other;
  ASSERT_EQ(other.near.get(), number);
  watch.emplace(loop_, number, kRead, [&](Ready) { loop_.stop(); });
  other.far.reset();
  run();
}

// Both are ready in one turn: of the other one nobody may be told what was before.
TEST_F(EdgeWatchTest, HandedOverTellsAnotherWhatComesAfter) {
  Stream a_stream;
  Stream b_stream;
  int first = 0;
  std::vector<char> second;
  std::optional<EdgeWatch> a;
  std::optional<EdgeWatch> b;
  a.emplace(loop_, a_stream.near.get(), kRead, [&](Ready) {
    if (++first == 1) b->hand_over([&](Ready) { second.push_back('b'); });
  });
  b.emplace(loop_, b_stream.near.get(), kRead, [&](Ready) {
    if (++first == 1) a->hand_over([&](Ready) { second.push_back('a'); });
  });
  write_byte(a_stream.far);
  write_byte(b_stream.far);
  Timer last(loop_, [&] { loop_.stop(); });
  last.set(monotonic_now() + milliseconds{5});
  run();
  EXPECT_EQ(first, 1);
  EXPECT_TRUE(second.empty());
  write_byte(a_stream.far);
  write_byte(b_stream.far);
  last.set(monotonic_now() + milliseconds{5});
  run();
  EXPECT_EQ(second.size(), 1U);
}

TEST_F(WatchTest, IsNotToldAfterStop) {
  Stream a_stream;
  Stream b_stream;
  int told = 0;
  const auto stop = [&](Ready) {
    ++told;
    loop_.stop();
  };
  const Watch a(loop_, a_stream.near.get(), kRead, stop);
  const Watch b(loop_, b_stream.near.get(), kRead, stop);
  write_byte(a_stream.far);
  write_byte(b_stream.far);
  run();
  EXPECT_EQ(told, 1);
  run();
  EXPECT_EQ(told, 2) << "what was ready is told when the loop runs again";
}

TEST_F(SignalWatchTest, TellsEachDelivery) {
  int told = 0;
  const SignalWatch watch(loop_, SIGUSR1, [&] {
    if (++told == 2) loop_.stop();
  });
  const SignalWatch other(loop_, SIGUSR2, [&] { FAIL() << "another signal"; });
  Timer timer(loop_, [&] {
    EXPECT_EQ(std::raise(SIGUSR1), 0);
    EXPECT_EQ(std::raise(SIGUSR1), 0);
  });
  timer.set(Time{});
  run();
  EXPECT_EQ(told, 2);
}

TEST_F(SignalWatchTest, MayBeDestroyedInItsCallback) {
  std::unique_ptr<SignalWatch> watch;
  auto captured = std::make_shared<std::string>("alive");
  watch = std::make_unique<SignalWatch>(loop_, SIGUSR1, [&, captured = std::move(captured)] {
    watch.reset();
    EXPECT_EQ(*captured, "alive");
    loop_.stop();
  });
  EXPECT_EQ(std::raise(SIGUSR1), 0);
  run();
  EXPECT_EQ(watch, nullptr);
}

}  // namespace
}  // namespace holdfast
