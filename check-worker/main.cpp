// SPDX-License-Identifier: Apache-2.0
#include <sys/resource.h>

#include <algorithm>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "check-worker/worker.h"
#include "common/event_loop.h"
#include "common/log.h"
#include "common/sandbox.h"
#include "names/core/resolver.h"

namespace holdfast::check {
namespace {

// So many descriptors are left for probes, beside the process's own, those of lookups, those of an
// operator's runs and those of probes to come.
std::size_t sockets_max() {
  constexpr rlim_t kOthers = 48 + Resolver::kLookupsMax + IdleSockets::kMax;
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return kOthers;
  if (limit.rlim_cur <= 2 * kOthers) return static_cast<std::size_t>(limit.rlim_cur / 2);
  return static_cast<std::size_t>(limit.rlim_cur - kOthers);
}

int program(const std::vector<std::string_view>& words) {
  if (words.size() != 2 || words[0] != "--root") {
    static_cast<void>(std::fputs("holdfast-check-worker is started by holdfastd\n", stderr));
    return 2;
  }
  log_setup("check-worker", LogLevel::kInfo, LogStyle::kText);
  allow_many_descriptors();  // a probe is a socket
  const std::size_t sockets = sockets_max();
  if (auto confined = confine(Role::kCheck, std::string(words[1])); !confined) {
    log(LogLevel::kError, confined.error().message);
    return EXIT_FAILURE;
  }
  EventLoop loop;
  const CheckWorker worker(loop, sockets);
  loop.run();
  return EXIT_SUCCESS;
}

}  // namespace
}  // namespace holdfast::check

int main(int argc, char** argv) {
  return holdfast::check::program({argv + std::min(argc, 1), argv + argc});
}
