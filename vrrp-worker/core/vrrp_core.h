// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <list>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <variant>
#include <vector>

#include "common/core/ids.h"
#include "common/core/ip.h"
#include "common/core/log_line.h"
#include "common/core/messages.h"
#include "common/core/time.h"
#include "config/config.h"
#include "vrrp-worker/core/address_watch.h"
#include "vrrp-worker/core/advert.h"
#include "vrrp-worker/core/instance.h"
#include "vrrp-worker/core/link.h"
#include "vrrp-worker/core/link_table.h"
#include "vrrp-worker/core/pacing.h"

namespace holdfast::vrrp {

// ---- What happens to a vrrp-worker.

struct LinkChanged {  // a new or a changed interface, whole
  Link link;
};
struct LinkGone {
  int index = 0;
};
struct PacketReceived {  // on a listening interface
  int link = 0;
  Datagram datagram;
};
struct AddressRefused {  // the kernel did not do an AddAddress
  int link = 0;
  IpPrefix prefix;
  std::string error;
};
struct Begin {  // everything retained was told
  std::optional<Time> last_alive;
};
struct Stop {};  // hand everything over; finished() says when
struct Wake {};  // deadline() has come

using VrrpEvent = std::variant<Config, LinkChanged, LinkGone, PacketReceived, AddressRefused,
                               RouterState, CheckState, Begin, Stop, Wake>;

// ---- What it does, in order.

struct SendPacket {  // a VRRP message, to a multicast group or to a peer
  int link = 0;
  IpAddress source;
  IpAddress destination;
  std::uint8_t ttl = kVrrpTtl;  // or hop limit
  std::vector<std::uint8_t> payload;
  bool operator==(const SendPacket&) const = default;
};
struct AddAddress {
  int link = 0;
  IpPrefix prefix;
  bool operator==(const AddAddress&) const = default;
};
struct RemoveAddress {
  int link = 0;
  IpPrefix prefix;
  bool operator==(const RemoveAddress&) const = default;
};
struct SendFrame {  // one whole Ethernet frame
  int link = 0;
  std::vector<std::uint8_t> frame;
  bool operator==(const SendFrame&) const = default;
};
struct Report {  // to the supervisor: RouterState, AdvertCounters
  Message message;
  bool operator==(const Report&) const = default;
};

using VrrpAction = std::variant<SendPacket, AddAddress, RemoveAddress, SendFrame, Report, LogLine>;
using VrrpActions = std::vector<VrrpAction>;

// Where adverts must be received, by link and family: the multicast groups to join, and the VRIDs
// that are of interest.
struct Hearing {
  std::set<IpAddress> groups;
  std::set<Vrid> vrids;
  bool operator==(const Hearing&) const = default;
};
using Listening = std::map<std::pair<int, Family>, Hearing>;

// All virtual routers of a node: configuration, links, checks and packets in; packets, addresses
// and reports out. Links and addresses are told before Begin; before it nothing is done, unless it
// never comes: Stop removes what a former life left.
class VrrpCore {
 public:
  VrrpActions handle(const VrrpEvent& event, Time now);
  std::optional<Time> deadline() const;  // when handle(Wake{}, now) must be called next

  Listening listening() const;
  bool finished() const;  // after Stop: nothing is held any more

 private:
  struct Demand {
    std::set<IpPrefix> desired;  // what the link is to hold
    std::set<IpAddress> ours;    // what may be removed without a mark
  };

  void configure(const Config& config);
  void index();
  void begin(const Begin& event);
  bool delays_start() const;
  void start_all(std::optional<Time> last_alive);
  void stop();
  void wake();

  // One instance: what happens to it, and what it does.
  RouterActions start(Instance& instance, std::optional<Time> last_alive);
  using Changed = std::vector<std::pair<Instance*, InstanceConfig>>;  // and as it was before
  void reconfigured(const Changed& changed);
  void wake(Instance& instance);
  void tick(Instance& instance);
  void tell(Instance& instance, const RouterEvent& event);
  void perform(Instance& instance, const RouterActions& actions);
  void perform(Instance& instance, const RouterAction& action);
  void settle(Instance& instance);
  void schedule(Instance& instance, const std::optional<Time>& deadline);
  void forget_the_gone();

