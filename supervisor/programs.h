// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "common/core/messages.h"
#include "common/core/result.h"
#include "supervisor/spawn.h"

namespace holdfast::supervisor {

// Those of the workers.
struct Programs {
  static Result<Programs> open();
  const Program& of(Role role) const {
    if (role == Role::kVrrp) return vrrp;
    return role == Role::kCheck ? check : balance;
  }

  Program vrrp;
  Program check;
  Program balance;
};

}  // namespace holdfast::supervisor
