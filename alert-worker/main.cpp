// SPDX-License-Identifier: Apache-2.0
#include <signal.h>
#include <sys/resource.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "alert-worker/worker.h"
#include "common/event_loop.h"
#include "common/log.h"
#include "common/sandbox.h"
#include "common/transfers.h"

namespace holdfast::alert {
namespace {

// Whoever is told waits for those who keep addresses, never the other way round.
constexpr int kNiceness = 10;

int program(const std::vector<std::string_view>& words) {
  if (words.size() != 2 || words[0] != "--root") {
    static_cast<void>(std::fputs("holdfast-alert-worker is started by holdfastd\n", stderr));
    return 2;
  }
  log_setup("alert-worker", LogLevel::kInfo, LogStyle::kText);
  static_cast<void>(::setpriority(PRIO_PROCESS, 0, kNiceness));
  static_cast<void>(::signal(SIGPIPE, SIG_IGN));  // TLS writes without MSG_NOSIGNAL
  if (auto prepared = Transfers::prepare(); !prepared) {
    log(LogLevel::kError, prepared.error().message);
    return EXIT_FAILURE;
  }
  if (auto confined = confine(Role::kAlert, std::string(words[1])); !confined) {
    log(LogLevel::kError, confined.error().message);
    return EXIT_FAILURE;
  }
  EventLoop loop;
  const AlertWorker worker(loop);
  loop.run();
  return EXIT_SUCCESS;
}

}  // namespace
}  // namespace holdfast::alert

int main(int argc, char** argv) {
  return holdfast::alert::program({argv + std::min(argc, 1), argv + argc});
}
