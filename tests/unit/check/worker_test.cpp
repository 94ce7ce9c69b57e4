// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <pwd.h>
#include <signal.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "check-worker/core/check_core.h"
#include "common/channel.h"
#include "common/sandbox.h"
#include "common/worker.h"
#include "config/load.h"
#include "config/packed_tree.h"
#include "config/sealed.h"
#include "tests/unit/check/port.h"
#include "tests/unit/common/loop_test.h"

// The real program at the far end of a real channel, with real ports to look at.
namespace holdfast::check {
namespace {

class CheckWorkerTest : public LoopTest {
 protected:
  void SetUp() override {
    if (::geteuid() != 0 || ::getpwnam(user_of(Role::kCheck).c_str()) == nullptr) {
      GTEST_SKIP() << "needs root, and the user " << user_of(Role::kCheck);
    }
    std::string pattern = std::filesystem::temp_directory_path() / "check-worker-XXXXXX";
    ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
    root_ = pattern;
    auto sockets = Channel::make_pair();
    ASSERT_TRUE(sockets.has_value());
    start(sockets->second.get());
    channel_ = std::make_unique<Channel>(
        loop_, std::move(sockets->first),
        Channel::Callbacks{[this](Message message, OwnedFd) { received(std::move(message)); },
                           [](const std::string& what) { ADD_FAILURE() << what; },
                           [this] {
                             if (condition_) loop_.stop();
                           }});
  }
  void TearDown() override {
    if (pid_ > 0) {
      ::kill(pid_, SIGKILL);
      ::waitpid(pid_, nullptr, 0);
    }
    if (!root_.empty()) std::filesystem::remove(root_);
  }

  void start(int socket) {
    posix_spawn_file_actions_t actions{};
    ASSERT_EQ(::posix_spawn_file_actions_init(&actions), 0);
    ASSERT_EQ(::posix_spawn_file_actions_adddup2(&actions, socket, kChannelFd), 0);
    std::array<std::string, 3> words{CHECK_WORKER, "--root", root_};
    const std::array<char*, 4> arguments{words[0].data(), words[1].data(), words[2].data(),
                                         nullptr};
    // Of an empty root LeakSanitizer only says that it has no /proc.
    std::string option = "ASAN_OPTIONS=detect_leaks=0";
    const std::array<char*, 2> environment{option.data(), nullptr};
    // As the supervisor starts a worker: what is ignored stays so over an exec.
    for (const int signal : {SIGHUP, SIGINT, SIGTERM}) {
      ASSERT_NE(::signal(signal, SIG_IGN), SIG_ERR);
    }
    ASSERT_EQ(
        ::posix_spawn(&pid_, CHECK_WORKER, &actions, nullptr, arguments.data(), environment.data()),
        0);
    ::posix_spawn_file_actions_destroy(&actions);
    for (const int signal : {SIGHUP, SIGINT, SIGTERM}) ::signal(signal, SIG_DFL);
  }

  void await(const std::function<bool()>& condition) {
    condition_ = condition;
    if (!condition()) run();
    condition_ = nullptr;
    ASSERT_TRUE(condition()) << "the worker is gone";
  }
  // Its exit status.
  int await_exit() {
    const OwnedFd pidfd(static_cast<int>(::syscall(SYS_pidfd_open, pid_, 0)));
    const Watch ended(loop_, pidfd.get(), Ready{true, false}, [this](Ready) { loop_.stop(); });
    run();
    int status = -1;
    if (::waitpid(pid_, &status, WNOHANG) != pid_) return -1;
    pid_ = 0;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }

  void configure(std::uint32_t generation, const std::string& checks) {
    const Loaded loaded =
        load_config("version: 1\nnode: node\nchecks:\n" + checks, "test.yaml", "node");
    const auto document = seal({"test.yaml", "node", packed(loaded.tree)});
    ASSERT_TRUE(document.has_value());
    ASSERT_TRUE(channel_->send(Configure{{generation}}, document->get()).has_value());
    await([&] { return configured_ == generation; });
  }
  void begin(const std::string& checks) {
    configure(1, checks);
    ASSERT_TRUE(channel_->send(Start{}).has_value());
  }
  static std::string check(const std::string& name, const Port& port) {
    return "  - {name: " + name + ", tcp: '" + port.endpoint().to_string() +
           "', interval: 100ms, timeout: 100ms, rise: 2, fall: 2}\n";
  }

  void received(Message message) {
    if (const auto* hello = std::get_if<Hello>(&message)) {
      EXPECT_EQ(*hello, (Hello{Role::kCheck, kBuildId}));
      ++hellos_;
    } else if (const auto* done = std::get_if<Configured>(&message)) {
      configured_ = done->generation.value;
    } else if (std::holds_alternative<Heartbeat>(message)) {
      ++heartbeats_;
    } else if (const auto* state = std::get_if<CheckState>(&message)) {
      states_[state->check].push_back(*state);
    } else {
      ADD_FAILURE() << "a " << name_of(message);
    }
    if (condition_ && condition_()) loop_.stop();
  }

