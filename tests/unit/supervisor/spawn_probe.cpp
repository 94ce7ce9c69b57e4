// SPDX-License-Identifier: Apache-2.0
// Run by spawn_test: says on its channel what it was given, or ends as its argument says.
#include <dirent.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdlib>
#include <set>
#include <string>

namespace {

std::string descriptors() {
  std::set<int> open;
  DIR* const folder = ::opendir("/proc/self/fd");
  while (const dirent* entry = ::readdir(folder)) {
    const int fd = std::atoi(entry->d_name);
    if (entry->d_name[0] != '.' && fd != ::dirfd(folder)) open.insert(fd);
  }
  ::closedir(folder);
  std::string text;
  for (const int fd : open) text += std::to_string(fd) + " ";
  return text;
}

// The ignored ones. No handler survives an exec; those of a sanitizer come after it.
std::string signals() {
  std::string text;
  for (int number = 1; number < NSIG; ++number) {
    struct sigaction action {};
    if (::sigaction(number, nullptr, &action) != 0) continue;
    if (action.sa_handler == SIG_IGN) text += std::to_string(number) + " ";
  }
  sigset_t blocked;
  ::sigprocmask(SIG_SETMASK, nullptr, &blocked);
  for (int number = 1; number < NSIG; ++number) {
    if (sigismember(&blocked, number) == 1) text += "blocked ";
  }
  return text;
}

std::string environment() {
  std::string text;
  for (char** entry = environ; *entry != nullptr; ++entry) text += std::string(*entry) + " ";
  return text;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc > 1 && std::string(argv[1]) == "exit") return 7;
  if (argc > 1 && std::string(argv[1]) == "wait") ::pause();
  std::string words;
  for (int i = 0; i < argc; ++i) words += std::string(argv[i]) + " ";
  const std::string text = "argv: " + words + "\nfds: " + descriptors() +
                           "\nsignals: " + signals() + "\nenvironment: " + environment() +
                           "\nsession: " + (::getsid(0) == ::getpid() ? "own" : "another's");
  return ::send(3, text.data(), text.size(), 0) < 0 ? 1 : 0;
}
