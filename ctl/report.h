// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "common/core/result.h"

namespace holdfast::ctl {

// The daemon's status document as text for a person, at most 80 columns wide where names and
// addresses allow. An error says what is wrong with the document.
Result<std::string> report(const std::string& document, bool colours);

// Of the same, the virtual servers and all of their servers.
Result<std::string> servers_report(const std::string& document, bool colours);

}  // namespace holdfast::ctl
