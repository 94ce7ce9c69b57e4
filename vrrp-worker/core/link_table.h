// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <map>
#include <string>
#include <utility>

#include "vrrp-worker/core/link.h"

namespace holdfast::vrrp {

// The interfaces of the node, by index and by name.
class LinkTable {
 public:
  // Returns the name it had before; empty if it is new.
  std::string set(const Link& link) {
    last_ = {};
    std::string old_name;
    if (const auto it = links_.find(link.index); it != links_.end()) old_name = it->second.name;
    if (old_name != link.name) forget_name(old_name, link.index);
    Link& known = links_.insert_or_assign(link.index, link).first->second;
    std::sort(known.addresses.begin(), known.addresses.end());
    index_[link.name] = link.index;
    return old_name;
  }
  void erase(int index) {
    last_ = {};
    if (const auto it = links_.find(index); it != links_.end()) {
      forget_name(it->second.name, index);
      links_.erase(it);
    }
  }
  // Null if there is none.
  Link* find(int index) {
    const auto it = links_.find(index);
    return it == links_.end() ? nullptr : &it->second;
  }
  const Link* find(int index) const {
    const auto it = links_.find(index);
    return it == links_.end() ? nullptr : &it->second;
  }
  Link* named(const std::string& name) {
    return const_cast<Link*>(std::as_const(*this).named(name));
  }
  const Link* named(const std::string& name) const {
    if (last_.link != nullptr && last_.link->name == name) return last_.link;
    const auto it = index_.find(name);
    if (it == index_.end()) return nullptr;
    return last_.link = &links_.at(it->second);
  }
  const std::map<int, Link>& all() const { return links_; }

 private:
  // One that was asked for by name, as it is by hundreds of routers in a row. Not a copy's.
  struct Last {
    Last() = default;
    Last(const Last&) {}
    Last& operator=(const Last& other) {
      if (this != &other) link = nullptr;
      return *this;
    }
    const Link* link = nullptr;
  };

  // Two interfaces may swap their names: a name that moved on already is not taken away.
  void forget_name(const std::string& name, int index) {
    const auto it = index_.find(name);
    if (it != index_.end() && it->second == index) index_.erase(it);
  }

  std::map<int, Link> links_;
  std::map<std::string, int> index_;
  mutable Last last_;
};

}  // namespace holdfast::vrrp
