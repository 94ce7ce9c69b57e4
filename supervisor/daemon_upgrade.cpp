// SPDX-License-Identifier: Apache-2.0
#include <signal.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <string>
#include <system_error>
#include <utility>

#include "common/clock.h"
#include "common/log.h"
#include "common/os_error.h"
#include "common/program_file.h"
#include "common/worker.h"
#include "supervisor/core/life_end.h"
#include "supervisor/daemon.h"
#include "supervisor/fork.h"
#include "supervisor/handover_file.h"

// An upgrade: this process becomes the program that is installed now, and keeps its pid, its
// children and its descriptors. The workers go on meanwhile. Until the very call nothing is given
// up, so that whatever fails leaves this program running.
namespace holdfast::supervisor {
namespace {

constexpr Duration kTrialTime = std::chrono::seconds{10};
constexpr Duration kQuietTime =
    std::chrono::seconds{20};  // for scripts and workers to come to rest
constexpr Duration kLookInterval = std::chrono::milliseconds{20};
constexpr std::array kOurSignals{SIGTERM, SIGINT, SIGHUP, SIGUSR2};

// What comes while nobody can handle it waits for the next program.
void hold_signals(bool hold) {
  sigset_t ours;
  sigemptyset(&ours);
  for (const int number : kOurSignals) sigaddset(&ours, number);
  ::sigprocmask(hold ? SIG_BLOCK : SIG_UNBLOCK, &ours, nullptr);
}

bool same_file(int fd, const std::string& path) {
  struct stat tried {};
  struct stat named {};
  return ::fstat(fd, &tried) == 0 && ::stat(path.c_str(), &named) == 0 &&
         tried.st_dev == named.st_dev && tried.st_ino == named.st_ino;
}

// A memfd takes all that a trial says, and never makes it wait.
std::string text_of(const OwnedFd& memfd) {
  std::array<char, 4096> text;  // NOLINT: the kernel fills what is read
  const ssize_t size = ::pread(memfd.get(), text.data(), text.size(), 0);
  return {text.data(), static_cast<std::size_t>(std::max<ssize_t>(size, 0))};
}

}  // namespace

Result<void> Daemon::begin_upgrade() {
  if (stopping_) return fail("holdfastd is stopping");
  if (upgrade_) return {};
  if (unconfirmed_) return fail("a configuration waits to be confirmed: holdfastctl confirm");
  UnixUser root;
  root.name = "root";
  if (auto trusted = trusted_program(invocation_.program, root); !trusted) return trusted;
  Result<Program> program = Program::open_file("holdfastd", invocation_.program);
  if (!program) return tl::unexpected(program.error());
  const Result<OwnedFd> state = write_handover(core_.hand_over());
  if (!state) return tl::unexpected(state.error());
  const OwnedFd low(::memfd_create("holdfast-trial", MFD_CLOEXEC));
  OwnedFd output = out_of_the_way(low);
  if (!output) return fail_errno("cannot make a file for the output of the new version");

  std::vector<std::string> arguments = invocation_.arguments;
  arguments.emplace_back("--trial");
  auto child = Child::start(
      loop_, *program, arguments, state->get(),
      [this](int status, int signal) { trial_ended(status, signal); }, output.get());
  if (!child) return tl::unexpected(child.error());
  upgrade_.reset(new UpgradeTrial{std::move(*program),
                                  std::move(output),
                                  std::move(*child),
                                  Timer(loop_, [this] { upgrade_->child->signal(SIGKILL); }),
                                  {}});
  upgrade_->timer.set(monotonic_now() + kTrialTime);
  log(LogLevel::kInfo, "upgrade: trying " + invocation_.program);
  return {};
}

void Daemon::upgrade() {
  if (auto begun = begin_upgrade(); !begun) fail_upgrade(begun.error().message);
}

void Daemon::trial_ended(int status, int signal) {
  std::string said = text_of(upgrade_->output);
  std::string first;
  while (!said.empty()) {
    const std::size_t end = std::min(said.find('\n'), said.size());
    const std::string line = said.substr(0, end);
    log(LogLevel::kWarning, "upgrade: the new version says: " + line);
    if (first.empty()) first = line;
    said.erase(0, end + 1);
  }
  if (status != 0 || signal != 0) {
    const bool late = signal == SIGKILL;
    const std::string how = late ? "was not ready within 10 s" : how_it_ended(status, signal);
    fail_upgrade("the new version " + how + (first.empty() ? "" : ": " + first));
    return;
  }
  upgrade_->deadline = monotonic_now() + kQuietTime;
  // The timer's own callback must not replace it: another takes its place here.
  quiet_.set(monotonic_now());
  upgrade_->timer.set(std::nullopt);
}

// What must not be cut off comes to its end first.
void Daemon::look_for_quiet() {
  if (!upgrade_) return;
  for (const auto& process : processes_) {
    if (process) process->hear();
  }
  std::string why;
  if (stopping_ || exiting_) why = "holdfastd is stopping";
  if (!core_.settled() || withdrawal_.child) why = "a worker is not at work";
  if (!messenger_.idle()) why = "a notify script still runs";
  if (control_socket_->talking()) why = "somebody is being answered";
  if (why.empty()) {
    const Result<void> failed = become_the_new_version();
    fail_upgrade(failed.error().message);
  } else if (stopping_ || monotonic_now() > upgrade_->deadline) {
    fail_upgrade(why);
  } else {
    quiet_.set(monotonic_now() + kLookInterval);
  }
}

Handover Daemon::hand_over() {
  Handover handover = core_.hand_over();
  for (HandedWorker& worker : handover.workers) {
    worker.pid = process(worker.role)->pid();
    worker.channel = process(worker.role)->channel();
  }
  handover.lock = directory_.lock_descriptor();
  handover.control = control_socket_->descriptor();
  handover.askers = control_socket_->askers();
  handover.orphans = check_scripts_.pids();
  const NotifyFifo::Held fifo = messenger_.fifo();
  handover.fifo = fifo.path;
  handover.fifo_descriptor = fifo.descriptor;
  handover.fifo_made = fifo.made;
  return handover;
}

// Returns only if it fails, and then nothing has changed.
Result<void> Daemon::become_the_new_version() {
  if (!same_file(upgrade_->program.fd(), invocation_.program)) {
    return fail(invocation_.program + " was replaced once more; try again");
  }
  // Only those who asked for the upgrade are answered by the next program.
  std::vector<Ticket> others;
  for (const auto& [ticket, answer] : asked_) {
    if (!upgrade_askers_.contains(ticket)) others.push_back(ticket);
  }
  for (const Ticket ticket : others) {
    answer(ticket, error_document("holdfastd is being upgraded; ask again"));
  }
  hold_signals(true);
  const Handover handover = hand_over();
  const Result<OwnedFd> memfd = write_handover(handover);
  if (!memfd) {
    hold_signals(false);
    return tl::unexpected(memfd.error());
  }
  std::vector<int> descriptors = descriptors_of(handover);
  descriptors.push_back(memfd->get());
  std::vector<std::string> words{"holdfastd"};
  words.insert(words.end(), invocation_.arguments.begin(), invocation_.arguments.end());
  const std::vector<char*> argv = pointers(words);
  log(LogLevel::kInfo, "upgrade: the new version takes over");
  notifier_.reloading(monotonic_now());  // its READY=1 ends it
  let_outlive_exec(descriptors, true);
  announce_handover(memfd->get());
  ::execv(invocation_.program.c_str(), argv.data());
  const auto failed = fail_errno("cannot execute " + invocation_.program);
  announce_handover(-1);
  let_outlive_exec(descriptors, false);
  notifier_.ready();
  hold_signals(false);
  return failed;
}

void Daemon::fail_upgrade(const std::string& why) {
  upgrade_.reset();
  log(LogLevel::kError, "upgrade refused, this version goes on: " + why);
  for (const Ticket ticket : std::exchange(upgrade_askers_, {})) {
    answer(ticket, error_document("this version goes on: " + why));
  }
}

// ---- The other side.

void Daemon::take_over(const Handover& former) {
  core_.take_over(former);
  chronicle_.take_over(former.retained, core_.workers());
  for (const HandedWorker& one : former.workers) {
    if (one.pid == 0) continue;
    auto adopted =
        WorkerProcess::adopt(loop_, one.pid, OwnedFd(one.channel), callbacks_of(one.role));
    if (adopted) {
      process(one.role) = std::move(*adopted);
    } else {
      handle(SpawnFailed{one.role, adopted.error().message});
    }
  }
  for (const int pid : former.orphans) {
    auto script = Child::adopt(loop_, pid, [this, pid](int, int) { orphans_.erase(pid); });
    if (!script) continue;
    ::kill(-pid, SIGKILL);  // its group: it is our child and not yet reaped
    orphans_.emplace(pid, std::move(*script));
  }
  messenger_.take_over({former.fifo, former.fifo_descriptor, former.fifo_made});
  for (const int asker : former.askers) {
    asked_.emplace(++last_ticket_, control_socket_->adopt_asker(OwnedFd(asker)));
    upgrade_askers_.insert(last_ticket_);
  }
  log(LogLevel::kInfo, std::string(former.lock < 0 ? "restart: " : "upgrade: ") + kBuildId +
                           " takes over from " + former.build_id);
}

void Daemon::upgraded() {
  for (const Ticket ticket : std::exchange(upgrade_askers_, {})) answer(ticket, done_document());
}

void Daemon::hear_signals() {
  hold_signals(false);
}

}  // namespace holdfast::supervisor
