// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "ctl/document.h"

// A virtual server in a few words, for the status and the list of servers alike.
namespace holdfast::ctl {

std::string state_of(const Json& service);      // "up", "down?", "unknown"
std::string addresses_of(const Json& service);  // of a few by name, of more by number
std::string who_serves(const Json& service);    // if others do than the healthy servers, else ""

}  // namespace holdfast::ctl
