// SPDX-License-Identifier: Apache-2.0
#include "vrrp-worker/release.h"

#include <algorithm>
#include <cstdio>
#include <string>
#include <vector>

#include "common/log.h"
#include "vrrp-worker/netlink.h"
#include "vrrp-worker/netlink_filter.h"

namespace holdfast::vrrp {
namespace {

template <typename Command>
bool carry_out(Netlink& netlink, const std::vector<Command>& commands, const auto& name) {
  const auto refused = netlink.execute(commands);
  for (const auto& one : refused) {
    log(LogLevel::kError, "cannot remove " + name(one.command) + ": " + one.error);
  }
  for (const Command& command : commands) {
    const bool removed = std::none_of(refused.begin(), refused.end(),
                                      [&](const auto& one) { return one.command == command; });
    if (removed) std::printf("removed %s\n", name(command).c_str());
  }
  return refused.empty();
}

bool release_routing(Netlink& netlink) {
  std::vector<RuleCommand> rules;
  for (const Rule& rule : netlink.routing().rules()) rules.push_back({Change::kRemove, rule});
  std::vector<RouteCommand> routes;
  for (const auto& [key, route] : netlink.routing().routes()) {
    routes.push_back({Change::kRemove, route});
  }
  const bool no_rule =
      carry_out(netlink, rules, [](const RuleCommand& command) { return to_string(command.rule); });
  const bool no_route = carry_out(
      netlink, routes, [](const RouteCommand& command) { return to_string(command.route.key); });
  return no_rule && no_route;
}

bool release_addresses(Netlink& netlink) {
  std::vector<AddressCommand> commands;
  for (const auto& [index, link] : netlink.links()) {
    for (const LinkAddress& address : link.addresses) {
      if (!address.marked) continue;
      commands.push_back({AddressCommand::Verb::kRemove, index, address.prefix, address.traits});
    }
  }
  return carry_out(netlink, commands, [&netlink](const AddressCommand& command) {
    return command.prefix.to_string() + " from " + netlink.links().at(command.link).name;
  });
}

bool release_devices(Netlink& netlink) {
  bool all = true;
  for (const DeviceChange& change : plan_release(netlink.links())) {
    const Result<void> done = netlink.execute(change);
    if (!done) log(LogLevel::kError, "cannot " + to_string(change) + ": " + done.error().message);
    const auto* const remove = std::get_if<RemoveDevice>(&change);
    if (done && remove != nullptr) std::printf("removed %s\n", remove->name.c_str());
    all = all && done.has_value();
  }
  return all;
}

// After the addresses: until then nothing may reach those that are to accept nothing.
bool release_filter() {
  NetlinkFilter filter = NetlinkFilter::open();
  const std::optional<FilterRead> left = filter.news();
  if (!left || !left->filter.there) return true;
  const FilterCommand remove = RemoveFilter{};
  if (const Result<void> done = filter.execute({&remove, 1}); !done) {
    log(LogLevel::kError,
        "cannot remove the nftables table inet holdfast: " + done.error().message);
    return false;
  }
  std::printf("removed the nftables table inet holdfast\n");
  return true;
}

}  // namespace

bool release() {
  Result<Netlink> netlink = Netlink::open();
  if (!netlink) {
    log(LogLevel::kError, netlink.error().message);
    return false;
  }
  const bool no_routing = release_routing(*netlink);
  const bool no_address = release_addresses(*netlink);
  const bool no_device = release_devices(*netlink);
  return release_filter() && no_device && no_address && no_routing;
}

}  // namespace holdfast::vrrp
