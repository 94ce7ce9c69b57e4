// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include "common/log.h"
#include "config/config.h"

namespace holdfast {

// log_setup(), as configured.
inline void log_setup(std::string_view process, const LogConfig& config) {
  log_setup(process, config.level,
            config.format == LogFormat::kJson ? LogStyle::kJson : LogStyle::kText);
}

}  // namespace holdfast
