// SPDX-License-Identifier: Apache-2.0
#include "supervisor/script_process.h"

#include <fcntl.h>
#include <grp.h>
#include <linux/close_range.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <array>
#include <cerrno>
#include <string_view>
#include <system_error>
#include <utility>

extern "C" {  // which glibc 2.36 forgot to say itself
#include <sys/pidfd.h>
}

#include "common/os_error.h"
#include "supervisor/fork.h"

namespace holdfast::supervisor {
namespace {

constexpr const char* kPath = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
constexpr int kReadsPerTurn = 16;

enum class Step : int { kWire, kBecomeUser, kExecute };

struct Failure {
  Step step{};
  int error = 0;
};

struct Image {
  char* const* arguments = nullptr;
  char* const* environment = nullptr;
  const UnixUser* user = nullptr;
  int input = -1;
  int output = -1;
  int report = -1;
  pid_t parent = 0;
};

// The service's own standing with the kernel's killer of processes is for the service.
void be_as_expendable_as_others() {
  const int score = ::open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
  if (score < 0) return;
  static_cast<void>(!::write(score, "0", 1));
  ::close(score);
}

bool become_user(const UnixUser& user) {
  return ::setgroups(user.groups.size(), user.groups.data()) == 0 &&
         ::setresgid(user.gid, user.gid, user.gid) == 0 &&
         ::setresuid(user.uid, user.uid, user.uid) == 0 &&
         ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0;
}

[[noreturn]] void become(const Image& image) {
  ::setsid();
  reset_signals({});
  be_as_expendable_as_others();
  ::umask(022);
  Step step = Step::kWire;
  const bool wired =
      ::dup2(image.input, STDIN_FILENO) >= 0 && ::dup2(image.output, STDOUT_FILENO) >= 0 &&
      ::dup2(image.output, STDERR_FILENO) >= 0 &&
      ::close_range(STDERR_FILENO + 1, ~0U, CLOSE_RANGE_CLOEXEC) == 0 && ::chdir("/") == 0;
  if (wired) {
    step = Step::kBecomeUser;
    // A change of user forgets the signal at the parent's death, so that comes after.
    if (become_user(*image.user) && ::prctl(PR_SET_PDEATHSIG, SIGTERM, 0, 0, 0) == 0) {
      step = Step::kExecute;
      if (::getppid() != image.parent) ::_exit(1);
      ::execve(image.arguments[0], image.arguments, image.environment);
    }
  }
  const Failure failure{step, errno};
  static_cast<void>(!::write(image.report, &failure, sizeof failure));
  ::_exit(1);
}

struct Ends {
  OwnedFd ours;    // does not block
  OwnedFd theirs;  // blocks, as a program expects
};

Result<Ends> make_pipe() {
  std::array<int, 2> pipe{};
  if (::pipe2(pipe.data(), O_CLOEXEC) != 0) return fail_errno("cannot make a pipe");
  const OwnedFd low_ours(pipe[0]);
  const OwnedFd low_theirs(pipe[1]);
  Ends ends{out_of_the_way(low_ours), out_of_the_way(low_theirs)};
  if (!ends.ours || !ends.theirs || ::fcntl(ends.ours.get(), F_SETFL, O_NONBLOCK) != 0) {
    return fail_errno("cannot make a pipe");
  }
  return ends;
}

std::vector<std::string> with_the_usual(std::vector<std::string> environment,
                                        const UnixUser& user) {
  environment.emplace_back(kPath);
  environment.push_back("HOME=" + user.home);
  environment.push_back("USER=" + user.name);
  environment.push_back("LOGNAME=" + user.name);
  environment.emplace_back("LC_ALL=C.UTF-8");
  return environment;
}

}  // namespace

Result<std::unique_ptr<ScriptProcess>> ScriptProcess::start(EventLoop& loop, Launch launch,
                                                            Ended ended) {
  Result<Ends> output = make_pipe();
  if (!output) return tl::unexpected(output.error());
  Result<Ends> report = make_pipe();
  if (!report) return tl::unexpected(report.error());
  const OwnedFd low_null(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  const OwnedFd null = out_of_the_way(low_null);
  if (!null) return fail_errno("cannot open /dev/null");

  std::vector<std::string> words = launch.command.words;
  std::vector<std::string> variables = with_the_usual(std::move(launch.environment), launch.user);
  const std::vector<char*> argv = pointers(words);
  const std::vector<char*> envp = pointers(variables);
  const Image image{argv.data(),          envp.data(),          &launch.user, null.get(),
                    output->theirs.get(), report->theirs.get(), ::getpid()};
  const pid_t pid = fork_quietly(Memory::kCopied, [&image] { become(image); });
  if (pid < 0) return fail_errno("cannot fork");
  OwnedFd pidfd(::pidfd_open(pid, 0));
  if (!pidfd) {
    const auto failed = fail_errno("cannot open a pidfd");
    ::kill(pid, SIGKILL);
    wait_for(pid);
    return failed;
  }
  return std::unique_ptr<ScriptProcess>(new ScriptProcess(
      loop, pid, std::move(pidfd), Pipes{std::move(output->ours), std::move(report->ours)},
      launch.alone, std::move(ended)));
}

ScriptProcess::ScriptProcess(EventLoop& loop, pid_t pid, OwnedFd pidfd, Pipes pipes, bool alone,
                             Ended ended)
    : pid_(pid),
      pidfd_(std::move(pidfd)),
      pipes_(std::move(pipes)),
      alone_(alone),
      ended_(std::move(ended)),
      exit_watch_(loop, pidfd_.get(), Ready{true, false}, [this](Ready) { reap(); }),
      output_watch_(loop, pipes_.output.get(), Ready{true, false},
                    [this](Ready) { read_output(); }) {}

ScriptProcess::~ScriptProcess() {
  if (!ended_) return;
  kill();
  wait_for(pid_);
}

// Until it is reaped, its pid is its own and so is the group of that number.
void ScriptProcess::terminate() {
  late_ = true;
  ::kill(-pid_, SIGTERM);
  ::kill(-pid_, SIGCONT);  // a stopped one would not hear it
}

void ScriptProcess::kill() {
  late_ = true;
  // Just forked, it may not have its own group yet.
  ::kill(-pid_, SIGKILL);
  static_cast<void>(::pidfd_send_signal(pidfd_.get(), SIGKILL, nullptr, 0));
}

void ScriptProcess::read_output() {
  std::array<char, 4096> buffer;  // NOLINT: the kernel fills what is read
  for (int i = 0; i < kReadsPerTurn; ++i) {
    const ssize_t size = ::read(pipes_.output.get(), buffer.data(), buffer.size());
    if (size < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (size <= 0) {
      output_watch_ = Watch();
      return;
    }
    first_line_.take({buffer.data(), static_cast<std::size_t>(size)});
  }
}

void ScriptProcess::reap() {
  siginfo_t info{};
  const auto id = static_cast<id_t>(pid_);
  // First only looked at: as long as the leader is there, the number of its group is too.
  if (::waitid(P_PID, id, &info, WEXITED | WNOHANG | WNOWAIT) != 0 || info.si_pid == 0) return;
  read_output();
  if (alone_ || late_) ::kill(-pid_, SIGKILL);
  wait_for(pid_);
  exit_watch_ = Watch();
  output_watch_ = Watch();
  ScriptEnd end{error_of_exec(), late_, 0, 0, first_line_.text()};
  (info.si_code == CLD_EXITED ? end.status : end.signal) = info.si_status;
  const Ended ended = std::exchange(ended_, nullptr);
  ended(end);
}

std::string ScriptProcess::error_of_exec() const {
  Failure failure;
  if (::read(pipes_.report.get(), &failure, sizeof failure) != sizeof failure) return "";
  std::string_view what;
  switch (failure.step) {
    case Step::kWire:
      what = "cannot be given its descriptors: ";
      break;
    case Step::kBecomeUser:
      what = "cannot become its user: ";
      break;
    case Step::kExecute:
      what = "cannot be executed: ";
      break;
  }
  return std::string(what) + std::generic_category().message(failure.error);
}

}  // namespace holdfast::supervisor
