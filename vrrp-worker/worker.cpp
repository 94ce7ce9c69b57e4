// SPDX-License-Identifier: Apache-2.0
#include "vrrp-worker/worker.h"

#include <algorithm>
#include <bit>
#include <set>
#include <span>

#include "common/clock.h"
#include "common/core/overloaded.h"
#include "common/hmac_sha256.h"
#include "common/log.h"
#include "config/heartbeat.h"
#include "config/load.h"
#include "config/log_setup.h"
#include "config/sealed.h"
#include "vrrp-worker/phases.h"

namespace holdfast::vrrp {
namespace {

// Of the clock that adverts are signed by, this much goes unnoticed: far less than any window.
constexpr Duration kClockGrain = std::chrono::milliseconds{10};
// A wake-up that is so late comes after a pause; on a busy machine, a look at the wire is cheap.
// anyway.
constexpr Duration kStoppedTime = std::chrono::milliseconds{100};
// Until the next attempt to read what changes faster than it can be read.
constexpr Duration kRereadPause = std::chrono::milliseconds{100};
// Of what the kernel is asked for, between two signs of life: some ten milliseconds.
constexpr std::size_t kBetweenSigns = 256;

}  // namespace

VrrpWorker::VrrpWorker(EventLoop& loop, Netlink netlink, NetlinkFilter filter, Sender sender)
    : loop_(loop),
      netlink_(std::move(netlink)),
      filter_(std::move(filter)),
      sender_(std::move(sender)),
      core_(&hmac_sha256),
      receiver_(loop,
                [this](int link, const Datagram& datagram) {
                  const bool nested = std::exchange(reading_, true);
                  happen(PacketReceived{link, datagram});
                  reading_ = nested;
                }),
      timer_(loop, [this] { happen(Wake{}); }),
      reread_(loop, [this] { tell_news(); }),
      kernel_events_(loop, netlink_.event_fd(), Ready{true, false}, [this](Ready) { tell_news(); }),
      supervisor_(loop, Role::kVrrp,
                  Worker::Callbacks{
                      [this](OwnedFd document) { return configure(std::move(document)); },
                      [this](const Message& told) { message(told); },
                      [this](std::optional<Time> last_alive) { happen(Begin{last_alive}); },
                      [this] { happen(Stop{}); },
                  }) {
  if (filter_.event_fd() >= 0) {
    filter_events_.emplace(loop, filter_.event_fd(), Ready{true, false},
                           [this](Ready) { tell_news(); });
  }
  tell_news();
}

Result<void> VrrpWorker::configure(OwnedFd document) {
  const Result<SealedDocument> sealed = unseal(document);
  if (!sealed) return tl::unexpected(sealed.error());
  const Loaded loaded = load_config(sealed->text, sealed->file, sealed->host_name);
  if (!loaded.ok()) return fail(loaded.diagnostics.front().to_string());
  const Config& config = loaded.config;
  log_setup("vrrp-worker", config.log);
  supervisor_.set_heartbeat_interval(heartbeat_interval(config, Role::kVrrp));
  // What is to be tracked must be known by then, and what is tracked, too.
  std::set<RoutePlace> routes = VrrpCore::routes_tracked_by(config);
  routes.insert(core_.watched_routes().begin(), core_.watched_routes().end());
  netlink_.watch_routes(routes);
  tell_news();
  happen(config);
  listen();
  netlink_.watch_routes(core_.watched_routes());
  return {};
}

void VrrpWorker::message(const Message& message) {
  if (const auto* const state = std::get_if<RouterState>(&message)) happen(*state);
  if (const auto* const state = std::get_if<CheckState>(&message)) happen(*state);
  if (const auto* const state = std::get_if<ServiceState>(&message)) happen(*state);
  if (const auto* const state = std::get_if<WitnessState>(&message)) happen(*state);
  if (const auto* const state = std::get_if<LeaseState>(&message)) happen(*state);
  if (const auto* const secret = std::get_if<Secret>(&message)) happen(*secret);
}

void VrrpWorker::tell_news() {
  while (const auto news = netlink_.news()) happen(*news);
  while (const auto news = filter_.news()) happen(*news);
  if (netlink_.stale() || filter_.stale()) reread_.set(monotonic_now() + kRereadPause);
  listen();
}

// ---- The one way from an event to what is done about it.

void VrrpWorker::happen(const VrrpEvent& event) {
  catch_up();
  const Time now = monotonic_now();
  follow_the_clock(now);
  perform(core_.handle(event, now));
  // What the kernel refused may be on an interface that is gone, which the core must know first.
  while (!refused_.empty()) {
    while (const auto news = netlink_.news()) perform(core_.handle(*news, monotonic_now()));
    const VrrpEvent refused = std::move(refused_.front());
    refused_.pop();
    perform(core_.handle(refused, monotonic_now()));
  }
  timer_.set(core_.deadline());
  if (netlink_.stale() || filter_.stale()) reread_.set(monotonic_now() + kRereadPause);
  if (std::exchange(news_at_once_, false)) tell_news();
  supervisor_.turned(monotonic_now());
  if (core_.finished()) loop_.stop();
}

// Who was stopped for a while may have been succeeded: what peers said meanwhile comes before what
// the time that has passed would make it do, and before it finds that the kernel took its
// addresses.
void VrrpWorker::catch_up() {
  const std::optional<Time> due = core_.deadline();
  if (reading_ || !due || monotonic_now() - *due < kStoppedTime) return;
  receiver_.catch_up();
}

// The core reads no clock; it is told when the one of the network's time has moved against ours.
void VrrpWorker::follow_the_clock(Time now) {
  const Duration ahead = real_time_now().time_since_epoch() - now.time_since_epoch();
  if (std::chrono::abs(ahead - real_time_ahead_) < kClockGrain) return;
  real_time_ahead_ = ahead;
  perform(core_.handle(RealTimeAhead{ahead}, now));
}

// What is alike is collected, and done in one go before anything else is.
void VrrpWorker::perform(const VrrpActions& actions) {
  if (actions.empty()) return;
  std::vector<const SendPacket*> packets;
  std::vector<const SendFrame*> frames;
  std::vector<FilterCommand> filter;
  std::vector<AddressCommand> addresses;
  std::vector<RouteCommand> routes;
  std::vector<RuleCommand> rules;
  Phase phase{};
  const auto do_collected = [&] {
    send(packets);
    execute(filter);
    execute(addresses);
    execute(routes);
    execute(rules);
    send(frames);
    supervisor_.turned(monotonic_now());
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
                   [this](const Report& report) { supervisor_.send(report.message); },
                   [](const LogLine& line) { log(line); },
               },
               *action);
  }
  do_collected();
}

