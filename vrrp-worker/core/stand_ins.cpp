// SPDX-License-Identifier: Apache-2.0
#include "vrrp-worker/core/stand_ins.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace holdfast::vrrp {
namespace {

// From here on it is milliseconds sooner.
constexpr std::size_t kHundreds = 200;

// Not in a VRF, which has a table of its own; nor where ARP asks for the address itself.
bool can_stand_in(const AddAddress& add, const LinkTable& links) {
  const Link* const link = links.find(add.link);
  return add.prefix.address.is_v4() && link != nullptr && link->up && link->master == 0 &&
         link->arp.ignore == 0;
}

Route stand_in_for(const AddAddress& add, int loopback) {
  constexpr std::uint8_t kHost = 32;
  Route route;
  route.type = RouteType::kLocal;
  route.key = {kLocalTable, {add.prefix.address, kHost}, 0};
  route.hops = {Hop{{}, loopback}};
  route.source = add.prefix.address;
  route.scope = kScopeHost;
  return route;
}

}  // namespace

bool is_stand_in(const Route& route) {
  return route.type == RouteType::kLocal;
}

VrrpActions put_stand_ins(VrrpActions& actions, std::size_t first, const LinkTable& links) {
  const Link* const loopback = links.named("lo");
  if (actions.size() - first < kHundreds || loopback == nullptr) return {};
  const auto takes = [&](const VrrpAction& action) {
    const auto* const add = std::get_if<AddAddress>(&action);
    return add != nullptr && can_stand_in(*add, links);
  };
  const auto begin = actions.begin() + static_cast<std::ptrdiff_t>(first);
  if (std::count_if(begin, actions.end(), takes) < static_cast<std::ptrdiff_t>(kHundreds))
    return {};
  VrrpActions then;
  VrrpActions removals;
  for (auto it = begin; it != actions.end(); ++it) {
    if (!takes(*it)) continue;
    Route route = stand_in_for(std::get<AddAddress>(*it), loopback->index);
    removals.emplace_back(ChangeRoute{Change::kRemove, route});
    then.push_back(std::exchange(*it, ChangeRoute{Change::kAdd, std::move(route)}));
  }
  std::move(removals.begin(), removals.end(), std::back_inserter(then));
  return then;
}

}  // namespace holdfast::vrrp
