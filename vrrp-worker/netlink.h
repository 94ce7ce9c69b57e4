// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "common/core/result.h"
#include "common/owned_fd.h"
#include "vrrp-worker/core/link.h"
#include "vrrp-worker/core/vrrp_core.h"
#include "vrrp-worker/link_mirror.h"
#include "vrrp-worker/netlink_messages.h"
#include "vrrp-worker/netlink_routes.h"
#include "vrrp-worker/route_watch.h"
#include "vrrp-worker/routing_mirror.h"

namespace holdfast::vrrp {

// The interfaces and addresses of this network namespace, by rtnetlink: sockets for commands,
// and another for the kernel's events.
//
// The core never hears stale news of its own commands. The kernel has queued the events of a
// command by the time it is done (but for IPv6 addresses that are added; see LinkMirror), and
// news() reads all that is queued before it compares what is there with what the core knows, its
// commands included.
class Netlink {
 public:
  template <typename Command>
  struct Refusal {
    Command command;
    std::string error;  // the kernel's words
  };
  using Refused = Refusal<AddressCommand>;

  // Subscribes to events first and then reads all there is, so that no change is missed.
  static Result<Netlink> open();

  // Does all of it, in order, in as few system calls as will do, and returns what the kernel did
  // not do. An address that is there already, or gone already, is as it should be.
  std::vector<Refused> execute(std::span<const AddressCommand> commands);
  std::vector<Refusal<RouteCommand>> execute(std::span<const RouteCommand> commands);
  std::vector<Refusal<RuleCommand>> execute(std::span<const RuleCommand> commands);

  // What can wait until addresses are there and announced: somebody may remove an interface's own
  // address, the first of its subnet, which must not take ours along.
  void keep_secondaries();

  // The mirror, and with it the core, hears of what it did as of anybody's deed. A device that
  // could not be made whole is not left behind.
  Result<void> execute(const DeviceChange& change);

  // Hears of these routes, too, whoever puts them there: news() tells RoutesSeen. Not too many
  // routes may be in their tables: these are read whole when one of them may have changed.
  void watch_routes(const std::set<RoutePlace>& places);

  int event_fd() const { return events_.get(); }  // readable: call news()
  // A LinkGone or LinkChanged that the core has not heard yet, as of now; nothing: it knows all. At
  // first that is every interface. If the kernel's events were lost, all is read anew. One by one,
  // since the core may answer one with commands that change what the next is about. After those a
  // RoutingChanged, if any route or rule of ours came or went, by whomever.
  std::optional<VrrpEvent> news();
  // Events were lost, and what is there could not be read yet: call news() a little later.
  bool stale() const { return stale_; }
  // Events came while a command was carried out, and event_fd() tells of them no more: call news().
  bool unread() const { return unread_; }

  const std::map<int, Link>& links() const { return mirror_.links(); }
  const RoutingMirror& routing() const { return routing_; }

 private:
  Netlink(OwnedFd commands, OwnedFd renewals, OwnedFd events);

  bool changes_nothing(const AddressCommand& command);
  void renew(std::span<const AddressCommand> commands, std::vector<Refused>& refused);
  template <typename Command>
  void execute_all(const OwnedFd& socket, std::span<const Command> commands,
                   std::vector<Refusal<Command>>& refused);
  template <typename Command>
  void execute_batch(const OwnedFd& socket, std::span<const Command> batch,
                     std::vector<Refusal<Command>>& refused);
  void prepare(std::span<const AddressCommand> batch);
  void core_knows(const AddressCommand& command);
  void look_at(const std::string& link);
  void keep_secondaries(int link);
  std::vector<KernelMessage> read_answers(const OwnedFd& socket, std::uint32_t last);
  void drain_events();
  Result<void> resync();
  Result<bool> dump_all();
  void reread_routes();
  void read_watched_routes();
  // False: things changed meanwhile, and the kernel may have left something out.
  Result<bool> dump(const std::vector<std::uint8_t>& request, const std::string& of,
                    const std::function<void(const KernelMessage&)>& take);
  Result<bool> dump(const std::vector<std::uint8_t>& request, const std::string& of);
  void apply(const KernelMessage& message);

  OwnedFd commands_;
  OwnedFd renewals_;  // for those commands of which no event tells
  OwnedFd events_;
  std::size_t batch_;  // requests in one system call
  std::vector<std::uint8_t> buffer_;
  std::uint32_t sequence_ = 0;
  LinkMirror mirror_;
  RoutingMirror routing_;
  RouteWatch watched_;
  std::set<int> keeping_secondaries_;  // links that were told to
  std::set<int> to_keep_secondaries_;  // links that have addresses of ours, and were not
  std::uint64_t removals_ = 0;         // of addresses, that events told of
  std::size_t next_renewed_ = 0;       // its place among its link's, as it seems
  bool unread_ = false;                // events were read by something else than news()
  bool stale_ = false;                 // events were lost: the mirror is wrong until a resync
};

}  // namespace holdfast::vrrp
