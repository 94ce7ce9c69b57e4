// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace holdfast::vrrp {

// Removes what carries our mark, in this network namespace: the rules, routes and addresses that a
// killed worker left behind. Says what it does; false: not all of it could be removed.
bool release();

}  // namespace holdfast::vrrp
