// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "common/event_loop.h"
#include "common/owned_fd.h"
#include "config/config.h"

namespace holdfast::supervisor {

// The files that say how names are looked up, for the check-worker and the alert-worker, which can
// read none. They are not read here, but passed on; and only if a check asks a host by its name, or
// there are receivers of alerts. Looked at every
// second, as it takes no more than two calls: what stands behind a symbolic link, as that of
// systemd-resolved, moves without its directory.
class SystemFiles {
 public:
  SystemFiles(EventLoop& loop, std::function<void()> changed);

  void configure(const Config& config);  // does not call `changed`
  const std::vector<OwnedFd>& sealed() const { return sealed_; }

 private:
  struct Stamp {
    bool there = false;
    std::uint64_t inode = 0;
    std::int64_t size = 0;
    std::int64_t changed_ns = 0;
    bool operator==(const Stamp&) const = default;
  };
  using Stamps = std::array<Stamp, 2>;

  static Stamps look();
  void read();
  void wake();

  std::function<void()> changed_;
  bool wanted_ = false;
  Stamps stamps_{};
  std::vector<OwnedFd> sealed_;  // one a file
  Timer timer_;
};

}  // namespace holdfast::supervisor
