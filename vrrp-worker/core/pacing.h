// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "common/core/ip.h"
#include "common/core/time.h"
#include "config/config.h"

namespace holdfast::vrrp {

// One frame that an instance has to send: where an address is.
struct Announcement {
  std::string instance;
  std::string interface;  // whose limit counts: of a virtual device, that beneath it
  IpAddress address;
  std::string device{};  // where it is sent
  auto operator<=>(const Announcement&) const = default;
};

// Announcements under one limit, in their order, and a gap between any two. The first goes at once.
class Pacer {
 public:
  explicit Pacer(Duration gap) : gap_(gap) {}

  // Not more than `at_most` of the same wait: a new burst is no use before the last one is out.
  void push(const Announcement& announcement, int at_most);
  std::optional<Announcement> pop(Time now);
  void drop(const std::string& instance);
  std::optional<Time> deadline() const;  // when pop() will answer; nothing: it has nothing
  bool idle(Time now) const { return queue_.empty() && free_at_ <= now; }
  const std::deque<Announcement>& waiting() const { return queue_; }

 private:
  Duration gap_;
  Time free_at_{};
  std::deque<Announcement> queue_;
  std::map<Announcement, int> counts_;  // of those in the queue
};

// The limits of all interfaces: ARP and neighbour advertisements apart, and interfaces of a group
// together. Where there is no limit, nothing waits.
class Pacing {
 public:
  // What waits goes on waiting, under the new limits.
  void set_limits(const AnnounceLimits& limits);
  bool limited(const std::string& interface, Family family) const;
  void push(const Announcement& announcement, int at_most);
  std::vector<Announcement> due(Time now);
  void drop(const std::string& instance);  // it is no longer active
  std::optional<Time> deadline() const;

 private:
  using Key = std::pair<std::string, Family>;  // a group is called by its first interface

  const AnnounceGroup* group_of(const std::string& interface) const;
  Duration gap(const std::string& interface, Family family) const;

  AnnounceLimits limits_;
  std::map<std::string, std::size_t> groups_;  // by interface
  std::map<Key, Pacer> pacers_;                // those with something to wait for
};

}  // namespace holdfast::vrrp
