// SPDX-License-Identifier: Apache-2.0
#include "supervisor/core/life_end.h"

#include <array>
#include <csignal>
#include <string_view>
#include <utility>

namespace holdfast::supervisor {
namespace {

static_assert(kSigkill == SIGKILL);

// Those that a worker may come across.
constexpr std::array<std::pair<int, std::string_view>, 12> kNames{{
    {SIGHUP, "SIGHUP"},
    {SIGINT, "SIGINT"},
    {SIGQUIT, "SIGQUIT"},
    {SIGILL, "SIGILL"},
    {SIGABRT, "SIGABRT"},
    {SIGBUS, "SIGBUS"},
    {SIGFPE, "SIGFPE"},
    {SIGKILL, "SIGKILL"},
    {SIGSEGV, "SIGSEGV"},
    {SIGPIPE, "SIGPIPE"},
    {SIGTERM, "SIGTERM"},
    {SIGSYS, "SIGSYS"},
}};

}  // namespace

std::string how_it_ended(int status, int signal) {
  if (signal == 0) return "exited with status " + std::to_string(status);
  for (const auto& [number, name] : kNames) {
    if (number == signal) return "killed by " + std::string(name);
  }
  return "killed by signal " + std::to_string(signal);
}

}  // namespace holdfast::supervisor
