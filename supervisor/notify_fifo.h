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

  // What it holds, for who takes over from this one, and keeps what was written and not yet read.
  struct Held {
    std::string path;     // empty: nothing
    int descriptor = -1;  // stays ours
    bool made = false;    // by us, and to be removed at the end
  };
  Held held() const { return {path_, fifo_.get(), made_}; }
  void take_over(const Held& held);  // the descriptor is ours from here on

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
