// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "common/core/result.h"
#include "supervisor/document.h"

namespace holdfast::supervisor {

// What another build of holdfastd is asked before it takes over: it reads the state that stands in
// the sealed memfd at kChannelFd, the configuration, and its workers, each of which is started
// until it has greeted. Nothing is touched that the running daemon holds. The exit status; what is
// wrong is on standard error. Bounded in time.
int run_trial(const ConfigSource& source, const std::string& runtime_directory);

}  // namespace holdfast::supervisor
