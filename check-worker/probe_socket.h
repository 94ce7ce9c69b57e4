// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "check-worker/core/conversation.h"
#include "common/core/ip.h"
#include "common/core/result.h"
#include "common/owned_fd.h"
#include "config/config.h"

// The system calls of a probe, and what their errors mean.
namespace holdfast::check {

// A non-blocking socket, bound to where the probe is to come from, and closed by reset. An error is
// a lack of this node's own, never the target's doing.
Result<OwnedFd> open_socket(Transport transport, Family family, const ConnectConfig& from);

// An error number, or 0. Called again while the kernel still connects, it says how far it is.
int connect_socket(const OwnedFd& socket, const Endpoint& target);

// A connect to a port of this node on which nobody listens can be given that very port as its own,
// and then TCP's simultaneous open connects the socket with itself.
bool reached_itself(const OwnedFd& socket);

bool is_our_own_lack(int error);  // of connect, send, recv: the target cannot cause it
std::string in_words(int error);  // the system's, as part of a sentence: "connection refused"

}  // namespace holdfast::check
