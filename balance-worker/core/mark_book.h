// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <set>
#include <vector>

#include "balance-worker/core/ipvs_table.h"
#include "balance-worker/core/kernel_terms.h"
#include "config/config.h"

namespace holdfast::balance {

// Which firewall mark stands for a virtual server that is one service. It keeps its mark as long as
// it is configured, over reloads and, by what the kernel marks already, over lives of this worker.
class MarkBook {
 public:
  // `start`: the first mark to be given, from which it counts up. Marks that are configured, or of
  // services that are not `ours`, are nobody else's.
  void assign(const VirtualServers& configured, std::uint32_t start, const IpvsTable& kernel,
              const std::set<ServiceKey>& ours);

  const MarksByName& marks() const { return marks_; }

  // The addresses of all virtual servers that have a mark.
  Marks addresses(const VirtualServers& configured) const;

 private:
  MarksByName marks_;
};

}  // namespace holdfast::balance
