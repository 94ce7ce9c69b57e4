// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "config/config.h"

namespace holdfast {

// What a check asks, for a person: "tcp 192.0.2.1:80", "script /etc/x".
std::string target_text(const CheckTarget& target);

}  // namespace holdfast
