// SPDX-License-Identifier: Apache-2.0
#include <sys/resource.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "common/event_loop.h"
#include "common/log.h"
#include "common/sandbox.h"
#include "monitor-worker/worker.h"

namespace holdfast::monitor {
namespace {

// Whoever asks waits for those who keep addresses, never the other way round.
constexpr int kNiceness = 10;

int program(const std::vector<std::string_view>& words) {
  if (words.size() != 2 || words[0] != "--root") {
    static_cast<void>(std::fputs("holdfast-monitor-worker is started by holdfastd\n", stderr));
    return 2;
  }
  log_setup("monitor-worker", LogLevel::kInfo, LogStyle::kText);
  static_cast<void>(::setpriority(PRIO_PROCESS, 0, kNiceness));
  if (auto confined = confine(Role::kMonitor, std::string(words[1])); !confined) {
    log(LogLevel::kError, confined.error().message);
    return EXIT_FAILURE;
  }
  EventLoop loop;
  const MonitorWorker worker(loop);
  loop.run();
  return EXIT_SUCCESS;
}

}  // namespace
}  // namespace holdfast::monitor

int main(int argc, char** argv) {
  return holdfast::monitor::program({argv + std::min(argc, 1), argv + argc});
}
