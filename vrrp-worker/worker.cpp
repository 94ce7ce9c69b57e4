// SPDX-License-Identifier: Apache-2.0
#include "vrrp-worker/worker.h"

#include <bit>
#include <set>
#include <span>

#include "common/clock.h"
#include "common/hmac_sha256.h"
#include "common/log.h"
#include "config/heartbeat.h"
#include "config/load.h"
#include "config/log_setup.h"

namespace holdfast::vrrp {
namespace {

// Of the clock that adverts are signed by, this much goes unnoticed: far less than any window.
constexpr Duration kClockGrain = std::chrono::milliseconds{10};
// A wake-up that is so late comes after a pause; on a busy machine, a look at the wire is cheap.
// anyway.
constexpr Duration kStoppedTime = std::chrono::milliseconds{100};
// Until the next attempt to read what changes faster than it can be read.
constexpr Duration kRereadPause = std::chrono::milliseconds{100};

}  // namespace

VrrpWorker::VrrpWorker(EventLoop& loop, Netlink netlink, NetlinkFilter filter, Sender sender)
    : loop_(loop),
      netlink_(std::move(netlink)),
      filter_(std::move(filter)),
      sender_(std::move(sender)),
      core_(&hmac_sha256),
      receiver_(loop,
                [this](int link, std::span<const Datagram> datagrams) { hear(link, datagrams); }),
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
  const Result<Config> loaded = load_sealed(document);
  if (!loaded) return tl::unexpected(loaded.error());
  const Config& config = *loaded;
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
  settle();
}

// What came together is told of one time.
void VrrpWorker::hear(int link, std::span<const Datagram> datagrams) {
  const bool nested = std::exchange(reading_, true);
  Time now = monotonic_now();
  follow_the_clock(now);
  for (const Datagram& datagram : datagrams) {
    VrrpActions actions = core_.handle(PacketReceived{link, datagram}, now);
    if (actions.empty()) continue;
    perform(std::move(actions));
    now = monotonic_now();
  }
  settle();
  reading_ = nested;
}

// After the core was told something, and did what it wanted.
void VrrpWorker::settle() {
  if (performing_) return;  // That is to come.
  // What the kernel refused may be on an interface that is gone, which the core must know first.
  while (!refused_.empty()) {
    while (const auto news = netlink_.news()) perform(core_.handle(*news, monotonic_now()));
    const VrrpEvent refused = std::move(refused_.front());
    refused_.pop();
    perform(core_.handle(refused, monotonic_now()));
  }
  timer_.set(core_.deadline(), core_.takes_over_at_deadline() ? Wait::kAwake : Wait::kAsleep);
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
