// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "config/config.h"
#include "tests/simulator/process.h"

namespace holdfast::simulator {

// One message as it travels. `document` stands for the sealed memfd beside a Configure.
struct Packet {
  std::vector<std::uint8_t> bytes;
  std::shared_ptr<const Config> document;
};

// The socket pair between a supervisor and one life of a worker. What was sent before an end was
// closed can still be read.
struct Channel {
  static constexpr std::size_t kCapacity = 256;  // more in a queue: its reader is stuck

  Mailbox<Packet> to_worker;
  Mailbox<Packet> to_supervisor;
  bool worker_open = true;
  bool supervisor_open = true;
  Time supervisor_closed{};
};

}  // namespace holdfast::simulator
