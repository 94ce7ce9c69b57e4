// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <utility>
#include <vector>

#include "common/clock.h"
#include "common/core/overloaded.h"
#include "common/log.h"
#include "vrrp-worker/phases.h"
#include "vrrp-worker/worker.h"

// The worker's way from the core's actions to system calls.
namespace holdfast::vrrp {
namespace {

// Actions between two looks at what has become due meanwhile: some milliseconds.
constexpr std::size_t kAtOnce = 256;

// Renewals between two such looks, each of which reads what came on every interface: a millisecond.
// Of IPv4: one of IPv6 takes the kernel a walk over all addresses.
constexpr std::size_t kRenewalsAtOnce = 1024;

bool is_renewal(const VrrpAction& action) {
  const auto* const add = std::get_if<AddAddress>(&action);
  return add != nullptr && add->renewal;
}

bool is_quick(const VrrpAction* action) {
  return is_renewal(*action) && std::get<AddAddress>(*action).prefix.address.is_v4();
}

// Those of `left` that come before the next look.
std::span<const VrrpAction* const> next_of(std::span<const VrrpAction* const> left) {
  const auto most = left.first(std::min(left.size(), kRenewalsAtOnce));
  const auto slow = std::find_if_not(most.begin(), most.end(), is_quick);
  const auto quick = static_cast<std::size_t>(slow - most.begin());
  return left.first(std::min(left.size(), std::max(quick, kAtOnce)));
}

// Not the adverts and renewals of hundreds, which come again and again: to give the memory of those
// back costs more than they do.
bool moves_many(const VrrpActions& actions) {
  if (actions.size() <= kAtOnce) return false;
  const auto moving = std::count_if(actions.begin(), actions.end(), [](const VrrpAction& action) {
    const bool adds = std::holds_alternative<AddAddress>(action) && !is_renewal(action);
    return adds || std::holds_alternative<RemoveAddress>(action);
  });
  return static_cast<std::size_t>(moving) > kAtOnce;
}

}  // namespace

// Adverts go at once, all else after what is in hand already.
void VrrpWorker::perform(VrrpActions actions) {
  if (actions.empty()) return;
  if (moves_many(actions)) supervisor_.uses_much();
  const Share share = shared(actions);
  send(share.at_once);
  in_hand_.push({std::move(actions), share.then});  // it moves no action
  if (std::exchange(performing_, true)) return;
  for (; !in_hand_.empty(); in_hand_.pop()) {
    // What comes meanwhile is added behind it, and leaves it where it is.
    std::span<const VrrpAction* const> left = in_hand_.front().left;
    while (!left.empty()) {
      const auto some = next_of(left);
      left = left.subspan(some.size());
      perform_some(some);
      if (!left.empty() || in_hand_.size() > 1) keep_up();
    }
  }
  performing_ = false;
}

// Thousands of addresses keep the loop from turning. The adverts that become due meanwhile do not
// wait for them; nor does what peers say, which comes before what the time that has passed would
// make the core do.
void VrrpWorker::keep_up() {
  supervisor_.turned(monotonic_now());
  if (reading_) return;  // It is in the midst of what came.
  receiver_.catch_up();
  const Time now = monotonic_now();
  const std::optional<Time> due = core_.deadline();
  if (due && *due <= now) perform(core_.handle(Wake{}, now));
}

// What is alike is collected, and done in one go before anything else is.
void VrrpWorker::perform_some(std::span<const VrrpAction* const> actions) {
  std::vector<const SendPacket*> packets;
  std::vector<const SendFrame*> frames;
  std::vector<FilterCommand> filter;
  std::vector<AddressCommand> addresses;
  std::vector<RouteCommand> routes;
  std::vector<RuleCommand> rules;
  std::vector<Message> words;
  Phase phase{};
  const auto do_collected = [&] {
    send(packets);
    packets.clear();
    execute(filter);
    execute(addresses);
    execute(routes);
    execute(rules);
    send(frames);
    frames.clear();
    supervisor_.send(words);
    words.clear();
  };
  for (const VrrpAction* const action : in_phases(actions)) {
    if (std::exchange(phase, phase_of(*action)) != phase_of(*action)) do_collected();
    std::visit(Overloaded{
                   [&](const SendPacket& packet) { packets.push_back(&packet); },
                   [&](const SendFrame& frame) { frames.push_back(&frame); },
                   [&](const AddAddress& add) {
                     addresses.push_back({AddressCommand::Verb::kAdd, add.link, add.prefix,
                                          add.traits, add.lifetime, add.renewal});
                   },
                   [&](const RemoveAddress& remove) {
                     addresses.push_back({AddressCommand::Verb::kRemove, remove.link, remove.prefix,
                                          remove.traits});
                   },
                   [&](const ChangeDevice& device) {
                     do_collected();
                     change(device.change);
                   },
                   [&](const ChangeRoute& change) { routes.push_back(change); },
                   [&](const ChangeRule& change) { rules.push_back(change); },
                   [&](const MakeFilter& make) { filter.emplace_back(make); },
                   [&](const ChangeFilter& change) { filter.emplace_back(change); },
                   [&](const RemoveFilter& remove) { filter.emplace_back(remove); },
                   [&](const Report& report) { words.push_back(*report.message); },
                   [](const LogLine& line) { log(line); },
               },
               *action);
  }
  do_collected();
  netlink_.keep_secondaries();
}

template <typename Item>
void VrrpWorker::send(const std::vector<const Item*>& items) {
  std::span<const Item* const> left = items;
  while (!left.empty()) {
    const auto some = left.first(std::min(left.size(), kAtOnce));
    left = left.subspan(some.size());
    for (const auto& [place, error] : sender_.send(some)) warn(some[place]->link, error.message);
    if (!left.empty()) supervisor_.turned(monotonic_now());
  }
}

void VrrpWorker::execute(std::vector<AddressCommand>& commands) {
  if (commands.empty()) return;
  for (const Netlink::Refused& refused : netlink_.execute(commands)) note(refused);
  news_at_once_ = news_at_once_ || netlink_.unread();
  commands.clear();
}

void VrrpWorker::note(const Netlink::Refused& refused) {
  const auto& [verb, link, prefix, traits, lifetime, renewal] = refused.command;
  switch (verb) {
    case AddressCommand::Verb::kAdd:
      if (renewal) {  // There is another attempt before it ends.
        warn(link, "cannot renew " + prefix.to_string() + ": " + refused.error);
        break;
      }
      refused_.push(AddressRefused{link, prefix, refused.error});
      break;
    case AddressCommand::Verb::kRemove:
      warn(link, "cannot remove " + prefix.to_string() + ": " + refused.error);
      break;
  }
}

void VrrpWorker::execute(std::vector<RouteCommand>& commands) {
  if (commands.empty()) return;
  for (const auto& [command, error] : netlink_.execute(commands)) {
    switch (command.change) {
      case Change::kAdd:
        refused_.push(RouteRefused{command.route, error});
        break;
      case Change::kRemove:
        warn(0, "cannot remove " + to_string(command.route.key) + ": " + error);
        break;
    }
  }
  commands.clear();
}

void VrrpWorker::execute(std::vector<RuleCommand>& commands) {
  if (commands.empty()) return;
  for (const auto& [command, error] : netlink_.execute(commands)) {
    switch (command.change) {
      case Change::kAdd:
        refused_.push(RuleRefused{command.rule, error});
        break;
      case Change::kRemove:
        warn(0, "cannot remove " + to_string(command.rule) + ": " + error);
        break;
    }
  }
  commands.clear();
}

void VrrpWorker::execute(std::vector<FilterCommand>& commands) {
  if (commands.empty()) return;
  if (const Result<void> done = filter_.execute(commands); !done) {
    refused_.push(FilterRefused{done.error().message});
  }
  news_at_once_ = news_at_once_ || filter_.stale();
  commands.clear();
}

void VrrpWorker::change(const DeviceChange& change) {
  const Result<void> done = netlink_.execute(change);
  const auto refuse = [&](const std::string& device) {
    if (!done) refused_.push(DeviceRefused{device, done.error().message});
  };
  std::visit(Overloaded{
                 [&](const MakeDevice& make) {
                   news_at_once_ = true;
                   refuse(make.spec.name);
                 },
                 [&](const EnableDevice& enable) {
                   if (enable.up) refuse(enable.name);
                 },
                 [&](const auto&) {
                   if (!done) warn(0, "cannot " + to_string(change) + ": " + done.error().message);
                 },
             },
             change);
}

}  // namespace holdfast::vrrp
