// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "check-worker/worker.h"
#include "common/event_loop.h"
#include "common/log.h"
#include "common/sandbox.h"

namespace holdfast::check {
namespace {

int program(const std::vector<std::string_view>& words) {
  if (words.size() != 2 || words[0] != "--root") {
    static_cast<void>(std::fputs("holdfast-check-worker is started by holdfastd\n", stderr));
    return 2;
  }
  log_setup("check-worker", LogLevel::kInfo, LogStyle::kText);
  allow_many_descriptors();  // a probe is a socket
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
