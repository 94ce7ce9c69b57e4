// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <vector>

#include "common/core/result.h"

namespace holdfast {

struct UnixUser {
  std::string name;
  std::string home;
  uid_t uid = 0;
  gid_t gid = 0;
  std::vector<gid_t> groups;  // that it is in, `gid` included; none if they were not asked for
};

// Every source of groups is asked: of the usual one, systemd's, it loads a library, and looks for
// what is not there in many a folder.
enum class WithGroups : std::uint8_t { kNo, kYes };

// An error says how to create one that is missing.
Result<UnixUser> look_up_user(const std::string& name, WithGroups groups = WithGroups::kYes);

}  // namespace holdfast