// With a sign of life after each, where one is overdue.
template <typename Item, typename Do>
void VrrpWorker::by_batches(std::span<const Item> left, Do&& with) {
  while (!left.empty()) {
    const auto some = left.first(std::min(left.size(), kBetweenSigns));
    left = left.subspan(some.size());
    with(some);
    supervisor_.turned(monotonic_now());
  }
}

template <typename Item>
void VrrpWorker::send(std::vector<const Item*>& items) {
  by_batches<const Item*>(items, [this](std::span<const Item* const> some) {
    for (const auto& [place, error] : sender_.send(some)) warn(some[place]->link, error.message);
  });
  items.clear();
}

void VrrpWorker::execute(std::vector<AddressCommand>& commands) {
  if (commands.empty()) return;
  by_batches<AddressCommand>(commands, [this](std::span<const AddressCommand> some) {
    for (const Netlink::Refused& refused : netlink_.execute(some)) note(refused);
  });
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

void VrrpWorker::listen() {
  for (const auto& [link, error] : receiver_.listen_on(core_.listening())) {
    warn(link, "cannot listen for adverts: " + error.message);
  }
}

// The 1st, 2nd, 4th, 8th... of a kind: what fails for every advert is no flood of lines.
void VrrpWorker::warn(int link, const std::string& trouble) {
  const std::uint64_t count = ++troubles_[{link, trouble}];
  if (!std::has_single_bit(count)) return;
  const auto known = netlink_.links().find(link);
  const std::string of = link == 0 ? ""
                         : known == netlink_.links().end()
                             ? "interface " + std::to_string(link) + ": "
                             : known->second.name + ": ";
  log(LogLevel::kWarning, of + trouble + " (" + std::to_string(count) + " so far)");
}

}  // namespace holdfast::vrrp
