// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "common/core/result.h"

namespace holdfast::ctl {

// The daemon's status document as text for a person, at most 80 columns wide where names and
// addresses allow. An error says what is wrong with the document.
Result<std::string> report(const std::string& document, bool colours);

}  // namespace holdfast::ctl
