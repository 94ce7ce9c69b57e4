// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <optional>
#include <set>

#include "common/core/ip.h"
#include "vrrp-worker/core/link.h"
#include "vrrp-worker/core/vrrp_core.h"

namespace holdfast::vrrp {

// The interfaces as the kernel told of them, and how far the core knows. The kernel tells much that
// changes nothing, and the same thing twice; the core hears of each change once.
class LinkMirror {
 public:
  void set_link(Link link);  // its addresses stay as they are
  void remove_link(int index);
  // Of a link that is not known they do nothing: it is gone, and so are its addresses.
  void set_address(int index, const LinkAddress& address);
  void remove_address(int index, const IpPrefix& prefix);
  void clear();

  // The core has asked for this, and the kernel has done it: if the kernel tells it so, it is no
  // news.
  void core_knows(int index, const LinkAddress& address);
  void core_knows_gone(int index, const IpPrefix& prefix);

  const std::map<int, Link>& links() const { return links_; }

  // The next interface that vanished, or else that is new or not what the core was told: whole, its
  // addresses in their own order, not in the kernel's. Nothing: the core knows all.
  std::optional<VrrpEvent> news();

 private:
  std::map<int, Link> links_;
  std::map<int, Link> told_;
  std::set<int> gone_;     // links that may be missing in links_
  std::set<int> changed_;  // links that may differ
};

}  // namespace holdfast::vrrp
