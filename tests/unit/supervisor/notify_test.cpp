// SPDX-License-Identifier: Apache-2.0
#include "supervisor/notify.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <cstdlib>
#include <cstring>

#include "tests/unit/supervisor/temporary_directory.h"

namespace holdfast::supervisor {
namespace {

class NotifyTest : public ::testing::Test {
 protected:
  ~NotifyTest() override {
    for (const char* const name : {"NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"}) {
      ::unsetenv(name);
    }
  }
  // As a service manager does; '@' stands for the NUL of an abstract address.
  void listen(const std::string& address) {
    sockaddr_un bound{};
    bound.sun_family = AF_UNIX;
    std::memcpy(bound.sun_path, address.data(), address.size());
    if (address.front() == '@') bound.sun_path[0] = '\0';
    const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + address.size());
    socket_.reset(::socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    ASSERT_EQ(::bind(socket_.get(), reinterpret_cast<const sockaddr*>(&bound), size), 0);
    ::setenv("NOTIFY_SOCKET", address.c_str(), 1);
  }
  std::string heard() {
    std::array<char, 256> buffer{};
    const ssize_t size = ::recv(socket_.get(), buffer.data(), buffer.size(), 0);
    return size < 0 ? "" : std::string(buffer.data(), static_cast<std::size_t>(size));
  }

  TemporaryDirectory directory_;
  OwnedFd socket_;
};

TEST_F(NotifyTest, SaysWhatItIsToldTo) {
  listen(directory_ / "notify");
  Notifier notifier;
  EXPECT_TRUE(notifier.listening());
  notifier.ready();
  EXPECT_EQ(heard(), "READY=1");
  notifier.reloading(Time{std::chrono::seconds{7}});
  EXPECT_EQ(heard(), "RELOADING=1\nMONOTONIC_USEC=7000000");
  notifier.stopping();
  EXPECT_EQ(heard(), "STOPPING=1");
  notifier.alive();
  EXPECT_EQ(heard(), "WATCHDOG=1");
}

TEST_F(NotifyTest, AStatusIsSaidWhenItChanges) {
  listen("@holdfast-notify-test-" + std::to_string(::getpid()));
  Notifier notifier;
  notifier.status("1 MASTER");
  EXPECT_EQ(heard(), "STATUS=1 MASTER");
  notifier.status("1 MASTER");
  EXPECT_EQ(heard(), "");
  notifier.status("1 BACKUP");
  EXPECT_EQ(heard(), "STATUS=1 BACKUP");
}

TEST_F(NotifyTest, WithoutAServiceManagerItIsSilent) {
  Notifier notifier;
  EXPECT_FALSE(notifier.listening());
  EXPECT_EQ(notifier.watchdog_interval(), std::nullopt);
  notifier.ready();
}

TEST_F(NotifyTest, TheWatchdogIsFedTwiceAsOftenAsAskedFor) {
  listen(directory_ / "notify");
  EXPECT_EQ(Notifier().watchdog_interval(), std::nullopt);
  ::setenv("WATCHDOG_USEC", "10000000", 1);
  EXPECT_EQ(Notifier().watchdog_interval(), std::chrono::seconds{5});
  ::setenv("WATCHDOG_PID", std::to_string(::getpid()).c_str(), 1);
  EXPECT_EQ(Notifier().watchdog_interval(), std::chrono::seconds{5});
  ::setenv("WATCHDOG_PID", "1", 1);
  EXPECT_EQ(Notifier().watchdog_interval(), std::nullopt) << "meant for another process";
  ::unsetenv("WATCHDOG_PID");
  ::setenv("WATCHDOG_USEC", "soon", 1);
  EXPECT_EQ(Notifier().watchdog_interval(), std::nullopt);
}

}  // namespace
}  // namespace holdfast::supervisor
