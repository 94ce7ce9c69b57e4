// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace holdfast::supervisor {

inline constexpr int kSigkill = 9;

// How a process ended, for a person: "exited with status 3", "killed by SIGSEGV".
std::string how_it_ended(int status, int signal);

}  // namespace holdfast::supervisor
