// SPDX-License-Identifier: Apache-2.0
#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "check-worker/worker.h"
#include "common/core/result.h"
#include "common/event_loop.h"
#include "common/log.h"
#include "common/sandbox.h"

namespace holdfast::check {
namespace {

// A probe is a socket, and the usual soft limit is 1024.
void allow_many_sockets() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

// Ctrl-C and a closed terminal reach the whole process group, `systemctl stop` the whole control
// group. What follows from them is the supervisor's to say, through the channel: a worker that died
// of them would look like one that crashed in the midst of an orderly stop.
void leave_signals_to_the_supervisor() {
  for (const int signal : {SIGHUP, SIGINT, SIGTERM}) {
    HF_CHECK(::signal(signal, SIG_IGN) != SIG_ERR);
  }
}

int program(const std::vector<std::string_view>& words) {
  if (words.size() != 2 || words[0] != "--root") {
    static_cast<void>(std::fputs("holdfast-check-worker is started by holdfastd\n", stderr));
    return 2;
  }
  log_setup("check-worker", LogLevel::kInfo, LogStyle::kText);
  leave_signals_to_the_supervisor();
  allow_many_sockets();
  if (auto confined = confine(Role::kCheck, std::string(words[1])); !confined) {
    log(LogLevel::kError, confined.error().message);
    return EXIT_FAILURE;
  }
  EventLoop loop;
  const CheckWorker worker(loop);
  loop.run();
  return EXIT_SUCCESS;
}

}  // namespace
}  // namespace holdfast::check

int main(int argc, char** argv) {
  return holdfast::check::program({argv + std::min(argc, 1), argv + argc});
}
