// SPDX-License-Identifier: Apache-2.0
#include "common/channel.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/socket.h>

#include <array>
#include <cstring>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "tests/unit/common/loop_test.h"

namespace holdfast {
namespace {

using Bytes = std::vector<std::uint8_t>;

const RouterState kState{// NOLINT(cert-err58-cpp)
                         "web",
                         VrrpState::kActive,
                         {200},
                         Time{Duration{1234567}},
                         "no advert for 3.6 s"};

// Two ends, of which the near one is a Channel that writes down what it is told.
class Channels : public LoopTest {
 protected:
  Channels() {
    auto pair = Channel::make_pair();
    EXPECT_TRUE(pair);
    far_ = std::move(pair->second);
    near_ = std::make_unique<Channel>(loop_, std::move(pair->first), record());
  }

  Channel::Callbacks record() {
    return {[this](Message message, OwnedFd descriptor) {
              messages_.push_back(std::move(message));
              descriptors_.push_back(std::move(descriptor));
              loop_.stop();
            },
            [this](std::string what) {
              violations_.push_back(std::move(what));
              loop_.stop();
            },
            [this] {
              ++closed_;
              loop_.stop();
            }};
  }

  // As a peer may that does not use a Channel.
  void send_raw(const Bytes& bytes, const std::vector<int>& descriptors = {}) {
    iovec data{const_cast<std::uint8_t*>(bytes.data()), bytes.size()};
    constexpr std::size_t kMost = 253;  // the kernel's SCM_MAX_FD
    ASSERT_LE(descriptors.size(), kMost);
    alignas(cmsghdr) std::array<char, CMSG_SPACE(kMost * sizeof(int))> control{};
    msghdr header{};
    header.msg_iov = &data;
    header.msg_iovlen = 1;
    if (!descriptors.empty()) {
      header.msg_control = control.data();
      header.msg_controllen = CMSG_SPACE(descriptors.size() * sizeof(int));
      cmsghdr* const part = CMSG_FIRSTHDR(&header);
      part->cmsg_level = SOL_SOCKET;
      part->cmsg_type = SCM_RIGHTS;
      part->cmsg_len = CMSG_LEN(descriptors.size() * sizeof(int));
      std::memcpy(CMSG_DATA(part), descriptors.data(), descriptors.size() * sizeof(int));
    }
    ASSERT_EQ(::sendmsg(far_.get(), &header, MSG_NOSIGNAL), static_cast<ssize_t>(bytes.size()));
  }

