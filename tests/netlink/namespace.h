// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>

#include <string>

#include "common/owned_fd.h"
#include "vrrp-worker/netlink.h"

namespace holdfast::vrrp {

// A network namespace without a name: it ends with the test. The maker is inside at once.
class Namespace {
 public:
  Namespace();
  void enter() const;
  std::string path() const;  // for `ip link set ... netns`

 private:
  OwnedFd fd_;
};

// `ip WORDS`, in the namespace that the test is in.
void ip(const std::string& words);
void ip_batch(const std::string& lines);

int index_of(const std::string& interface);

Netlink open_netlink();
// Reads news until the interface is up, or down: the kernel may take its time to see the carrier of
// the other end of a cable.
void await(Netlink& netlink, const std::string& interface, bool up);

// For tests that need root. Each is in a namespace of its own.
class RootTest : public testing::Test {
 protected:
  void SetUp() override;
};

}  // namespace holdfast::vrrp
