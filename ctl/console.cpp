// SPDX-License-Identifier: Apache-2.0
#include "ctl/console.h"

#include <unistd.h>

#include <cstdio>
#include <cstdlib>

namespace holdfast::ctl {

int print(const std::string& text) {
  const bool written = std::fputs(text.c_str(), stdout) >= 0 && std::fflush(stdout) == 0;
  return written ? kOk : kFailed;
}

int failed(int status, const std::string& why) {
  static_cast<void>(std::fprintf(stderr, "holdfastctl: %s\n", why.c_str()));
  return status;
}

int show(const Result<std::string>& text) {
  if (!text) return failed(kFailed, text.error().message);
  return print(*text);
}

bool wants_colours() {
  const char* const refused = std::getenv("NO_COLOR");  // NOLINT(concurrency-mt-unsafe)
  return ::isatty(STDOUT_FILENO) == 1 && (refused == nullptr || *refused == '\0');
}

}  // namespace holdfast::ctl
