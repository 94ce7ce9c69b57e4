// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "ctl/document.h"

// An event of the history in words.
namespace holdfast::ctl {

// "instance web", "vrrp-worker", "holdfastd".
std::string subject_of(const Json& event);
// "BACKUP -> MASTER", "down", "ended".
std::string change_of(const Json& event);
// "check app went down: connection refused".
std::string sentence_of(const Json& event);

// What a reason of a change of state means for who does not know VRRP; empty: it says it itself.
std::string meaning_of(const std::string& reason);

}  // namespace holdfast::ctl
