// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <string>
#include <utility>

#include "vrrp-worker/core/filter_table.h"
#include "vrrp-worker/core/instance.h"
#include "vrrp-worker/core/turn.h"

namespace holdfast::vrrp {

// Keeps our table of the packet filter: the addresses that instances with `accept: false` hold, and
// to which nothing may come in, and who may send adverts to instances with `firewall: peers`. An
// address is shut before it is added, and opened after it was removed. The table is there as long
// as such an instance is configured, so that a kernel that cannot have it is found out before a
// peer counts on this node.
class FilterKeeper {
 public:
  // Whose addresses and peers it is about: pointers to those that last until they are forgotten.
  void forget_all();
  void know(const Instance& instance);
  void forget(const Instance& instance);

  bool wanted() const { return !dropping_.empty() || !guarded_.empty(); }
  bool drops() const { return !dropping_.empty(); }
  bool guards() const { return !guarded_.empty(); }
  // Why the kernel does not take it; empty: it does.
  const std::string& trouble() const { return trouble_; }

  // The table, if it is wanted. Whoever calls knows not yet what will be held: nothing is opened.
  void have(const Turn& turn);
  void reconcile(const Turn& turn);
  void remove(const Turn& turn);

  void guard(const Turn& turn, const Link& link);  // which has come
  void shut(const Turn& turn, const Link& link, const IpAddress& address);
  void open(const Turn& turn, const Instance& instance);
  void forget_link(const Turn& turn, int link);

  // Told by the kernel, at first and whenever somebody else may have changed it: `nft flush
  // ruleset` takes it away. True if it is as it was left.
  bool read(const Filter& filter);
  bool end_trouble();  // true: there was one, and there is none now
  void repair(const Turn& turn);
  static bool is_at(const std::string& place);  // of repairs
  void refused(const Turn& turn, const std::string& error);

 private:
  using DropPlace = std::pair<std::string, IpAddress>;
  static DropPlace place_of(const std::string& device, const IpAddress& address);
  bool is_dropped(const DropPlace& place, const Instance* but) const;
  FilterEntries desired(const LinkTable& links) const;
  void change(const Turn& turn, Change change, const FilterEntry& entry);

  std::multimap<DropPlace, const Instance*> dropping_;   // all that drop there while they hold it
  std::multimap<std::string, const Instance*> guarded_;  // by interface
  Filter filter_;                                        // in the kernel
  std::string trouble_;
};

}  // namespace holdfast::vrrp
