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

// A non-blocking socket. An error is a lack of this node's own, never the target's doing.
Result<OwnedFd> open_socket(Transport transport, Family family);

// Binds it to where the probe is to come from, and lets it be closed by reset. An error is a lack
// of this node's own, too.
Result<void> prepare_socket(const OwnedFd& socket, Transport transport, Family family,
                            const ConnectConfig& from);

// An error number, or 0. Called again while the kernel still connects, it says how far it is.
int connect_socket(const OwnedFd& socket, const Endpoint& target);

// A connect to a port of this node on which nobody listens can be given that very port as its own,
// and then TCP's simultaneous open connects the socket with itself.
bool reached_itself(const OwnedFd& socket, const Endpoint& target);

// Of the handshake, to be called before it, where this side has something to send as soon as it is
// connected, which then carries it, or is content to be connected: then the reset ends a handshake
// that the server's program never hears of. Saves a packet, and the server a connection; a fourth
// of the time that the kernel takes for a check.
void hold_back_acknowledgement(const OwnedFd& socket);

// Of a connection on which TLS is spoken: the request follows the last words of a handshake at
// once. Otherwise the kernel keeps it back until the server acknowledges those, which takes it 40
// ms.
void send_without_delay(const OwnedFd& socket);

// Whether this node itself knows no way to the target from there, now: so that it is not the
// target, nor a router that says so by ICMP, that is at fault. Sends nothing.
bool has_route(const Endpoint& target, const ConnectConfig& from);

bool is_unreachable(int error);   // of connect, send, recv: ask has_route() whose fault it is
bool is_our_own_lack(int error);  // of connect, send, recv: the target cannot cause it
std::string in_words(int error);  // the system's, as part of a sentence: "connection refused"

}  // namespace holdfast::check
