// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "common/core/ip.h"
#include "vrrp-worker/core/link.h"

namespace holdfast::simulator {

// What the kernel of a host knows and does: interfaces, and the addresses on them. It outlives
// every process.
class Kernel {
 public:
  explicit Kernel(std::function<void()> changed) : changed_(std::move(changed)) {}

  // The interface of a LAN: of the machine, or plugged in again (under another index).
  void attach(int lan, const MacAddress& mac, const std::vector<IpPrefix>& addresses);
  void detach(int lan);
  void set_up(int lan, bool up);
  void refuse_addresses(bool refuse) { refuses_ = refuse; }
  void forget_everything() {
    links_.clear();
    stolen_.clear();
  }

  // Of a program of ours: the address carries our mark. Adding what is there marks it.
  std::optional<std::string> add_address(int index, const IpPrefix& prefix, bool marked);
  // What an address that was added now, or given a new end, is called when that end comes.
  std::uint64_t lease(int index, const IpPrefix& prefix) {
    return leases_[{index, prefix}] = ++last_lease_;
  }
  // True: it was there until now, and nobody has renewed it. As was_stolen().
  bool end_address(int index, const IpPrefix& prefix, std::uint64_t lease);
  void remove_address(int index, const IpPrefix& prefix);
  // Of somebody else: was_stolen() until it is added again.
  void steal_address(int index, const IpPrefix& prefix);
  bool was_stolen(int index, const IpPrefix& prefix) const {
    return stolen_.contains({index, prefix});
  }
  void remove_marked();

  const vrrp::Link* on_lan(int lan) const;  // null: there is no such interface now
  const vrrp::Link* find(int index) const;
  int lan_of(int index) const;
  const std::map<int, vrrp::Link>& links() const { return links_; }  // by index

  // Adds an address, or marks it: in the order in which netlink users see them.
  static void set(vrrp::Link& link, const vrrp::LinkAddress& address);
  static bool holds(const vrrp::Link& link, const IpPrefix& prefix);
  static std::string interface_name(int lan) { return "eth" + std::to_string(lan); }
  static int lan_of(const std::string& interface) { return std::stoi(interface.substr(3)); }

 private:
  vrrp::Link* mutable_link(int index);

  std::function<void()> changed_;  // netlink has news
  std::map<int, vrrp::Link> links_;
  std::set<std::pair<int, IpPrefix>> stolen_;
  std::map<std::pair<int, IpPrefix>, std::uint64_t> leases_;
  std::uint64_t last_lease_ = 0;
  bool refuses_ = false;
  int next_index_ = 2;  // 1 is the loopback
};

}  // namespace holdfast::simulator
