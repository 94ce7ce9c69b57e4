// SPDX-License-Identifier: Apache-2.0
#include "supervisor/spawn.h"

#include <fcntl.h>
#include <limits.h>
#include <linux/close_range.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <system_error>
#include <utility>

extern "C" {  // which glibc 2.36 forgot to say itself
#include <sys/pidfd.h>
}

#include "common/os_error.h"
#include "common/sandbox.h"
#include "supervisor/fork.h"

namespace holdfast::supervisor {
namespace {

constexpr std::array kPassedOn{"JOURNAL_STREAM", "HOLDFAST_CORE_DUMPS", "NO_COLOR",
                               "ASAN_OPTIONS",   "UBSAN_OPTIONS",       "LSAN_OPTIONS"};

// A worker ends when its supervisor says so or is gone. What a service manager or a terminal sends
// to the whole group is for the supervisor to act on, and a log that nobody reads ends nobody.
constexpr std::array kIgnored{SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGPIPE};

std::string own_folder() {
  std::array<char, PATH_MAX> path{};
  const ssize_t size = ::readlink("/proc/self/exe", path.data(), path.size());
  const std::string file(path.data(), static_cast<std::size_t>(std::max<ssize_t>(size, 0)));
  return file.substr(0, file.rfind('/') + 1);
}

std::vector<std::string> environment() {
  std::vector<std::string> variables;
  for (const char* const name : kPassedOn) {
    const char* const value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe)
    if (value != nullptr) variables.push_back(std::string(name) + "=" + value);
  }
  return variables;
}

// Everything that the child needs is made before the fork: after it only calls that are safe in a
// signal handler are allowed.
struct Launch {
  int program = -1;
  int channel = -1;
  int errors = -1;
  int report = -1;  // errno of what failed; closed by a successful exec
  char* const* arguments = nullptr;
  char* const* environment = nullptr;
};

[[noreturn]] void become(const Launch& launch) {
  ::setsid();
  reset_signals(kIgnored);
  const bool wired = ::dup2(launch.errors, STDERR_FILENO) >= 0 &&
                     ::dup2(STDERR_FILENO, STDOUT_FILENO) >= 0 &&
                     (launch.channel < 0 || ::dup2(launch.channel, kChannelFd) >= 0);
  // Also what whoever started us left open.
  const unsigned first_unused = kChannelFd + (launch.channel < 0 ? 0 : 1);
  const bool tidy = ::close_range(first_unused, ~0U, CLOSE_RANGE_CLOEXEC) == 0;
  if (wired && tidy) {
    ::execveat(launch.program, "", launch.arguments, launch.environment, AT_EMPTY_PATH);
  }
  const int error = errno;
  static_cast<void>(!::write(launch.report, &error, sizeof error));
  ::_exit(EXIT_FAILURE);
}

// Waits for the exec, which takes no longer than it takes to load a program.
int error_of_exec(const OwnedFd& report) {
  int error = 0;
  ssize_t size = 0;
  do {
    size = ::read(report.get(), &error, sizeof error);
  } while (size < 0 && errno == EINTR);
  return size == sizeof error ? error : 0;
}

}  // namespace

Result<Program> Program::open(const std::string& name) {
  const std::string folder = own_folder();
  OwnedFd fd(::open((folder + name).c_str(), O_PATH | O_CLOEXEC));
  if (!fd) fd.reset(::open((HOLDFAST_LIBEXEC_DIR "/" + name).c_str(), O_PATH | O_CLOEXEC));
  if (!fd) return fail_errno("cannot find " + name + " in " + folder + " or " HOLDFAST_LIBEXEC_DIR);
  OwnedFd kept = out_of_the_way(fd);
  if (!kept) return fail_errno("cannot keep " + name + " open");
  return Program(name, std::move(kept));
}

Result<Program> Program::open_file(const std::string& name, const std::string& path) {
  OwnedFd fd(::open(path.c_str(), O_PATH | O_CLOEXEC));
  OwnedFd kept = fd ? out_of_the_way(fd) : OwnedFd();
  if (!kept) return fail_errno("cannot open " + path);
  return Program(name, std::move(kept));
}

Result<std::unique_ptr<Child>> Child::start(EventLoop& loop, const Program& program,
                                            const std::vector<std::string>& arguments, int channel,
                                            Exited exited, int errors) {
  std::array<int, 2> pipe{};
  if (::pipe2(pipe.data(), O_CLOEXEC) != 0) return fail_errno("cannot make a pipe");
  const OwnedFd report(pipe[0]);
  OwnedFd low(pipe[1]);
  OwnedFd far_end = out_of_the_way(low);
  low.reset();
  if (!far_end) return fail_errno("cannot make a pipe");

  std::vector<std::string> words{program.name()};
  words.insert(words.end(), arguments.begin(), arguments.end());
  std::vector<std::string> variables = environment();
  const std::vector<char*> argv = pointers(words);
  const std::vector<char*> envp = pointers(variables);
  const Launch launch{program.fd(), channel, errors, far_end.get(), argv.data(), envp.data()};
  const pid_t pid = fork_quietly(Memory::kShared, [&launch] { become(launch); });
  if (pid < 0) return fail_errno("cannot fork");
  far_end.reset();
  // The child is reaped by nobody else, so that the pid is still its own.
  OwnedFd pidfd(::pidfd_open(pid, 0));
  if (!pidfd) {
    const auto failed = fail_errno("cannot open a pidfd");
    ::kill(pid, SIGKILL);
    wait_for(pid);
    return failed;
  }
  if (const int error = error_of_exec(report); error != 0) {
    wait_for(pid);
    return fail("cannot execute " + program.name() + ": " + std::generic_category().message(error));
  }
  return std::unique_ptr<Child>(new Child(loop, pid, std::move(pidfd), std::move(exited)));
}

Result<std::unique_ptr<Child>> Child::adopt(EventLoop& loop, pid_t pid, Exited exited) {
  OwnedFd pidfd(::pidfd_open(pid, 0));
  if (!pidfd) return fail_errno("cannot take over the process " + std::to_string(pid));
  return std::unique_ptr<Child>(new Child(loop, pid, std::move(pidfd), std::move(exited)));
}

Child::Child(EventLoop& loop, pid_t pid, OwnedFd pidfd, Exited exited)
    : pid_(pid),
      pidfd_(std::move(pidfd)),
      exited_(std::move(exited)),
      watch_(loop, pidfd_.get(), Ready{true, false}, [this](Ready) { reap(); }) {}

void Child::signal(int number) {
  static_cast<void>(::pidfd_send_signal(pidfd_.get(), number, nullptr, 0));
}

void Child::reap() {
  siginfo_t info{};
  const auto pidfd = static_cast<id_t>(pidfd_.get());
  if (::waitid(P_PIDFD, pidfd, &info, WEXITED | WNOHANG) != 0 || info.si_pid == 0) return;
  watch_ = Watch();
  const Exited exited = std::move(exited_);
  if (info.si_code == CLD_EXITED) {
    exited(info.si_status, 0);
  } else {
    exited(0, info.si_status);
  }
}

}  // namespace holdfast::supervisor
