// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "common/core/log_line.h"

// The log of a process, on standard error. Until log_setup() it is text at level info.
namespace holdfast {

enum class LogStyle { kText, kJson };

// `process` is the name in each line, "vrrp-worker". May be called again after a reload.
void log_setup(std::string_view process, LogLevel level, LogStyle style);
void log(LogLevel level, std::string_view text);
void log(const LogLine& line);

}  // namespace holdfast
