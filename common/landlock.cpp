// SPDX-License-Identifier: Apache-2.0
#include "common/landlock.h"

#include <linux/landlock.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>

#include "common/os_error.h"
#include "common/owned_fd.h"

namespace holdfast {
namespace {

// By version of the kernel's interface: Debian 12 has the headers of the second.
constexpr std::array<std::uint64_t, 6> kFileAccess{0,
                                                   (1ULL << 13U) - 1,   // 1: all but
                                                   (1ULL << 14U) - 1,   // 2: to rename elsewhere
                                                   (1ULL << 15U) - 1,   // 3: to truncate
                                                   (1ULL << 15U) - 1,   // 4
                                                   (1ULL << 16U) - 1};  // 5: ioctl of devices
constexpr std::uint64_t kTcp = 3;                                       // 4: bind, connect
constexpr std::uint64_t kScopes = 3;  // 6: abstract sockets, signals

struct Ruleset {
  std::uint64_t files = 0;
  std::uint64_t network = 0;
  std::uint64_t scopes = 0;
};

}  // namespace

Result<void> forbid_files(bool no_tcp) {
  const long version =
      ::syscall(SYS_landlock_create_ruleset, nullptr, 0, LANDLOCK_CREATE_RULESET_VERSION);
  if (version < 1) return {};  // not built in, or switched off
  Ruleset ruleset;
  ruleset.files =
      kFileAccess.at(std::min(static_cast<std::size_t>(version), kFileAccess.size() - 1));
  if (no_tcp && version >= 4) ruleset.network = kTcp;
  if (version >= 6) ruleset.scopes = kScopes;
  const OwnedFd fd(
      static_cast<int>(::syscall(SYS_landlock_create_ruleset, &ruleset, sizeof ruleset, 0)));
  if (!fd) return fail_errno("cannot make a Landlock ruleset");
  // Without a rule in it: nothing is allowed.
  if (::syscall(SYS_landlock_restrict_self, fd.get(), 0) != 0) {
    return fail_errno("cannot enforce a Landlock ruleset");
  }
  return {};
}

}  // namespace holdfast
