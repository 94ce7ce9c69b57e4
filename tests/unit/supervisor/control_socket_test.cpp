// SPDX-License-Identifier: Apache-2.0
#include "supervisor/control_socket.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <array>
#include <chrono>
#include <cstring>
#include <utility>
#include <vector>

#include "common/clock.h"
#include "tests/unit/supervisor/temporary_directory.h"

namespace holdfast::supervisor {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

OwnedFd connect_to(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, path.data(), path.size());
  OwnedFd socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  EXPECT_EQ(::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address),
            0);
  return socket;
}

// Reads to the end in the loop.
class Client {
 public:
  Client(EventLoop& loop, const std::string& path, std::function<void()> done)
      : socket_(connect_to(path)), done_(std::move(done)), loop_(loop) {}

  void read() {
    watch_ = Watch(loop_, socket_.get(), Ready{true, false}, [this](Ready) {
      std::array<char, 65536> buffer;  // NOLINT: the kernel fills what is read
      const ssize_t size = ::recv(socket_.get(), buffer.data(), buffer.size(), 0);
      if (size > 0) {
        text_.append(buffer.data(), static_cast<std::size_t>(size));
        return;
      }
      error_ = size < 0 ? errno : 0;
      watch_ = Watch();
      ended_ = true;
      done_();
    });
  }
  void say(std::string_view text) {
    EXPECT_LT(::send(socket_.get(), text.data(), text.size(), MSG_NOSIGNAL), 0x7FFFFFFF);
  }

  void say_no_more() { ::shutdown(socket_.get(), SHUT_WR); }

  const std::string& text() const { return text_; }
  bool ended() const { return ended_; }
  int error() const { return error_; }

 private:
  OwnedFd socket_;
  std::function<void()> done_;
  std::string text_;
  bool ended_ = false;
  int error_ = 0;
  EventLoop& loop_;
  Watch watch_;
};

using Answer = ControlSocket::Answer;

class ControlSocketTest : public ::testing::Test {
 protected:
  void open(std::string document) {
    open([this, document = std::move(document)](std::string_view line, const Answer& answer) {
      ++served_;
      lines_.emplace_back(line);
      answer(document);
    });
  }
  void open(ControlSocket::Handler handler) {
    auto opened = ControlSocket::open(loop_, path_, std::move(handler));
    ASSERT_TRUE(opened) << opened.error().message;
    socket_ = std::move(*opened);
    limit_.set(monotonic_now() + seconds{20});
  }
  // One that has said a request.
  Client& client(std::string_view says = "status\n") {
    clients_.push_back(std::make_unique<Client>(loop_, path_, [this] {
      if (++done_ == awaited_) loop_.stop();
    }));
    clients_.back()->say(says);
    return *clients_.back();
  }
  void run_until_done(int clients) {
    awaited_ = clients;
    loop_.run();
    EXPECT_FALSE(timed_out_);
  }

  TemporaryDirectory directory_;
  std::string path_ = directory_ / "control";
  EventLoop loop_;
  bool timed_out_ = false;
  Timer limit_{loop_, [this] {
                 timed_out_ = true;
                 loop_.stop();
               }};
  std::unique_ptr<ControlSocket> socket_;
  std::vector<std::unique_ptr<Client>> clients_;
  std::vector<std::string> lines_;
  int served_ = 0;
  int done_ = 0;
  int awaited_ = 0;
};

TEST_F(ControlSocketTest, GivesTheDocumentAndItsEnd) {
  open("{}\n");
  Client& one = client();
  one.read();
  run_until_done(1);
  EXPECT_EQ(one.text(), "{}\n");
  EXPECT_EQ(one.error(), 0);
  EXPECT_EQ(lines_, std::vector<std::string>{"status"});
}

TEST_F(ControlSocketTest, ALineMayComeInPiecesAndEndWithWhatIsSaid) {
  open("{}\n");
  Client& one = client("sta");
  one.read();
  Timer later(loop_, [&] {
    one.say("tus");
    one.say_no_more();
  });
  later.set(monotonic_now() + milliseconds{20});
  run_until_done(1);
  EXPECT_EQ(lines_, std::vector<std::string>{"status"});
  EXPECT_EQ(one.text(), "{}\n");
}

