// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "common/core/result.h"
#include "common/owned_fd.h"
#include "vrrp-worker/core/vrrp_core.h"

namespace holdfast::vrrp {

// Sends adverts (as network control) and announcements, on any link. Never waits: what the kernel
// does not take at once is an error.
class Sender {
 public:
  static Result<Sender> open();

  Result<void> send(const SendPacket& packet);
  Result<void> send(const SendFrame& frame);

 private:
  Sender(OwnedFd ipv4, OwnedFd ipv6, OwnedFd frames);

  OwnedFd ipv4_;
  OwnedFd ipv6_;  // none where the kernel has no IPv6
  OwnedFd frames_;
};

}  // namespace holdfast::vrrp
