// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "common/core/result.h"

namespace holdfast {

// From here on this process reaches no file by a name, no abstract socket and no process but its
// own by a signal, and with `no_tcp` neither binds nor connects a TCP socket: as much of that as
// the kernel's Landlock knows (5.13 and later; TCP 6.7, signals 6.12). What is open stays. A second
// line behind the empty root and the filter of system calls; a kernel without it is no error.
// Needs no_new_privs.
Result<void> forbid_files(bool no_tcp);

}  // namespace holdfast
