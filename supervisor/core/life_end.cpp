// SPDX-License-Identifier: Apache-2.0
#include "supervisor/core/life_end.h"

#include <csignal>
#include <cstring>

namespace holdfast::supervisor {

static_assert(kSigkill == SIGKILL);

std::string how_it_ended(int status, int signal) {
  if (signal == 0) return "exited with status " + std::to_string(status);
  const char* const name = ::sigabbrev_np(signal);  // none of a real-time signal
  return "killed by " +
         (name == nullptr ? "signal " + std::to_string(signal) : "SIG" + std::string(name));
}

}  // namespace holdfast::supervisor
