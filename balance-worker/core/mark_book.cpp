// SPDX-License-Identifier: Apache-2.0
#include "balance-worker/core/mark_book.h"

#include <algorithm>
#include <limits>
#include <string>
#include <utility>
#include <vector>

namespace holdfast::balance {
namespace {

// The mark that the kernel gives to one of its addresses already; 0: to none.
std::uint32_t mark_in(const Marks& kernel, const VirtualServerConfig& service,
                      const std::set<std::uint32_t>& taken) {
  for (const ServiceKey& address : addresses_of(service)) {
    const auto found = kernel.find(address);
    if (found != kernel.end() && !taken.contains(found->second)) return found->second;
  }
  return 0;
}

std::uint32_t next_free(std::uint32_t start, const std::set<std::uint32_t>& taken) {
  std::uint32_t mark = start;
  while (taken.contains(mark)) {
    mark = mark == std::numeric_limits<std::uint32_t>::max() ? 1 : mark + 1;
  }
  return mark;
}

}  // namespace

void MarkBook::assign(const VirtualServers& configured, std::uint32_t start,
                      const IpvsTable& kernel, const std::set<ServiceKey>& ours) {
  std::set<std::uint32_t> taken;
  for (const auto& [key, service] : kernel.services) {
    if (key.mark != 0 && !ours.contains(key)) taken.insert(key.mark);
  }
  for (const VirtualServerConfig* const service : configured) {
    for (const ServiceAddress& one : service->addresses) {
      if (one.mark != 0) taken.insert(one.mark);
    }
  }
  const MarksByName former = std::exchange(marks_, {});
  VirtualServers without;
  for (const VirtualServerConfig* const service : configured) {
    if (!service->one_service) continue;
    const auto had = former.find(service->name);
    if (had == former.end() || !taken.insert(had->second).second) {
      without.push_back(service);
    } else {
      marks_.emplace(service->name, had->second);
    }
  }
  for (const VirtualServerConfig* const service : without) {
    const std::uint32_t mark = mark_in(kernel.marks, *service, taken);
    if (mark != 0) marks_.emplace(service->name, mark);
    if (mark != 0) taken.insert(mark);
  }
  for (const VirtualServerConfig* const service : without) {
    if (marks_.contains(service->name)) continue;
    const std::uint32_t mark = next_free(start, taken);
    taken.insert(mark);
    marks_.emplace(service->name, mark);
  }
}

Marks MarkBook::addresses(const VirtualServers& configured) const {
  Marks all;
  for (const VirtualServerConfig* const service : configured) {
    const auto mark = marks_.find(service->name);
    if (mark == marks_.end()) continue;
    for (const ServiceKey& address : addresses_of(*service)) all.emplace(address, mark->second);
  }
  return all;
}

}  // namespace holdfast::balance
