// SPDX-License-Identifier: Apache-2.0
#include "supervisor/fork.h"

#include <fcntl.h>
#include <sys/wait.h>

#include <algorithm>

namespace holdfast::supervisor {
namespace {

constexpr int kLowestOwnFd = 10;

}  // namespace

OwnedFd out_of_the_way(const OwnedFd& fd) {
  return OwnedFd(::fcntl(fd.get(), F_DUPFD_CLOEXEC, kLowestOwnFd));
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> array;
  array.reserve(texts.size() + 1);
  for (std::string& text : texts) array.push_back(text.data());
  array.push_back(nullptr);
  return array;
}

void reset_signals(std::span<const int> ignored) {
  struct sigaction action {};
  for (int number = 1; number < NSIG; ++number) {
    const bool ignore = std::find(ignored.begin(), ignored.end(), number) != ignored.end();
    action.sa_handler = ignore ? SIG_IGN : SIG_DFL;
    ::sigaction(number, &action, nullptr);  // refused for SIGKILL and SIGSTOP, rightly
  }
  sigset_t none;
  sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
}

void wait_for(pid_t pid) {
  while (::waitpid(pid, nullptr, 0) < 0 && errno == EINTR) {
  }
}

}  // namespace holdfast::supervisor
