// SPDX-License-Identifier: Apache-2.0
#include "ctl/program_output.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <string_view>

#include "common/os_error.h"
#include "common/owned_fd.h"

namespace holdfast::ctl {
namespace {

constexpr std::size_t kOutputMax = 64U << 20U;

std::string path_of(const std::string& name) {
  for (const char* const folder : {"/usr/sbin/", "/usr/bin/", "/sbin/", "/bin/"}) {
    std::string path = folder + name;
    if (::access(path.c_str(), X_OK) == 0) return path;
  }
  return "";
}

[[noreturn]] void become(const std::string& path, const std::vector<std::string>& words,
                         int output) {
  std::vector<char*> argv;
  for (const std::string& word : words) argv.push_back(const_cast<char*>(word.c_str()));
  argv.push_back(nullptr);
  std::array<char*, 1> environment{nullptr};
  ::dup2(output, STDOUT_FILENO);
  const OwnedFd null(::open("/dev/null", O_RDWR | O_CLOEXEC));
  ::dup2(null.get(), STDIN_FILENO);
  ::dup2(null.get(), STDERR_FILENO);
  ::execve(path.c_str(), argv.data(), environment.data());
  ::_exit(127);
}

}  // namespace

Result<std::string> output_of(const std::vector<std::string>& words) {
  const std::string path = path_of(words.front());
  if (path.empty()) return fail("the program " + words.front() + " is not installed");
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return fail_errno("cannot make a pipe");
  const OwnedFd reader(ends[0]);
  OwnedFd writer(ends[1]);
  const pid_t child = ::fork();
  if (child < 0) return fail_errno("cannot start " + path);
  if (child == 0) become(path, words, writer.get());
  writer = OwnedFd();
  std::string text;
  std::array<char, 65536> buffer;  // NOLINT: the kernel fills what is read
  while (text.size() <= kOutputMax) {
    const ssize_t size = ::read(reader.get(), buffer.data(), buffer.size());
    if (size < 0 && errno == EINTR) continue;
    if (size <= 0) break;
    text.append(buffer.data(), static_cast<std::size_t>(size));
  }
  const bool whole = text.size() <= kOutputMax;
  if (!whole) ::kill(child, SIGKILL);
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  if (!whole) return fail(path + " says more than can be read");
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) return fail(path + " failed");
  return text;
}

}  // namespace holdfast::ctl