  // Surroundings (vrrp_core_surroundings.cpp).
  void link_changed(const Link& link);
  void link_gone(int index);
  void interface_changed(const std::string& name);
  void end_lost_hand_overs(const std::string& interface);
  void check_changed(const CheckState& state);
  Standing own_standing_of(Instance& instance) const;
  Surroundings surroundings_of(Instance& instance) const;
  bool counts_as_up(Instance& instance, const std::string& interface, bool up) const;
  void tracked_addresses_changed(const std::vector<IpAddress>& addresses);
  const std::vector<Instance*>& on_or_tracking(const std::string& interface) const;
  const Link* with_candidates(const std::string& interface) const;
  void stand(Instance& instance) { stand(std::vector{&instance}); }
  void stand(const std::vector<Instance*>& instances);
  void take_stand(Instance& instance, const Standing& standing);

  // Sync groups (vrrp_core_groups.cpp).
  const std::vector<Instance*>* group_of(const Instance& instance) const;
  void stand_together(Instance& instance);
  static const Instance* first_in_fault(const std::vector<Instance*>& members);
  static Standing shared_standing(const Instance& instance, const Instance* faulty);
  bool group_is_due(const Instance& instance) const;
  void keep_together(const Instance& instance);
  void regroup(const std::set<std::string>& changed);
  Duration heir_needs(const Instance& instance) const;
  Time yields_at(const Instance& obeying) const;

  // Addresses (vrrp_core_addresses.cpp).
  void hold(const Instance& instance);
  void let_go(const Instance& instance);
  bool held_by_another(const Instance& instance, const IpPrefix& prefix) const;
  void reconcile(const std::string& interface);
  void add(Link& link, const IpPrefix& prefix);
  void remove(Link& link, const IpPrefix& prefix);
  Demand demand_on(const std::string& interface) const;
  void address_refused(const AddressRefused& event);
  void end_refusal(Instance& instance);
  void claim(const InstanceConfig& before, const Router& router);
  void log_lost_addresses(const Link& before, const Link& after);

  // Adverts and announcements (vrrp_core_packets.cpp).
  void received(const PacketReceived& event);
  void accept(Instance& instance, const Advert& advert, const IpAddress& source);
  void hear_heirs(const Link& link, const Advert& advert, const Datagram& datagram);
  void note_loop(const Instance& instance, const Link& link, const std::string& source);
  void reject(Instance* instance, Rejection rejection, const Link& link, const std::string& source);
  void send_advert(Instance& instance, Priority priority);
  void announce(const Instance& instance, const std::vector<IpPrefix>& prefixes, int repeat);
  void announce_what_waited();
  void send(const Announcement& announcement);
  void mac_changed(const std::string& interface);
  Instance* instance_of(const Link& link, const Datagram& datagram);
  void counters_due_in(Duration delay);
  void report_counters();

  void log(LogLevel level, std::string text) {
    actions_.emplace_back(LogLine{level, std::move(text)});
  }

  // Of the event in hand.
  Time now_{};
  VrrpActions actions_;

  std::map<std::string, Instance> instances_;  // by name
  std::list<Instance> leaving_;
  bool some_are_gone_ = false;                           // of those
  using OnWire = std::tuple<std::string, Family, Vrid>;  // what tells virtual routers apart
  std::map<OnWire, Instance*> by_vrid_;
  std::map<std::string, std::vector<Instance*>> by_interface_;         // on it, or tracking it
  std::map<std::string, std::vector<Instance*>> by_check_;             // tracking it
  std::map<std::string, std::vector<Instance*>> groups_;               // sync groups, by name
  std::map<std::pair<std::string, IpAddress>, Instance*> by_address_;  // by interface; the wanted
  std::map<std::string, std::set<IpAddress>> virtual_;                 // by interface; no owner's
  std::map<IpAddress, std::vector<Instance*>> by_tracked_address_;
  std::set<std::tuple<Time, std::string, Instance*>> agenda_;  // by deadline, then name
  std::map<std::string, CheckState> checks_;
  std::map<std::string, RouterState> resumed_;  // told before Begin
  LinkTable links_;
  mutable std::map<std::string, Link> candidates_;  // made when they are asked for
  AddressWatch tracked_addresses_;
  Pacing pacing_;
  AdvertCounters unmatched_;  // adverts that belong to no instance
  bool unmatched_changed_ = false;
  std::uint64_t looped_ = 0;  // our own adverts, come back
  std::optional<Time> counters_due_;
  Duration start_delay_{0};
  std::optional<Time> starts_at_;  // begun, but every instance waits for its start
  bool begun_ = false;
  bool stopping_ = false;
};

}  // namespace holdfast::vrrp
