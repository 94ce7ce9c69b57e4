// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "common/core/result.h"
#include "common/unix_user.h"

namespace holdfast {

// May this program be run as this user? It must be a regular file that the user may execute, and
// neither it nor a directory or symbolic link on the way to it may be changed by anyone but root
// and that user: by its owner, by its group (root's excepted), or by all. A directory like /tmp,
// sticky and open to all, will do if what is taken from it belongs to one of the two.
Result<void> trusted_program(const std::string& path, const UnixUser& user);

// May this process, which others obey, be told what to do by this file? The same, but that it need
// not be executable, and that only root and the user of this process may change it. A relative path
// counts from the working directory.
Result<void> trusted_orders(const std::string& path);

}  // namespace holdfast
