// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "common/core/result.h"
#include "common/owned_fd.h"
#include "vrrp-worker/core/vrrp_core.h"

namespace holdfast::vrrp {

// Sends adverts (as network control) and announcements, on any link: many of them in one system
// call. Never waits: what the kernel does not take at once is an error.
class Sender {
 public:
  struct Failed {
    std::size_t place = 0;  // in what was to be sent
    Error error;
  };

  static Result<Sender> open();

  // In their order within a family, but that long ones of IPv4 follow the short ones. One that
  // fails keeps no other back.
  std::vector<Failed> send(std::span<const SendPacket* const> packets);
  std::vector<Failed> send(std::span<const SendFrame* const> frames);

 private:
  Sender(OwnedFd whole, OwnedFd ipv4, OwnedFd ipv6, OwnedFd frames);

  OwnedFd whole_;  // of IPv4, what every link takes in one piece, with a header of ours
  OwnedFd ipv4_;   // what the kernel may have to part
  OwnedFd ipv6_;   // none where the kernel has no IPv6
  OwnedFd frames_;
};

}  // namespace holdfast::vrrp
