// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "balance-worker/core/ipvs_table.h"

// What a command was about, and what the kernel means by the error that it answers.
namespace holdfast::balance {

std::string to_string(const ServiceKey& key);  // "tcp 192.0.2.10:80", "mark 7 (IPv4)"
// "cannot add the server 192.0.2.1:80 of tcp 192.0.2.10:80"
std::string attempt(const IpvsCommand& command);

// The errno that the kernel answered (not 0), with its own words if it had any: attempt(), and why.
std::string refusal(const IpvsCommand& command, int error, const std::string& words = {});

// Whether what was asked for is as it should be: done, or gone already.
bool is_as_asked(const IpvsCommand& command, int error);

}  // namespace holdfast::balance
