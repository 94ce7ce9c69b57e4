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
    switch (role) {
      case Role::kVrrp:
        return vrrp;
      case Role::kCheck:
        return check;
      case Role::kBalance:
        return balance;
      case Role::kMonitor:
        return monitor;
      case Role::kAlert:
        return alert;
      case Role::kWitness:
        break;
    }
    return witness;
  }

  Program vrrp;
  Program check;
  Program balance;
  Program monitor;
  Program alert;
  Program witness;
};

}  // namespace holdfast::supervisor
