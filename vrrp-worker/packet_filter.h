// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <linux/filter.h>

#include <set>
#include <vector>

#include "common/core/ids.h"
#include "common/core/ip.h"

namespace holdfast::vrrp {

// A program for the kernel (SO_ATTACH_FILTER) that passes the VRRP messages of these VRIDs, and no
// others, to a raw socket of the family. Whatever else is wrong with a message is not looked at, so
// that it is counted. As long for 255 VRIDs as for a few.
std::vector<sock_filter> vrid_filter(Family family, const std::set<Vrid>& passed);

}  // namespace holdfast::vrrp
