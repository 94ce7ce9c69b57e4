// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "balance-worker/worker.h"
#include "common/event_loop.h"
#include "common/log.h"
#include "common/sandbox.h"

namespace holdfast::balance {
namespace {

int program(const std::vector<std::string_view>& words) {
  if (words.size() != 2 || words[0] != "--root") {
    static_cast<void>(std::fputs("holdfast-balance-worker is started by holdfastd\n", stderr));
    return 2;
  }
  log_setup("balance-worker", LogLevel::kInfo, LogStyle::kText);
  if (auto confined = confine(Role::kBalance, std::string(words[1])); !confined) {
    log(LogLevel::kError, confined.error().message);
    return EXIT_FAILURE;
  }
  EventLoop loop;
  const BalanceWorker worker(loop);
  loop.run();
  return EXIT_SUCCESS;
}

}  // namespace
}  // namespace holdfast::balance

int main(int argc, char** argv) {
  return holdfast::balance::program({argv + std::min(argc, 1), argv + argc});
}
