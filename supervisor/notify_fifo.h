// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

#include "common/core/result.h"
#include "common/owned_fd.h"

namespace holdfast::supervisor {

// The FIFO that changes of state are written to, a line each. It is made if it is not there, for
// root only, and then removed at the end. Without a reader the kernel keeps what its buffer holds
// for one to come; more is dropped and counted. A write never blocks.
class NotifyFifo {
 public:
  NotifyFifo() = default;
  ~NotifyFifo() { close(); }
  NotifyFifo(const NotifyFifo&) = delete;
  NotifyFifo& operator=(const NotifyFifo&) = delete;

  void use(const std::string& path);  // empty: none. Nothing happens if it is that already
  void write(const std::string& line);

 private:
  Result<void> open();
  bool still_there() const;
  void close();

  std::string path_;
  OwnedFd fifo_;
  bool made_ = false;
  std::uint64_t dropped_ = 0;  // since the last line that was taken
};

}  // namespace holdfast::supervisor
