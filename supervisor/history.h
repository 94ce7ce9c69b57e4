// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "common/core/history_event.h"
#include "common/core/result.h"

namespace holdfast::supervisor {

// What has happened on this node, in files of root's that outlive restarts. Checks and servers,
// which may be many and flap, have a file of their own, so that they cannot drive out what the
// virtual routers did. A file that has grown to its limit becomes NAME.1 in place of the one that
// was that before.
//
// A file that cannot be written costs what would have stood in it, and is said once. Nothing is
// waited for but the kernel's copying: what was written in the last half minute before the power
// fails may be lost, and no other process of ours waits for this one.
class History {
 public:
  static constexpr std::size_t kSizeMax = std::size_t{256} << 10U;  // of each of the four

  explicit History(std::string directory);

  void record(const HistoryEvent& event);
  std::vector<HistoryEvent> read() const;  // oldest first

 private:
  std::string directory_;
  bool fails_ = false;
};

}  // namespace holdfast::supervisor
