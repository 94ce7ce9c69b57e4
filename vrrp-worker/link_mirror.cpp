// SPDX-License-Identifier: Apache-2.0
#include "vrrp-worker/link_mirror.h"

#include <utility>

namespace holdfast::vrrp {
namespace {

bool set(std::map<int, Link>& links, int index, const LinkAddress& address) {
  const auto link = links.find(index);
  if (link == links.end()) return false;
  link->second.insert(address);
  return true;
}

bool remove(std::map<int, Link>& links, int index, const IpPrefix& prefix) {
  const auto link = links.find(index);
  if (link == links.end()) return false;
  link->second.erase(prefix);
  return true;
}

}  // namespace

void LinkMirror::set_link(Link link) {
  changed_.insert(link.index);
  Link& known = links_[link.index];
  link.addresses = std::move(known.addresses);
  known = std::move(link);
}

void LinkMirror::remove_link(int index) {
  gone_.insert(index);
  links_.erase(index);
}

void LinkMirror::set_address(int index, const LinkAddress& address) {
  if (set(links_, index, address)) changed_.insert(index);
}

void LinkMirror::remove_address(int index, const IpPrefix& prefix) {
  if (remove(links_, index, prefix)) changed_.insert(index);
}

void LinkMirror::core_knows(int index, const LinkAddress& address) {
  if (set(told_, index, address)) changed_.insert(index);
  // Of an IPv6 address the kernel tells a moment later, out of a work queue of its own. Until then
  // its word that it is done must do, or the address would seem to be gone again.
  if (!address.prefix.address.is_v4()) set(links_, index, address);
}

void LinkMirror::core_knows_gone(int index, const IpPrefix& prefix) {
  if (remove(told_, index, prefix)) changed_.insert(index);
}

void LinkMirror::clear() {
  for (const auto& [index, link] : links_) gone_.insert(index);
  links_.clear();
}

std::optional<VrrpEvent> LinkMirror::news() {
  // Those that are gone come first: an interface may be new under the name of one of them.
  while (!gone_.empty()) {
    const int index = gone_.extract(gone_.begin()).value();
    if (!links_.contains(index) && told_.erase(index) != 0) return LinkGone{index};
  }
  while (!changed_.empty()) {
    const int index = changed_.extract(changed_.begin()).value();
    const auto link = links_.find(index);
    if (link == links_.end()) continue;
    const auto [told, is_new] = told_.try_emplace(index, link->second);
    if (!is_new && told->second == link->second) continue;
    told->second = link->second;
    return LinkChanged{link->second};
  }
  return std::nullopt;
}

}  // namespace holdfast::vrrp
