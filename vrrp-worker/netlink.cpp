// SPDX-License-Identifier: Apache-2.0
#include "vrrp-worker/netlink.h"

#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <set>
#include <system_error>
#include <utility>

#include "common/core/overloaded.h"
#include "common/log.h"
#include "common/os_error.h"
#include "vrrp-worker/netlink_socket.h"

namespace holdfast::vrrp {
namespace {

constexpr std::size_t kDatagramMax = 64U << 10U;  // the kernel makes none of more than 32 KiB
// Requests in one send(): not more than have room in its buffer, whatever a container allows.
constexpr std::size_t kBatchMax = 1024;
constexpr std::size_t kAnswerSize = 1024;  // of one that failed, as the kernel counts it
constexpr int kResyncTries = 10;

// So many that the answers fit into the receive buffer, should all of them fail.
std::size_t batch_for(const OwnedFd& socket) {
  int room = 0;
  socklen_t size = sizeof room;
  if (::getsockopt(socket.get(), SOL_SOCKET, SO_RCVBUF, &room, &size) != 0) return 1;
  return std::clamp<std::size_t>(static_cast<std::size_t>(room) / kAnswerSize, 1, kBatchMax);
}

}  // namespace

Netlink::Netlink(OwnedFd commands, OwnedFd renewals, OwnedFd events)
    : commands_(std::move(commands)),
      renewals_(std::move(renewals)),
      events_(std::move(events)),
      batch_(batch_for(commands_)),
      buffer_(kDatagramMax) {}

Result<Netlink> Netlink::open() {
  Result<OwnedFd> commands = open_netlink_socket();
  if (!commands) return tl::unexpected(commands.error());
  Result<OwnedFd> renewals = open_netlink_socket();
  if (!renewals) return tl::unexpected(renewals.error());
  Result<OwnedFd> events = open_netlink_events(port_of(*renewals));
  if (!events) return tl::unexpected(events.error());
  Netlink netlink(std::move(*commands), std::move(*renewals), std::move(*events));
  if (auto read = netlink.resync(); !read) return tl::unexpected(read.error());
  return netlink;
}

std::optional<VrrpEvent> Netlink::news() {
  drain_events();
  unread_ = false;
  if (stale_) {
    if (auto read = resync(); !read) {
      log(LogLevel::kError, read.error().message);
      return std::nullopt;  // The next event, or the next command, is another try.
    }
  }
  if (auto link = mirror_.news()) return link;
  if (routing_.stale()) {
    reread_routes();
    return news();  // Meanwhile there may have been more.
  }
  if (auto routing = routing_.news()) return std::move(*routing);
  if (watched_.stale()) read_watched_routes();
  if (auto seen = watched_.news()) return std::move(*seen);
  return std::nullopt;
}

void Netlink::drain_events() {
  std::span<std::uint8_t> datagram;
  for (;;) {
    switch (netlink_receive(events_, buffer_, datagram)) {
      case Receipt::kDatagram:
        unread_ = true;
        for (const KernelMessage& message : decode_datagram(datagram)) apply(message);
        break;
      case Receipt::kNothing:
        return;
      case Receipt::kLost:
        HF_CHECK(errno == ENOBUFS);
        unread_ = true;
        stale_ = true;
        break;
    }
  }
}

// The events that were queued before a dump are applied after it. In their order they lead to what
// it told, or to what came later.
Result<void> Netlink::resync() {
  for (int i = 0; i < kResyncTries; ++i) {
    const Result<bool> consistent = dump_all();
    if (!consistent) return tl::unexpected(consistent.error());
    stale_ = !*consistent;
    drain_events();
    if (!stale_) return {};
  }
  return fail("the interfaces change faster than they can be read");
}

Result<bool> Netlink::dump_all() {
  mirror_.clear();
  routing_.clear();
  watched_.touch_all();
  bool consistent = true;
  const auto read = [&](const std::vector<std::uint8_t>& request,
                        const std::string& of) -> Result<void> {
    const Result<bool> whole = dump(request, of);
    if (!whole) return tl::unexpected(whole.error());
    consistent = consistent && *whole;
    return {};
  };
  for (const auto& [what, of] :
       {std::pair{Dump::kLinks, "interfaces"}, std::pair{Dump::kAddresses, "addresses"}}) {
    if (auto done = read(dump_request(what, ++sequence_), of); !done) {
      return tl::unexpected(done.error());
    }
  }
  for (const Family family : {Family::kIpv4, Family::kIpv6}) {
    // A kernel may lack a family, or rules: then there are none.
    if (auto done = read(routes_request(family, {}, ++sequence_), "routes"); !done) {
      log(LogLevel::kDebug, done.error().message);
    }
    if (auto done = read(rules_request(family, ++sequence_), "rules"); !done) {
      log(LogLevel::kDebug, done.error().message);
    }
  }
  return consistent;
}

// Only where ours were: another table may be as large as the Internet's.
void Netlink::reread_routes() {
  std::set<std::pair<Family, std::uint32_t>> tables;
  for (const auto& [key, route] : routing_.routes()) {
    tables.emplace(key.to.address.family(), key.table);
  }
  routing_.clear_routes();
  for (const auto& [family, table] : tables) {
    const Result<bool> whole = dump(routes_request(family, table, ++sequence_), "routes");
    // The last route of a table takes it along: then the kernel says that there is no such table.
    if (whole && !*whole) stale_ = true;
  }
}

void Netlink::watch_routes(const std::set<RoutePlace>& places) {
  if (places == watched_.places()) return;
  std::set<std::pair<Family, std::uint8_t>> lengths;
  for (const RoutePlace& place : places) {
    lengths.emplace(place.to.address.family(), place.to.length);
  }
  if (!hear_of_changes(events_, port_of(renewals_), lengths)) {
    log(LogLevel::kError, "cannot hear of routes: " + std::generic_category().message(errno));
  }
  watched_.watch(places);
}

void Netlink::read_watched_routes() {
  std::set<std::pair<Family, std::uint32_t>> tables;
  for (const RoutePlace& place : watched_.places()) {
    tables.emplace(place.to.address.family(), place.table);
  }
  for (int i = 0; i < kResyncTries; ++i) {
    bool consistent = true;
    std::vector<Route> routes;
    for (const auto& [family, table] : tables) {
      const Result<bool> whole =
          dump(routes_request(family, table, ++sequence_, kAnybody), "routes",
               [&](const KernelMessage& message) {
                 if (const auto* const ours = std::get_if<RouteIs>(&message.content)) {
                   routes.push_back(ours->route);
                 }
                 if (const auto* const others = std::get_if<RouteOfOthers>(&message.content)) {
                   routes.push_back(others->route);
                 }
               });
      // Of a table without routes the kernel says that there is no such table.
      if (whole && !*whole) consistent = false;
    }
    if (!consistent) continue;
    watched_.set(routes);
    return;
  }
  stale_ = true;
}

Result<bool> Netlink::dump(const std::vector<std::uint8_t>& request, const std::string& of) {
  return dump(request, of, [this](const KernelMessage& message) { apply(message); });
}

Result<bool> Netlink::dump(const std::vector<std::uint8_t>& request, const std::string& of,
                           const std::function<void(const KernelMessage&)>& take) {
  const std::string trouble = "cannot read the " + of;
  const std::uint32_t sequence = sequence_;
  if (!netlink_send(commands_, request)) return fail_errno(trouble);
  bool consistent = true;
  std::span<std::uint8_t> datagram;
  for (;;) {
    // The kernel queues the next part as the one before it is read: there is nothing to wait for.
    if (netlink_receive(commands_, buffer_, datagram) != Receipt::kDatagram)
      return fail_errno(trouble);
    for (const KernelMessage& message : decode_datagram(datagram)) {
      if (message.sequence != sequence) continue;
      if (message.interrupted) consistent = false;
      if (const auto* const end = std::get_if<Answer>(&message.content)) {
        if (end->error != 0) return fail(trouble + ": " + end->text);
        return consistent;
      }
      take(message);
    }
  }
}

void Netlink::apply(const KernelMessage& message) {
  std::visit(Overloaded{
                 [](const Answer&) {},
                 [this](const LinkIs& is) {
                   if (!is.link.up) {
                     routing_.may_have_vanished();
                     watched_.touch_over(is.link.index);
                   }
                   mirror_.set_link(is.link);
                 },
                 [this](const LinkIsGone& gone) {
                   keeping_secondaries_.erase(gone.index);
                   routing_.may_have_vanished();
                   watched_.touch_over(gone.index);
                   mirror_.remove_link(gone.index);
                 },
                 [this](const AddressIs& is) { mirror_.set_address(is.link, is.address); },
                 [this](const AddressIsGone& gone) {
                   ++removals_;
                   routing_.may_have_vanished();
                   watched_.touch_over(gone.link);
                   mirror_.remove_address(gone.link, gone.prefix);
                 },
                 [this](const RouteIs& is) {
                   watched_.touch(is.route);
                   routing_.set(is.route);
                 },
                 [this](const RouteIsGone& gone) {
                   watched_.touch(gone.route);
                   routing_.remove(gone.route);
                 },
                 [this](const RouteOfOthers& moved) { watched_.touch(moved.route); },
                 [this](const RuleIs& is) { routing_.set(is.rule); },
                 [this](const RuleIsGone& gone) { routing_.remove(gone.rule); },
             },
             message.content);
}

}  // namespace holdfast::vrrp
