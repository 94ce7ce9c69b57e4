// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <optional>
#include <set>
#include <vector>

#include "balance-worker/core/ipvs_table.h"

namespace holdfast::balance {

using IpvsCommands = std::vector<IpvsCommand>;

// The smallest list of commands that leads from one table to another, in an order in which nobody
// is left without a server: what is new is added, what is known is edited in place, and only then
// what is no longer wanted is removed.
class Reconciler {
 public:
  // A service that is wanted; `actual`: as it is, null if it is not there.
  void service(const ServiceKey& key, const Service* actual, const ServiceOptions& options,
               const Destinations& destinations);
  void marks(const Marks& actual, const Marks& desired);  // of all services
  void unwanted(const ServiceKey& key) { removals_.emplace_back(RemoveService{key}); }
  // Of the daemons only `ours` are stopped: those of others stay, until we want one of that role.
  void sync(const SyncDaemons& actual, const SyncDaemons& desired, const std::set<SyncRole>& ours);
  void timeouts(const Timeouts& actual, const Timeouts& desired);

  void sweep() { sweeps_ = true; }

  void expect(std::size_t additions) { additions_.reserve(additions); }  // about so many

  IpvsCommands take();

 private:
  void destination(const ServiceKey& key, const Endpoint& endpoint,
                   const DestinationOptions* actual, const DestinationOptions& desired);

  IpvsCommands first_;  // timeouts, and the synchronization daemons
  IpvsCommands additions_;
  IpvsCommands marks_;  // once there is a service for them
  IpvsCommands edits_;
  IpvsCommands unmarks_;  // while there is one
  IpvsCommands removals_;
  bool sweeps_ = false;  // at the end: what was made anew by then is whole
};

// Of whole tables. Services that are neither `owned` nor desired are nobody's business.
IpvsCommands commands_to(const IpvsTable& actual, const IpvsTable& desired,
                         const std::set<ServiceKey>& owned, const std::set<SyncRole>& owned_sync);

// The service that a command changes; none: it is about the daemons or the timeouts.
std::optional<ServiceKey> service_of(const IpvsCommand& command);

// What a command makes of a table, if the kernel takes it.
void apply(const IpvsCommand& command, IpvsTable& table);

}  // namespace holdfast::balance
