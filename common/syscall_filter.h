// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "common/core/messages.h"
#include "common/core/result.h"

namespace holdfast {

// From here on the kernel lets this process make only the system calls that `role` needs, by a
// seccomp filter that nothing can take back. There is no way left to open a file, run a program,
// make a process or map code.
//
// What only an attacker would try (execve, clone, ptrace, mount, ...) kills the process on the
// spot. Of any other the supervisor is told by name (Forbidden), over kChannelFd, and the process
// ends by SIGSYS: it may be a mistake of ours, or of a library that was replaced.
//
// Needs no_new_privs. An error means that the process must not go on.
Result<void> install_syscall_filter(Role role);

// For the supervisor and, since a filter is inherited, all that it starts: what changes the kernel
// or the machine, or looks into other processes, fails with EPERM, in every architecture's numbers.
// All else is allowed: a script may be any program.
Result<void> install_supervisor_filter();

}  // namespace holdfast