  OwnedFd far_;
  std::vector<Message> messages_;
  std::vector<OwnedFd> descriptors_;
  std::vector<std::string> violations_;
  int closed_ = 0;
  std::unique_ptr<Channel> near_;
};

// A pipe whose reading end tells when nobody holds the writing end any more.
struct Pipe {
  Pipe() {
    std::array<int, 2> ends{};
    EXPECT_EQ(::pipe2(ends.data(), O_CLOEXEC | O_NONBLOCK), 0);
    read.reset(ends[0]);
    write.reset(ends[1]);
  }
  bool is_write_end_closed_everywhere() const {
    char byte = 0;
    return ::read(read.get(), &byte, 1) == 0;
  }
  OwnedFd read;
  OwnedFd write;
};

TEST_F(Channels, AreCloseOnExecAndNonBlocking) {
  const auto pair = Channel::make_pair();
  ASSERT_TRUE(pair);
  for (const int end : {pair->first.get(), pair->second.get()}) {
    EXPECT_NE(::fcntl(end, F_GETFD) & FD_CLOEXEC, 0);
    EXPECT_NE(::fcntl(end, F_GETFL) & O_NONBLOCK, 0);
  }
}

TEST_F(Channels, CarryMessagesInOrder) {
  Channel far(loop_, std::move(far_), record());
  EXPECT_TRUE(far.send(Configured{{7}}));
  EXPECT_TRUE(far.send(kState));
  run();
  ASSERT_EQ(messages_.size(), 2U) << "both are read at one wake-up";
  EXPECT_TRUE(messages_[0] == Message(Configured{{7}}));
  EXPECT_TRUE(messages_[1] == Message(kState));
  EXPECT_FALSE(descriptors_[0]);
  EXPECT_TRUE(near_->send(Shutdown{})) << "and the other way";
  run();
  ASSERT_EQ(messages_.size(), 3U);
  EXPECT_TRUE(messages_[2] == Message(Shutdown{}));
}

TEST_F(Channels, HandOverWhatHasComeWithoutTheLoop) {
  for (int i = 0; i < 100; ++i) send_raw(encode(Heartbeat{}));
  EXPECT_TRUE(near_->receive()) << "no more than at one wake-up";
  EXPECT_EQ(messages_.size(), 64U);
  EXPECT_FALSE(near_->receive());
  EXPECT_EQ(messages_.size(), 100U);
}

TEST_F(Channels, CarryManyMessagesInFewPackets) {
  std::vector<Message> many;
  for (int i = 0; i < 1000; ++i) {
    RouterState state = kState;
    state.reason = std::string(static_cast<std::size_t>(i) % kStringSizeMax, 'x');
    many.emplace_back(std::move(state));
  }
  ASSERT_TRUE(near_->send(many));
  ASSERT_TRUE(near_->send(std::span<const Message>())) << "nothing is nothing";
  std::vector<Message> heard;
  std::size_t packets = 0;
  Bytes bytes(kMessageSizeMax + 1);
  for (ssize_t size = 0; (size = ::recv(far_.get(), bytes.data(), bytes.size(), MSG_DONTWAIT)) > 0;
       ++packets) {
    ASSERT_LE(size, static_cast<ssize_t>(kMessageSizeMax));
    for (auto rest = std::span<const std::uint8_t>(bytes).first(static_cast<std::size_t>(size));
         !rest.empty();) {
      heard.push_back(*take_message(rest));
    }
  }
  EXPECT_TRUE(heard == many);
  EXPECT_LT(packets, many.size() / 10);

  Channel far(loop_, std::move(far_), {});
  ASSERT_TRUE(far.send(many));
  while (near_->receive()) {
  }
  EXPECT_TRUE(messages_ == many);
}

TEST_F(Channels, HandOverWhatStandsBeforeAViolation) {
  Bytes packet = encode(kState);
  packet.push_back(0xFF);
  const Bytes more = encode(Heartbeat{});
  packet.insert(packet.end(), more.begin(), more.end());
  send_raw(packet);
  run();
  EXPECT_EQ(messages_.size(), 1U);
  ASSERT_EQ(violations_.size(), 1U);
  EXPECT_EQ(violations_[0], "unknown message type 255");
  send_raw(more);
  run();
  EXPECT_EQ(messages_.size(), 2U) << "the channel goes on";
}

TEST_F(Channels, CarryADescriptorBesideAMessage) {
  Channel far(loop_, std::move(far_), record());
  const OwnedFd document(::memfd_create("document", MFD_CLOEXEC));
  ASSERT_EQ(::pwrite(document.get(), "vrrp", 4, 0), 4);
  ASSERT_TRUE(far.send(Configure{{1}}, document.get()));
  EXPECT_NE(::fcntl(document.get(), F_GETFD), -1) << "it stays the sender's";
  run();
  ASSERT_EQ(descriptors_.size(), 1U);
  ASSERT_TRUE(descriptors_[0]);
  EXPECT_NE(descriptors_[0].get(), document.get());
  EXPECT_NE(::fcntl(descriptors_[0].get(), F_GETFD) & FD_CLOEXEC, 0);
  std::array<char, 5> text{};
  EXPECT_EQ(::pread(descriptors_[0].get(), text.data(), 4, 0), 4);
  EXPECT_STREQ(text.data(), "vrrp");
}

TEST_F(Channels, ReportWhatIsNoMessageAndGoOn) {
  send_raw({0xFF});
  run();
  ASSERT_EQ(violations_.size(), 1U);
  EXPECT_EQ(violations_[0], "unknown message type 255");
  Bytes cut = encode(kState);
  cut.pop_back();
  send_raw(cut);
  run();
  ASSERT_EQ(violations_.size(), 2U);
  EXPECT_EQ(violations_[1], "RouterState is cut short or out of range");
  send_raw(encode(Heartbeat{}));
  run();
  ASSERT_EQ(messages_.size(), 1U);
  EXPECT_TRUE(messages_[0] == Message(Heartbeat{}));
  EXPECT_EQ(closed_, 0);
}

TEST_F(Channels, RefuseAPacketThatIsTooLarge) {
  send_raw(Bytes(kMessageSizeMax + 1));
  run();
  ASSERT_EQ(violations_.size(), 1U);
  EXPECT_EQ(violations_[0], "a packet of more than 4096 bytes");
}

TEST_F(Channels, CloseEveryDescriptorOfAViolation) {
  const Bytes good = encode(Heartbeat{});
  struct Case {
    Bytes bytes;
    std::size_t descriptors;
  };
  for (const Case& bad : {Case{good, 2}, Case{good, 3}, Case{good, 200}, Case{{0xFF}, 1},
                          Case{{0xFF}, 2}, Case{Bytes(kMessageSizeMax + 1), 1}}) {
    SCOPED_TRACE(std::to_string(bad.bytes.size()) + " bytes, " + std::to_string(bad.descriptors));
    Pipe pipe;
    violations_.clear();
    send_raw(bad.bytes, std::vector<int>(bad.descriptors, pipe.write.get()));
    pipe.write.reset();
    EXPECT_FALSE(pipe.is_write_end_closed_everywhere()) << "in flight";
    run();
    EXPECT_EQ(violations_.size(), 1U);
    EXPECT_TRUE(messages_.empty());
    EXPECT_TRUE(pipe.is_write_end_closed_everywhere());
  }
}

TEST_F(Channels, CloseADescriptorThatTheReceiverDoesNotKeep) {
  Pipe pipe;
  send_raw(encode(Heartbeat{}), {pipe.write.get()});
  pipe.write.reset();
  run();
  ASSERT_EQ(messages_.size(), 1U);
  EXPECT_FALSE(pipe.is_write_end_closed_everywhere());
  descriptors_.clear();
  EXPECT_TRUE(pipe.is_write_end_closed_everywhere());
}

TEST_F(Channels, TellTheEndOnceAndAfterTheLastWords) {
  send_raw(encode(kState));
  far_.reset();
  run();
  EXPECT_EQ(messages_.size(), 1U);
  EXPECT_EQ(closed_, 1);
  EXPECT_FALSE(near_->receive());
  EXPECT_EQ(closed_, 1);
  const Result<void> sent = near_->send(kState);
  ASSERT_FALSE(sent);
  EXPECT_EQ(sent.error().message, "cannot send RouterState: the peer is gone");
}

TEST_F(Channels, ReadTheLastWordsOfAPeerThatLeftSomethingUnread) {
  // The kernel then reports a reset before what is still to be read.
  ASSERT_TRUE(near_->send(Heartbeat{}));
  send_raw(encode(kState));
  send_raw(encode(Heartbeat{}));
  far_.reset();
  run();
  ASSERT_EQ(messages_.size(), 2U);
  EXPECT_TRUE(messages_[0] == Message(kState));
  EXPECT_EQ(closed_, 1);
  EXPECT_TRUE(violations_.empty());
}

TEST_F(Channels, TakeAnEmptyPacketForTheEnd) {
  send_raw({});
  run();
  EXPECT_EQ(closed_, 1);
}

TEST_F(Channels, MayBeDestroyedInTheirCallbacks) {
  near_.reset();
  Bytes two = encode(Heartbeat{});
  two.insert(two.end(), two.begin(), two.end());
  for (const Bytes& bytes : {encode(Heartbeat{}), two, Bytes{0xFF}, Bytes{}}) {
    auto pair = Channel::make_pair();
    ASSERT_TRUE(pair);
    far_ = std::move(pair->second);
    int told = 0;
    std::unique_ptr<Channel> channel;
    const auto destroy = [&, captured = std::make_shared<std::string>("alive")] {
      ++told;
      channel.reset();
      EXPECT_EQ(*captured, "alive");
      loop_.stop();
    };
    channel = std::make_unique<Channel>(
        loop_, std::move(pair->first),
        Channel::Callbacks{[destroy](const Message&, const OwnedFd&) { destroy(); },
                           [destroy](const std::string&) { destroy(); }, destroy});
    send_raw(bytes);
    if (!bytes.empty()) send_raw(bytes);  // would be told too, were there a channel
    run();
    EXPECT_EQ(told, 1);
    EXPECT_EQ(channel, nullptr);
    EXPECT_EQ(::send(far_.get(), "x", 1, MSG_NOSIGNAL), -1) << "its socket is closed";
  }
}

TEST_F(Channels, SendingToAPeerThatReadsNothingIsAnError) {
  std::optional<Error> error;
  for (int i = 0; i < 1000000 && !error; ++i) {
    const Result<void> sent = near_->send(kState);
    if (!sent) error = sent.error();
  }
  ASSERT_TRUE(error);
  EXPECT_EQ(error->message, "cannot send RouterState: the peer is stuck, its queue is full");
}

TEST_F(Channels, SendingToAPeerThatIsGoneIsAnError) {
  far_.reset();
  const Result<void> sent = near_->send(kState);
  ASSERT_FALSE(sent);
  EXPECT_EQ(sent.error().message, "cannot send RouterState: the peer is gone");
}

TEST_F(Channels, HoldABurstOfThousandsOfStates) {
  constexpr int kBurst = 20000;
  if (::geteuid() != 0) GTEST_SKIP() << "only root may make the queue that long";
  for (int i = 0; i < kBurst; ++i) ASSERT_TRUE(near_->send(kState)) << i;
  ASSERT_TRUE(near_->send(Heartbeat{}));
  int received = 0;
  const Channel far(loop_, std::move(far_),
                    {[&](const Message& message, const OwnedFd&) {
                       ++received;
                       if (message == Message(Heartbeat{})) loop_.stop();
                     },
                     [](const std::string& what) { FAIL() << what; }, [] { FAIL() << "closed"; }});
  run();
  EXPECT_EQ(received, kBurst + 1);
}

TEST_F(Channels, OfAPeerThatFloodsDoNotStarveAnother) {
  near_.reset();
  auto flooded = Channel::make_pair();
  auto quiet = Channel::make_pair();
  ASSERT_TRUE(flooded && quiet);
  Channel::Callbacks callbacks = record();
  std::size_t flood = 0;
  callbacks.message = [&](const Message&, const OwnedFd&) { ++flood; };
  const Channel first(loop_, std::move(flooded->first), callbacks);
  callbacks.message = [&](const Message&, const OwnedFd&) { loop_.stop(); };
  const Channel second(loop_, std::move(quiet->first), callbacks);
  far_ = std::move(flooded->second);
  for (int i = 0; i < 400; ++i) send_raw(encode(Heartbeat{}));
  const OwnedFd held = std::exchange(far_, std::move(quiet->second));
  send_raw(encode(Heartbeat{}));
  run();
  EXPECT_LE(flood, 64U);
}

}  // namespace
}  // namespace holdfast