  std::string root_;
  pid_t pid_ = 0;
  std::unique_ptr<Channel> channel_;
  std::function<bool()> condition_;
  int hellos_ = 0;
  int heartbeats_ = 0;
  std::uint32_t configured_ = 0;
  std::map<std::string, std::vector<CheckState>> states_;
};

TEST_F(CheckWorkerTest, SaysWhatIsOpenClosedAndSilent) {
  const Port open(64);
  const Port closed(std::nullopt);
  const Port silent(0);
  std::vector<OwnedFd> queue;
  for (int i = 0; i < 4; ++i) {
    queue.push_back(tcp_socket(SOCK_NONBLOCK));
    connect_to(queue.back(), silent.number());
  }
  configure(1, check("open", open) + check("closed", closed) + check("silent", silent));
  EXPECT_EQ(hellos_, 1);
  EXPECT_TRUE(states_.empty()) << "before Start";
  const Time before = monotonic_now();
  ASSERT_TRUE(channel_->send(Start{}).has_value());
  await([&] { return states_.size() == 3; });
  EXPECT_TRUE(states_["open"][0].up);
  EXPECT_EQ(states_["open"][0].weight, 100);
  EXPECT_EQ(states_["open"][0].reason.substr(0, 13), "connected in ");
  EXPECT_GE(states_["open"][0].since, before);
  EXPECT_FALSE(states_["closed"][0].up);
  EXPECT_EQ(states_["closed"][0].weight, 0);
  EXPECT_EQ(states_["closed"][0].reason, "connection refused");
  EXPECT_FALSE(states_["silent"][0].up);
  EXPECT_EQ(states_["silent"][0].reason, "no answer within 100 ms");
}

TEST_F(CheckWorkerTest, FollowsAPortThatClosesAndOpens) {
  auto port = std::make_unique<Port>(64);
  const std::uint16_t number = port->number();
  begin(check("web", *port));
  await([&] { return states_["web"].size() == 1; });
  port.reset();
  await([&] { return states_["web"].size() == 2; });
  EXPECT_FALSE(states_["web"].back().up);
  port = std::make_unique<Port>(64, number);
  await([&] { return states_["web"].size() == 3; });
  EXPECT_TRUE(states_["web"].back().up);
}

TEST_F(CheckWorkerTest, AReloadAddsACheckAndSaysNothingOfTheOthers) {
  const Port open(64);
  const Port closed(std::nullopt);
  begin(check("one", open));
  await([&] { return states_["one"].size() == 1; });
  configure(2, check("one", open) + check("two", closed));
  await([&] { return states_["two"].size() == 1; });
  configure(3, check("one", open));
  const int heartbeats = heartbeats_;
  await([&] { return heartbeats_ >= heartbeats + 2; });
  EXPECT_EQ(states_["one"].size() + states_["two"].size(), 2U);
}

TEST_F(CheckWorkerTest, ARetainedStateStandsUntilThereIsEvidence) {
  const Port open(64);
  configure(1, check("web", open));
  const Time long_ago = monotonic_now() - std::chrono::hours{1};
  ASSERT_TRUE(channel_->send(CheckState{"web", false, 0, long_ago, "no answer"}).has_value());
  const Time before = monotonic_now();
  ASSERT_TRUE(channel_->send(Start{long_ago}).has_value());
  await([&] { return !states_["web"].empty(); });
  EXPECT_TRUE(states_["web"][0].up);
  EXPECT_GE(states_["web"][0].since - before, std::chrono::milliseconds{100}) << "rise: 2";
}

TEST_F(CheckWorkerTest, HasNothingItDoesNotNeed) {
  const Port open(64);
  begin(check("web", open));
  std::ifstream status("/proc/" + std::to_string(pid_) + "/status");
  std::map<std::string, std::string> fields;
  for (std::string line; std::getline(status, line);) {
    const std::size_t colon = line.find(":\t");
    if (colon != std::string::npos) fields[line.substr(0, colon)] = line.substr(colon + 2);
  }
  const auto uid = std::to_string(::getpwnam(user_of(Role::kCheck).c_str())->pw_uid);
  EXPECT_EQ(fields["Uid"], uid + "\t" + uid + "\t" + uid + "\t" + uid);
  EXPECT_EQ(fields["CapPrm"], "0000000000000000");
  EXPECT_EQ(fields["CapBnd"], "0000000000000000");
  EXPECT_EQ(fields["NoNewPrivs"], "1");
  EXPECT_EQ(std::filesystem::read_symlink("/proc/" + std::to_string(pid_) + "/root"),
            std::filesystem::canonical(root_));
}

TEST_F(CheckWorkerTest, LeavesSignalsToTheSupervisorAndObeysIt) {
  const Port open(64);
  begin(check("web", open));
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) ASSERT_EQ(::kill(pid_, signal), 0);
  const int heartbeats = heartbeats_;
  await([&] { return heartbeats_ >= heartbeats + 2; });
  ASSERT_TRUE(channel_->send(Shutdown{}).has_value());
  EXPECT_EQ(await_exit(), 0);
}

TEST_F(CheckWorkerTest, EndsWithItsSupervisor) {
  const Port open(64);
  begin(check("web", open));
  channel_.reset();
  EXPECT_EQ(await_exit(), 0);
}

}  // namespace
}  // namespace holdfast::check
