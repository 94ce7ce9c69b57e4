// SPDX-License-Identifier: Apache-2.0
#include "tests/simulator/kernel.h"

#include <algorithm>
#include <vector>

namespace holdfast::simulator {

void Kernel::attach(int lan, const MacAddress& mac, const std::vector<IpPrefix>& addresses) {
  if (on_lan(lan) != nullptr) return;
  vrrp::Link link;
  link.index = next_index_++;
  link.name = interface_name(lan);
  link.up = true;
  link.mac = mac;
  for (const IpPrefix& address : addresses) set(link, {address, false});
  links_[link.index] = link;
  changed_();
}

void Kernel::detach(int lan) {
  const vrrp::Link* link = on_lan(lan);
  if (link == nullptr) return;
  const int index = link->index;
  links_.erase(index);
  changed_();
}

void Kernel::set_up(int lan, bool up) {
  const vrrp::Link* found = on_lan(lan);
  if (found == nullptr || found->up == up) return;
  vrrp::Link& link = links_.at(found->index);
  link.up = up;
  changed_();
}

std::optional<std::string> Kernel::add_address(int index, const IpPrefix& prefix, bool marked) {
  vrrp::Link* link = mutable_link(index);
  if (link == nullptr) return "No such device";
  // What is there already needs no memory.
  if (refuses_ && marked && !holds(*link, prefix)) return "Cannot allocate memory";
  stolen_.erase({index, prefix});
  const vrrp::Link before = *link;
  set(*link, {prefix, marked});
  if (*link != before) changed_();
  return std::nullopt;
}

void Kernel::set(vrrp::Link& link, const vrrp::LinkAddress& address) {
  const auto have = std::find_if(link.addresses.begin(), link.addresses.end(),
                                 [&](const auto& one) { return one.prefix == address.prefix; });
  if (have != link.addresses.end()) {
    have->marked = have->marked || address.marked;
    return;
  }
  link.addresses.push_back(address);
  std::sort(link.addresses.begin(), link.addresses.end());
}

void Kernel::remove_address(int index, const IpPrefix& prefix) {
  vrrp::Link* link = mutable_link(index);
  if (link == nullptr) return;
  const auto removed = std::erase_if(
      link->addresses, [&](const vrrp::LinkAddress& have) { return have.prefix == prefix; });
  if (removed > 0) changed_();
}

void Kernel::steal_address(int index, const IpPrefix& prefix) {
  stolen_.insert({index, prefix});
  remove_address(index, prefix);
}

bool Kernel::end_address(int index, const IpPrefix& prefix, std::uint64_t lease) {
  const auto it = leases_.find({index, prefix});
  const vrrp::Link* link = find(index);
  if (it == leases_.end() || it->second != lease || link == nullptr || !holds(*link, prefix)) {
    return false;
  }
  steal_address(index, prefix);
  return true;
}

void Kernel::remove_marked() {
  for (auto& [index, link] : links_) {
    const auto removed =
        std::erase_if(link.addresses, [](const vrrp::LinkAddress& have) { return have.marked; });
    if (removed > 0) changed_();
  }
}

const vrrp::Link* Kernel::on_lan(int lan) const {
  for (const auto& [index, link] : links_) {
    if (link.name == interface_name(lan)) return &link;
  }
  return nullptr;
}

const vrrp::Link* Kernel::find(int index) const {
  const auto it = links_.find(index);
  return it == links_.end() ? nullptr : &it->second;
}

int Kernel::lan_of(int index) const {
  const vrrp::Link* link = find(index);
  return link == nullptr ? -1 : lan_of(link->name);
}

bool Kernel::holds(const vrrp::Link& link, const IpPrefix& prefix) {
  return std::any_of(link.addresses.begin(), link.addresses.end(),
                     [&](const vrrp::LinkAddress& have) { return have.prefix == prefix; });
}

vrrp::Link* Kernel::mutable_link(int index) {
  const auto it = links_.find(index);
  return it == links_.end() ? nullptr : &it->second;
}

}  // namespace holdfast::simulator
