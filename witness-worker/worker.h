// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "common/event_loop.h"
#include "common/worker.h"

namespace holdfast::witness {

// Keeps this node's leases with the witness, and says which it has. It can change nothing here.
class WitnessWorker {
 public:
  explicit WitnessWorker(EventLoop& loop);

 private:
  Result<void> configure(OwnedFd document);

  EventLoop& loop_;
  Worker supervisor_;
};

}  // namespace holdfast::witness
