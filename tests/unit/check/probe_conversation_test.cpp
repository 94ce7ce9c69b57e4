// SPDX-License-Identifier: Apache-2.0
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <memory>
#include <string>

#include "check-worker/probe.h"
#include "tests/unit/check/port.h"
#include "tests/unit/common/loop_test.h"

// How the engine carries a conversation, over real sockets.
namespace holdfast::check {
namespace {

using std::chrono::milliseconds;

// Says `question`, ends at the answer "good", and tells how it was treated.
class Asks final : public Conversation {
 public:
  explicit Asks(std::string question, Step after = {})
      : question_(std::move(question)), after_(std::move(after)) {}
  Step begin() override {
    heard_.clear();
    return ++begun_ > 1 ? say(question_) : Step{.send = question_, .anew = after_.anew};
  }
  Step received(std::string_view bytes) override {
    heard_ += bytes;
    if (heard_.size() >= 4) return conclude(heard_ == "good", "said " + heard_);
    return {};
  }
  Conclusion silence() const override { return {false, "only " + heard_}; }

 private:
  std::string question_;
  Step after_;
  std::string heard_;
  int begun_ = 0;
};

class ProbeConversationTest : public LoopTest {
 protected:
  void ask(const Endpoint& target, Transport transport = Transport::kTcp,
           const ConnectConfig& from = {}, std::string question = "how?", Step after = {}) {
    Inquiry inquiry{transport, target, nullptr,
                    std::make_unique<Asks>(std::move(question), std::move(after))};
    probe_ = std::make_unique<Probe>(loop_, tls_, std::move(inquiry), from, [this] {
      if (probe_->result()) loop_.stop();
    });
  }
  ProbeResult await() {
    if (!probe_->result()) run();
    return probe_->result().value_or(ProbeResult{Verdict::kNotMade, "no end"});
  }
  // Runs the loop until a descriptor has something to read.
  void await_bytes(const OwnedFd& descriptor) {
    const Watch watch(loop_, descriptor.get(), {true, false}, [this](Ready) { loop_.stop(); });
    run();
  }
  static std::string read_from(const OwnedFd& socket) {
    std::string text(64 * 1024, '\0');
    const ssize_t size = ::recv(socket.get(), text.data(), text.size(), 0);
    text.resize(static_cast<std::size_t>(std::max<ssize_t>(size, 0)));
    return text;
  }
  static void write_to(const OwnedFd& socket, std::string_view text) {
    ASSERT_EQ(::send(socket.get(), text.data(), text.size(), MSG_NOSIGNAL),
              static_cast<ssize_t>(text.size()));
  }

  TlsClient tls_;
  std::unique_ptr<Probe> probe_;
};

TEST_F(ProbeConversationTest, BytesGoBothWaysUntilTheEnd) {
  const Port port(8);
  ask(port.endpoint());
  const OwnedFd server = port.accept();
  EXPECT_FALSE(probe_->result());
  EXPECT_EQ(read_from(server), "how?");
  write_to(server, "go");
  write_to(server, "od");
  const ProbeResult result = await();
  EXPECT_EQ(result.verdict, Verdict::kGood);
  EXPECT_EQ(result.reason.substr(0, 13), "said good in ") << result.reason;
}

TEST_F(ProbeConversationTest, WhatTheSocketDoesNotTakeIsSentLater) {
  const Port port(8);
  const std::string question(8 * 1024 * 1024, '?');
  ask(port.endpoint(), Transport::kTcp, {}, question);
  const OwnedFd server = port.accept();
  EXPECT_FALSE(probe_->result());
  std::size_t size = 0;
  while (size < question.size()) {
    await_bytes(server);
    size += read_from(server).size();
  }
  write_to(server, "good");
  EXPECT_EQ(await().verdict, Verdict::kGood);
}

TEST_F(ProbeConversationTest, AnEarlyCloseIsBad) {
  const Port port(8);
  ask(port.endpoint());
  { const OwnedFd server = port.accept(); }
  const ProbeResult result = await();
  EXPECT_EQ(result.verdict, Verdict::kBad);
  EXPECT_EQ(result.reason, "closed the connection too early");
}

TEST_F(ProbeConversationTest, AResetIsBad) {
  const Port port(8);
  ask(port.endpoint());
  {
    const OwnedFd server = port.accept();
    EXPECT_FALSE(probe_->result());
    const linger reset{1, 0};
    ASSERT_EQ(::setsockopt(server.get(), SOL_SOCKET, SO_LINGER, &reset, sizeof reset), 0);
  }
  const ProbeResult result = await();
  EXPECT_EQ(result.verdict, Verdict::kBad);
  EXPECT_EQ(result.reason, "connection reset by peer");
}

TEST_F(ProbeConversationTest, SilenceSaysHowFarItCame) {
  const Port port(8);
  ask(port.endpoint());
  const OwnedFd server = port.accept();
  EXPECT_FALSE(probe_->result());
  write_to(server, "go");
  Timer later(loop_, [this] { loop_.stop(); });
  later.set(monotonic_now() + milliseconds{50});
  run();
  EXPECT_FALSE(probe_->result());
  EXPECT_EQ(probe_->silence().verdict, Verdict::kBad);
  EXPECT_EQ(probe_->silence().reason, "only go");
}

TEST_F(ProbeConversationTest, ConnectsAnewWhenThatIsWanted) {
  const Port port(8);
  ask(port.endpoint(), Transport::kTcp, {}, "how?", {.anew = Transport::kTcp});
  const OwnedFd first = port.accept();
  EXPECT_FALSE(probe_->result());
  EXPECT_EQ(read_from(first), "how?");
  const OwnedFd second = port.accept();
  EXPECT_FALSE(probe_->result());
  EXPECT_EQ(read_from(second), "how?");
  write_to(second, "good");
  EXPECT_EQ(await().verdict, Verdict::kGood);
}

// ---- Datagrams.

class UdpPort {
 public:
  UdpPort() {
    sockaddr_in address = loopback(0);
    socklen_t size = sizeof address;
    EXPECT_EQ(::bind(socket_.get(), reinterpret_cast<sockaddr*>(&address), size), 0);
    EXPECT_EQ(::getsockname(socket_.get(), reinterpret_cast<sockaddr*>(&address), &size), 0);
    endpoint_ = {IpAddress::v4({127, 0, 0, 1}), ntohs(address.sin_port)};
  }
  const Endpoint& endpoint() const { return endpoint_; }
  // Receives a datagram and answers it with others.
  void answer(std::initializer_list<std::string_view> answers) const {
    sockaddr_in peer{};
    socklen_t size = sizeof peer;
    std::array<char, 64> buffer{};
    const ssize_t got = ::recvfrom(socket_.get(), buffer.data(), buffer.size(), 0,
                                   reinterpret_cast<sockaddr*>(&peer), &size);
    EXPECT_EQ(std::string_view(buffer.data(), static_cast<std::size_t>(got)), "how?");
    for (const std::string_view text : answers) {
      ::sendto(socket_.get(), text.data(), text.size(), 0, reinterpret_cast<sockaddr*>(&peer),
               size);
    }
  }

