// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "common/core/ip.h"
#include "config/config.h"

namespace holdfast::check {

// The interface that packets to this address leave by now, if it has no carrier: a cable that is
// out, or a switch port that is off. Routes by it may stay, so that nothing fails but the silence.
// Empty: it has one, or the kernel does not say. Reads the kernel's tables, and sends nothing.
std::string interface_without_carrier(const IpAddress& target, const ConnectConfig& from);

// Whether this node knows a way there for packets with the mark. True, too: the kernel does not
// say.
bool has_marked_route(const IpAddress& target, const ConnectConfig& from);

}  // namespace holdfast::check
