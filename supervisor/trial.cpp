// SPDX-License-Identifier: Apache-2.0
#include "supervisor/trial.h"

#include <signal.h>

#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <utility>
#include <variant>

#include "common/clock.h"
#include "common/event_loop.h"
#include "common/sandbox.h"
#include "common/worker.h"
#include "supervisor/core/handover.h"
#include "supervisor/core/life_end.h"
#include "supervisor/document.h"
#include "supervisor/handover_file.h"
#include "supervisor/programs.h"
#include "supervisor/worker_process.h"

namespace holdfast::supervisor {
namespace {

constexpr Duration kGreetingTime = std::chrono::seconds{5};

int failed(const std::string& why) {
  static_cast<void>(std::fprintf(stderr, "%s\n", why.c_str()));
  return EXIT_FAILURE;
}

// Every worker is started and ended by SIGKILL, with which none can do anything.
class Greetings {
 public:
  Greetings(const Programs& programs, const std::string& root)
      : programs_(programs),
        root_(root),
        deadline_(loop_, [this] { end("a worker did not greet within 5 s"); }) {}

  Result<void> await_all() {
    deadline_.set(monotonic_now() + kGreetingTime);
    for (const Role role : kRoles) start(role);
    if (living_ > 0) loop_.run();
    return wrong_.empty() ? Result<void>() : fail(wrong_);
  }

 private:
  void start(Role role) {
    const std::string name(to_string(role));
    auto& slot = workers_[static_cast<std::size_t>(role)];
    auto started = WorkerProcess::start(
        loop_, programs_.of(role), {"--root", root_},
        {[this, role, name, &slot](const Message& message, bool) {
           const auto* const hello = std::get_if<Hello>(&message);
           if (hello == nullptr || hello->role != role || hello->build_id != kBuildId) {
             end("the " + name + " that is installed is not of this build, " + kBuildId);
           }
           greeted_[static_cast<std::size_t>(role)] = true;
           slot->signal(SIGKILL);
         },
         [this, name](const std::string& what) {
           end("the " + name + " that is installed said " + what);
         },
         [this, role, name](int status, int signal) {
           if (!greeted_[static_cast<std::size_t>(role)] && wrong_.empty()) {
             end("the " + name + " " + how_it_ended(status, signal));
           }
           if (--living_ == 0) loop_.stop();
         }});
    if (!started) {
      end(started.error().message);
      return;
    }
    slot = std::move(*started);
    ++living_;
  }

  // Once something is wrong, nothing more is waited for but the ends.
  void end(const std::string& why) {
    if (wrong_.empty()) wrong_ = why;
    for (const auto& worker : workers_) {
      if (worker) worker->signal(SIGKILL);
    }
  }

  const Programs& programs_;
  std::string root_;
  EventLoop loop_;
  Timer deadline_;
  std::array<std::unique_ptr<WorkerProcess>, kRoles.size()> workers_;
  std::array<bool, kRoles.size()> greeted_{};
  int living_ = 0;
  std::string wrong_;
};

}  // namespace

int run_trial(const ConfigSource& source, const std::string& runtime_directory) {
  const Result<Handover> former = read_handover(OwnedFd(kChannelFd));
  if (!former) return failed(former.error().message);
  const Loading loading = load_document(source);
  if (!loading.document) {
    for (const std::string& fault : loading.faults) failed(fault);
    return EXIT_FAILURE;
  }
  const Result<Programs> programs = Programs::open();
  if (!programs) return failed(programs.error().message);
  const Result<void> greeted = Greetings(*programs, runtime_directory + "/root").await_all();
  return greeted ? EXIT_SUCCESS : failed(greeted.error().message);
}

}  // namespace holdfast::supervisor
