// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "common/core/ip.h"

namespace holdfast::ctl {

struct HostInterface {
  bool up = false;       // by the administrator
  bool running = false;  // with a carrier
  bool multicast = false;
  std::uint32_t mtu = 0;
  std::vector<IpPrefix> addresses;
  // The value that counts for IPv4: the greater of the interface's and that of all.
  int arp_ignore = 0;
  int rp_filter = 0;
};

struct Host {
  std::map<std::string, HostInterface> interfaces;
  bool ipvs = false;          // the kernel has it loaded
  bool forwards_ipv4 = true;  // net.ipv4.ip_forward
  bool forwards_ipv6 = true;  // net.ipv6.conf.all.forwarding
  bool clock_synced = false;  // as the kernel was told
  bool keepalived = false;    // one runs in this network namespace
};

// Reads /proc, and asks the kernel. What cannot be read is as if it were not there.
Host look_at_host();

}  // namespace holdfast::ctl
