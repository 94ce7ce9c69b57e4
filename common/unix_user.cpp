// SPDX-License-Identifier: Apache-2.0
#include "common/unix_user.h"

#include <grp.h>
#include <pwd.h>

#include <algorithm>
#include <cerrno>

#include "common/os_error.h"

namespace holdfast {
namespace {

constexpr int kGroupsMax = 65536;  // the kernel's NGROUPS_MAX

std::vector<gid_t> groups_of(const std::string& name, gid_t gid) {
  int count = 64;
  std::vector<gid_t> groups(static_cast<std::size_t>(count));
  if (::getgrouplist(name.c_str(), gid, groups.data(), &count) < 0) {
    count = std::min(count, kGroupsMax);
    groups.resize(static_cast<std::size_t>(count));
    if (::getgrouplist(name.c_str(), gid, groups.data(), &count) < 0) return {gid};
  }
  groups.resize(static_cast<std::size_t>(count));
  return groups;
}

}  // namespace

Result<UnixUser> look_up_user(const std::string& name, WithGroups groups) {
  errno = 0;
  const passwd* const entry = ::getpwnam(name.c_str());  // NOLINT(concurrency-mt-unsafe)
  // What getpwnam(3) says of one that is not there differs between the sources of users.
  const bool absent = errno == 0 || errno == ENOENT || errno == ESRCH;
  if (entry == nullptr && !absent) return fail_errno("cannot look up the user " + name);
  if (entry == nullptr) {
    return fail("the user " + name +
                " does not exist; create it with: useradd --system --user-group --no-create-home "
                "--home-dir /nonexistent --shell /usr/sbin/nologin " +
                name);
  }
  UnixUser user{name, entry->pw_dir, entry->pw_uid, entry->pw_gid, {}};
  if (groups == WithGroups::kYes) user.groups = groups_of(name, user.gid);
  return user;
}

}  // namespace holdfast
