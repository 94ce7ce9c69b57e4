// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "common/core/messages.h"
#include "common/core/result.h"
#include "common/unix_user.h"

namespace holdfast {

inline constexpr int kChannelFd = 3;

// The user a worker runs as: "holdfast-vrrp", "holdfast-check".
std::string user_of(Role role);

// Raises the soft limit of open files, usually 1024, to the hard one. To be called before confine.
void allow_many_descriptors();

// The account of that name: it must be there, and not be root's.
Result<UnixUser> worker_user(Role role);

// Gives up everything that `role` does not need, for good, in the order that the steps depend on:
// close descriptors above the channel, no_new_privs, chroot into `root` (an empty directory), and
// groups, uid and capabilities, and last the system calls (syscall_filter.h). To be called as root,
// before the first byte from anyone is read. An error means that the process must not go on.
Result<void> confine(Role role, const std::string& root);

// The same for the supervisor, as far as it can be without breaking the scripts that it runs and
// that inherit it: no_new_privs, and neither the capabilities nor the system calls that only an
// attacker would want. Of what it was started with, it keeps what it may need.
Result<void> confine_supervisor();

}  // namespace holdfast