 private:
  OwnedFd socket_{::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)};
  Endpoint endpoint_;
};

TEST_F(ProbeConversationTest, DatagramsAreHandedOverOneByOneEvenEmptyOnes) {
  const UdpPort port;
  ask(port.endpoint(), Transport::kUdp);
  port.answer({"", "go", "od"});
  EXPECT_EQ(await().verdict, Verdict::kGood);
}

TEST_F(ProbeConversationTest, AnUnreachablePortRefuses) {
  Endpoint closed;
  {
    const UdpPort port;
    closed = port.endpoint();
  }
  ask(closed, Transport::kUdp);
  const ProbeResult result = await();
  EXPECT_EQ(result.verdict, Verdict::kBad);
  EXPECT_EQ(result.reason, "port unreachable");
  ask(closed, Transport::kUdp, {}, "");
  EXPECT_EQ(await().reason, result.reason) << "a datagram without a byte is sent as well";
}

// ---- Where it comes from.

TEST_F(ProbeConversationTest, ComesFromTheAddressAndPortThatAreConfigured) {
  const Port port(8);
  std::uint16_t free_port = 0;
  {
    const Port other(std::nullopt);
    free_port = other.number();
  }
  ask(port.endpoint(), Transport::kTcp, {IpAddress::v4({127, 0, 0, 77}), free_port, ""});
  const OwnedFd server = port.accept();
  sockaddr_in peer{};
  socklen_t size = sizeof peer;
  ASSERT_EQ(::getpeername(server.get(), reinterpret_cast<sockaddr*>(&peer), &size), 0);
  EXPECT_EQ(ntohl(peer.sin_addr.s_addr), 0x7f00004dU);
  EXPECT_EQ(ntohs(peer.sin_port), free_port);
}

TEST_F(ProbeConversationTest, AnAddressThatIsNotOursSaysNothingOfTheTarget) {
  const Port port(8);
  ask(port.endpoint(), Transport::kTcp, {IpAddress::v4({192, 0, 2, 77}), 0, ""});
  const ProbeResult result = await();
  EXPECT_EQ(result.verdict, Verdict::kNotMade);
  EXPECT_EQ(result.reason, "cannot come from 192.0.2.77: cannot assign requested address");
}

TEST_F(ProbeConversationTest, GoesByTheInterfaceThatIsConfigured) {
  const Port port(8);
  ask(port.endpoint(), Transport::kTcp, {std::nullopt, 0, "lo"}, "how?");
  const OwnedFd server = port.accept();
  EXPECT_FALSE(probe_->result());
  write_to(server, "good");
  EXPECT_EQ(await().verdict, Verdict::kGood);
  ask(port.endpoint(), Transport::kTcp, {std::nullopt, 0, "nowhere0"});
  const ProbeResult result = await();
  EXPECT_EQ(result.verdict, Verdict::kNotMade);
  EXPECT_EQ(result.reason, "cannot use the interface nowhere0: no such device");
}

}  // namespace
}  // namespace holdfast::check
