// SPDX-License-Identifier: Apache-2.0
#include <signal.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "common/event_loop.h"
#include "common/log.h"
#include "common/sandbox.h"
#include "common/transfers.h"
#include "witness-worker/worker.h"

namespace holdfast::witness {
namespace {

int program(const std::vector<std::string_view>& words) {
  if (words.size() != 2 || words[0] != "--root") {
    static_cast<void>(std::fputs("holdfast-witness-worker is started by holdfastd\n", stderr));
    return 2;
  }
  log_setup("witness-worker", LogLevel::kInfo, LogStyle::kText);
  static_cast<void>(::signal(SIGPIPE, SIG_IGN));  // TLS writes without MSG_NOSIGNAL
  if (auto prepared = Transfers::prepare(); !prepared) {
    log(LogLevel::kError, prepared.error().message);
    return EXIT_FAILURE;
  }
  if (auto confined = confine(Role::kWitness, std::string(words[1])); !confined) {
    log(LogLevel::kError, confined.error().message);
    return EXIT_FAILURE;
  }
  EventLoop loop;
  const WitnessWorker worker(loop);
  loop.run();
  return EXIT_SUCCESS;
}

}  // namespace
}  // namespace holdfast::witness

int main(int argc, char** argv) {
  return holdfast::witness::program({argv + std::min(argc, 1), argv + argc});
}
