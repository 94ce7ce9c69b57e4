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

  // In their order within a family. One that fails keeps no other back.
  std::vector<Failed> send(std::span<const SendPacket* const> packets);
  std::vector<Failed> send(std::span<const SendFrame* const> frames);

 private:
  Sender(OwnedFd ipv4, OwnedFd ipv6, OwnedFd frames);

  OwnedFd ipv4_;
  OwnedFd ipv6_;  // none where the kernel has no IPv6
  OwnedFd frames_;
};

}  // namespace holdfast::vrrp
