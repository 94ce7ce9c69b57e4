// SPDX-License-Identifier: Apache-2.0
#include "supervisor/spawn.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <cstdlib>
#include <utility>

#include "common/channel.h"
#include "common/clock.h"

namespace holdfast::supervisor {
namespace {

struct End {
  int status = -1;
  int signal = -1;
  bool operator==(const End&) const = default;
};

class SpawnTest : public ::testing::Test {
 protected:
  void SetUp() override {
    auto opened = Program::open("test_supervisor_spawn_probe");
    ASSERT_TRUE(opened) << opened.error().message;
    program_ = std::make_unique<Program>(std::move(*opened));
  }
  std::unique_ptr<Child> start(const std::vector<std::string>& arguments, int channel = -1) {
    auto started =
        Child::start(loop_, *program_, arguments, channel, [this](int status, int signal) {
          end_ = {status, signal};
          loop_.stop();
        });
    EXPECT_TRUE(started) << started.error().message;
    return std::move(*started);
  }
  End run_to_its_end() {
    Timer limit(loop_, [this] { loop_.stop(); });
    limit.set(monotonic_now() + std::chrono::seconds{20});
    loop_.run();
    return end_;
  }

  EventLoop loop_;
  std::unique_ptr<Program> program_;
  End end_;
};

TEST_F(SpawnTest, AProgramThatIsNotThereIsSaidSo) {
  const auto opened = Program::open("holdfast-nothing-worker");
  ASSERT_FALSE(opened);
  EXPECT_NE(opened.error().message.find("cannot find holdfast-nothing-worker in /"),
            std::string::npos);
}

TEST_F(SpawnTest, TellsAnExitStatus) {
  const auto child = start({"exit"});
  EXPECT_GT(child->pid(), 0);
  EXPECT_EQ(run_to_its_end(), (End{7, 0}));
}

TEST_F(SpawnTest, TellsASignal) {
  const auto child = start({"wait"});
  child->signal(SIGKILL);
  EXPECT_EQ(run_to_its_end(), (End{0, SIGKILL}));
  child->signal(SIGKILL);  // it is gone, and its pid may be another's
}

TEST_F(SpawnTest, GivesAChildWhatItNeedsAndNoMore) {
  auto ends = Channel::make_pair();
  ASSERT_TRUE(ends);
  ::setenv("NO_COLOR", "1", 1);
  ::setenv("HOLDFAST_SECRET", "x", 1);
  sigset_t some;
  sigset_t before;
  sigemptyset(&some);
  sigaddset(&some, SIGUSR1);
  ::sigprocmask(SIG_BLOCK, &some, &before);
  const auto child = start({"--root", "/x"}, ends->second.get());
  ::sigprocmask(SIG_SETMASK, &before, nullptr);
  EXPECT_EQ(run_to_its_end(), (End{0, 0}));

  std::array<char, 4096> buffer{};
  ASSERT_GT(::recv(ends->first.get(), buffer.data(), buffer.size(), 0), 0);
  const std::string said = buffer.data();
  EXPECT_NE(said.find("argv: test_supervisor_spawn_probe --root /x \n"), std::string::npos) << said;
  EXPECT_NE(said.find("\nfds: 0 1 2 3 \n"), std::string::npos) << said;
  EXPECT_NE(said.find("\nsignals: 1 2 3 13 15 \n"), std::string::npos) << said;
  EXPECT_NE(said.find("NO_COLOR=1"), std::string::npos) << said;
  EXPECT_EQ(said.find("HOLDFAST_SECRET"), std::string::npos) << said;
  EXPECT_EQ(said.find("PATH="), std::string::npos) << said;
  EXPECT_NE(said.find("\nsession: own"), std::string::npos) << said;
}

}  // namespace
}  // namespace holdfast::supervisor