TEST_F(ControlSocketTest, AnAnswerMayComeLater) {
  std::vector<Answer> answers;
  Timer later(loop_, [&] { answers.at(0)("late\n"); });
  open([&](std::string_view, Answer answer) {
    answers.push_back(std::move(answer));
    later.set(monotonic_now() + milliseconds{20});
  });
  Client& one = client();
  one.read();
  run_until_done(1);
  EXPECT_EQ(one.text(), "late\n");
}

TEST_F(ControlSocketTest, AnAnswerToOneWhoHasGoneIsForgotten) {
  std::vector<Answer> answers;
  open([&](std::string_view, Answer answer) {
    answers.push_back(std::move(answer));
    if (answers.size() == 2) answers[1]("{}\n");
  });
  client("first\n");
  clients_.clear();
  client("second\n").read();
  run_until_done(1);
  answers[0]("{}\n");
  answers[0]("{}\n");
  EXPECT_EQ(clients_[0]->text(), "{}\n");
}

TEST_F(ControlSocketTest, ALineHasALimit) {
  open("{}\n");
  client(std::string(100'000, 'x')).read();
  run_until_done(1);
  ASSERT_EQ(lines_.size(), 1U);
  EXPECT_GT(lines_[0].size(), 4096U);  // so that it is refused
  EXPECT_LE(lines_[0].size(), 2U * 4097U);
}

TEST_F(ControlSocketTest, WhoSaysNothingIsDroppedUnanswered) {
  open("{}\n");
  Client& silent = client("");
  silent.read();
  Client& gone = client("");
  gone.read();
  gone.say_no_more();
  const Time start = monotonic_now();
  run_until_done(2);
  EXPECT_GE(monotonic_now() - start, milliseconds{1900});
  EXPECT_EQ(silent.text() + gone.text(), "");
  EXPECT_EQ(served_, 0);
}

TEST_F(ControlSocketTest, IsForItsOwnerOnlyAndGoneAfterwards) {
  open("{}\n");
  struct stat status {};
  ASSERT_EQ(::stat(path_.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600U);
  socket_.reset();
  EXPECT_NE(::stat(path_.c_str(), &status), 0);
}

TEST_F(ControlSocketTest, TakesThePlaceOfOneThatWasLeftBehind) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, path_.data(), path_.size());
  const OwnedFd left(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  ASSERT_EQ(::bind(left.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  open("{}\n");
  client().read();
  run_until_done(1);
  EXPECT_EQ(clients_[0]->text(), "{}\n");
}

TEST_F(ControlSocketTest, WhatAClientSaysDoesNotCostItTheAnswer) {
  open("{}\n");
  Client& one = client();
  one.say("more that nobody reads");
  one.read();
  run_until_done(1);
  EXPECT_EQ(one.text(), "{}\n");
}

TEST_F(ControlSocketTest, ALargeDocumentComesWhole) {
  const std::string large(8U << 20U, 'x');
  open(large);
  Client& one = client();
  one.read();
  run_until_done(1);
  EXPECT_EQ(one.text(), large);
}

TEST_F(ControlSocketTest, WhoDoesNotReadIsDroppedAndTheNextIsServed) {
  open(std::string(8U << 20U, 'x'));
  for (int i = 0; i < 16; ++i) client();  // as many as are served at once, none of them reading
  Client& last = client();
  last.read();
  const Time start = monotonic_now();
  run_until_done(1);
  EXPECT_GE(monotonic_now() - start, milliseconds{1900});
  EXPECT_EQ(last.text().size(), 8U << 20U);
  EXPECT_EQ(served_, 17);
}

TEST_F(ControlSocketTest, AClientThatGoesAwayIsForgotten) {
  open(std::string(8U << 20U, 'x'));
  for (int i = 0; i < 50; ++i) client();
  clients_.clear();
  Client& one = client();
  one.read();
  run_until_done(1);
  EXPECT_EQ(one.text().size(), 8U << 20U);
}

TEST_F(ControlSocketTest, ANameThatIsTooLongIsRefused) {
  const auto opened = ControlSocket::open(loop_, "/" + std::string(200, 'x'), [](auto, auto) {});
  ASSERT_FALSE(opened);
  EXPECT_NE(opened.error().message.find("is longer than 107 bytes"), std::string::npos);
}

}  // namespace
}  // namespace holdfast::supervisor
