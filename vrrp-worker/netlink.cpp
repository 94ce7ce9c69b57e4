// SPDX-License-Identifier: Apache-2.0
#include "vrrp-worker/netlink.h"

#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <set>
#include <system_error>
#include <type_traits>
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

// The state that was asked for is there, whoever made it.
bool is_as_asked(const AddressCommand& command, int error) {
  switch (command.verb) {
    case AddressCommand::Verb::kAdd:
      return error == 0 || error == EEXIST;
    case AddressCommand::Verb::kRemove:
      return error == 0 || error == EADDRNOTAVAIL || error == ENODEV;
  }
  return false;
}

// Of IPv6 addresses the kernel does not tell who added them.
bool is_renewal(const AddressCommand& command) {
  return command.renewal && command.lifetime > Duration{0} && command.prefix.address.is_v4();
}

// Beside an IPv6 route of somebody else there can be none of ours: EEXIST is a refusal.
bool is_as_asked(const RouteCommand& command, int error) {
  switch (command.change) {
    case Change::kAdd:
      return error == 0 || (error == EEXIST && command.route.key.to.address.is_v4());
    case Change::kRemove:
      return error == 0 || error == ESRCH || error == ENODEV;
  }
  return false;
}

bool is_as_asked(const RuleCommand& command, int error) {
  switch (command.change) {
    case Change::kAdd:
      return error == 0;
    case Change::kRemove:
      return error == 0 || error == ENOENT;
  }
  return false;
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

// ---- Commands. The kernel carries them out within send(): then their answers are queued, and so
// are the events that they cause.

std::vector<Netlink::Refused> Netlink::execute(std::span<const AddressCommand> commands) {
  std::vector<Refused> refused;
  if (std::any_of(commands.begin(), commands.end(), is_renewal)) drain_events();
  while (!commands.empty()) {
    const bool quiet = changes_nothing(commands.front());
    const auto end = std::find_if(commands.begin(), commands.end(), [&](const auto& command) {
      return changes_nothing(command) != quiet;
    });
    const auto run = commands.first(static_cast<std::size_t>(end - commands.begin()));
    commands = commands.subspan(run.size());
    quiet ? renew(run, refused) : execute_all(commands_, run, refused);
  }
  return refused;
}

// But for its lifetime, of which the mirror knows nothing.
bool Netlink::changes_nothing(const AddressCommand& command) const {
  if (!is_renewal(command)) return false;
  const auto link = mirror_.links().find(command.link);
  const LinkAddress* const have =
      link == mirror_.links().end() ? nullptr : link->second.find(command.prefix);
  return have != nullptr && have->marked && have->traits == command.traits;
}

// Thousands a second, of which the kernel need not tell. If somebody removes an address meanwhile,
// it is there or not: that depends on who came first, and is read anew.
void Netlink::renew(std::span<const AddressCommand> commands, std::vector<Refused>& refused) {
  const std::uint64_t removals = removals_;
  execute_all(renewals_, commands, refused);
  drain_events();
  if (removals_ != removals) stale_ = true;
}
std::vector<Netlink::Refusal<RouteCommand>> Netlink::execute(
    std::span<const RouteCommand> commands) {
  std::vector<Refusal<RouteCommand>> refused;
  execute_all(commands_, commands, refused);
  return refused;
}
std::vector<Netlink::Refusal<RuleCommand>> Netlink::execute(std::span<const RuleCommand> commands) {
  std::vector<Refusal<RuleCommand>> refused;
  execute_all(commands_, commands, refused);
  return refused;
}

template <typename Command>
void Netlink::execute_all(const OwnedFd& socket, std::span<const Command> commands,
                          std::vector<Refusal<Command>>& refused) {
  while (!commands.empty()) {
    const auto batch = commands.first(std::min(commands.size(), batch_));
    commands = commands.subspan(batch.size());
    if constexpr (std::is_same_v<Command, AddressCommand>) prepare(batch);
    execute_batch(socket, batch, refused);
  }
}

void Netlink::prepare(std::span<const AddressCommand> batch) {
  for (const AddressCommand& command : batch) {
    if (command.verb == AddressCommand::Verb::kRemove) keep_secondaries(command.link);
  }
}

template <typename Command>
void Netlink::execute_batch(const OwnedFd& socket, std::span<const Command> batch,
                            std::vector<Refusal<Command>>& refused) {
  const std::uint32_t first = sequence_ + 1;
  std::vector<std::uint8_t> packet;
  for (const Command& command : batch) {
    append_request(packet, command, ++sequence_, &command == &batch.back());
  }
  if (!netlink_send(socket, packet)) {
    const std::string error = std::generic_category().message(errno);
    for (const Command& command : batch) refused.push_back({command, error});
    return;
  }
  std::vector<bool> done(batch.size(), true);
  bool acknowledged = false;
  for (const KernelMessage& message : read_answers(socket, sequence_)) {
    const auto* const answer = std::get_if<Answer>(&message.content);
    const std::uint32_t place = message.sequence - first;
    if (answer == nullptr || place >= batch.size()) continue;
    acknowledged |= place + 1 == batch.size();
    if (is_as_asked(batch[place], answer->error)) continue;
    done[place] = false;
    refused.push_back({batch[place], answer->text});
  }
  if (!acknowledged) {
    stale_ = true;  // What was done, only the kernel knows now.
    return;
  }
  // Of routes and rules it hears all by events, which the kernel has queued by now.
  if constexpr (std::is_same_v<Command, AddressCommand>) {
    if (&socket == &renewals_) return;
    for (std::size_t i = 0; i < batch.size(); ++i) {
      if (done[i]) core_knows(batch[i]);
    }
    // Somebody may remove the interface's own address, the first of its subnet. Not before the
    // address is there: it is waited for.
    for (const AddressCommand& command : batch) keep_secondaries(command.link);
  }
}

void Netlink::core_knows(const AddressCommand& command) {
  switch (command.verb) {
    case AddressCommand::Verb::kAdd:
      return mirror_.core_knows(command.link, {command.prefix, true, command.traits});
    case AddressCommand::Verb::kRemove:
      return mirror_.core_knows_gone(command.link, command.prefix);
  }
}

// By default the kernel removes the first address of a subnet together with all others of that
// subnet: those of other instances, or of somebody else.
void Netlink::keep_secondaries(int link) {
  if (!keeping_secondaries_.insert(link).second) return;
  if (!netlink_send(commands_, promote_secondaries_request(link, ++sequence_))) return;
  for (const KernelMessage& message : read_answers(commands_, sequence_)) {
    const auto* const answer = std::get_if<Answer>(&message.content);
    if (answer == nullptr || answer->error == 0 || answer->error == ENODEV) continue;
    log(LogLevel::kWarning, "cannot set promote_secondaries on interface " + std::to_string(link) +
                                ": " + answer->text);
  }
}

Result<void> Netlink::execute(const DeviceChange& change) {
  const Requests requests = requests_for(change, sequence_ + 1);
  for (const std::vector<std::uint8_t>& request : requests) {
    ++sequence_;
    std::optional<Error> error;
    if (!netlink_send(commands_, request)) error = Error{std::generic_category().message(errno)};
    for (const KernelMessage& message : read_answers(commands_, sequence_)) {
      const auto* const answer = std::get_if<Answer>(&message.content);
      if (answer == nullptr || message.sequence != sequence_ || answer->error == 0) continue;
      if (answer->error == EAFNOSUPPORT) continue;  // A kernel without IPv6 has nothing to set.
      // Somebody removed it: there is news of that.
      if (answer->error == ENODEV && !std::holds_alternative<MakeDevice>(change)) continue;
      error = Error{answer->text};
    }
    if (!error) continue;
    const auto* const make = std::get_if<MakeDevice>(&change);
    const bool made = make != nullptr && &request != &requests.front();
    if (made) static_cast<void>(execute(RemoveDevice{0, make->spec.name}));
    return tl::unexpected(*error);
  }
  if (const auto* const make = std::get_if<MakeDevice>(&change)) look_at(make->spec.name);
  return {};
}

// The kernel tells of a new interface, but not of what is set on it while it is down.
void Netlink::look_at(const std::string& link) {
  drain_events();  // They are older.
  if (!netlink_send(commands_, link_request(link, ++sequence_))) return;
  for (const KernelMessage& message : read_answers(commands_, sequence_)) {
    if (message.sequence == sequence_) apply(message);
  }
}

// All that is queued, up to the answer to the request `last`.
std::vector<KernelMessage> Netlink::read_answers(const OwnedFd& socket, std::uint32_t last) {
  std::vector<KernelMessage> answers;
  std::span<std::uint8_t> datagram;
  for (;;) {
    const Receipt receipt = netlink_receive(socket, buffer_, datagram);
    if (receipt == Receipt::kNothing) return answers;
    if (receipt == Receipt::kLost) continue;
    for (KernelMessage& message : decode_datagram(datagram)) answers.push_back(std::move(message));
    if (!answers.empty() && answers.back().sequence == last) return answers;
  }
}

// ---- Events.

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
