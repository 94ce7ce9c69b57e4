// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <list>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "common/core/ids.h"
#include "common/core/ip.h"
#include "common/core/log_line.h"
#include "common/core/messages.h"
#include "common/core/time.h"
#include "config/config.h"
#include "vrrp-worker/core/address_plan.h"
#include "vrrp-worker/core/address_watch.h"
#include "vrrp-worker/core/agenda.h"
#include "vrrp-worker/core/authenticator.h"
#include "vrrp-worker/core/device.h"
#include "vrrp-worker/core/filter_keeper.h"
#include "vrrp-worker/core/instance.h"
#include "vrrp-worker/core/link.h"
#include "vrrp-worker/core/link_table.h"
#include "vrrp-worker/core/pacing.h"
#include "vrrp-worker/core/repairs.h"
#include "vrrp-worker/core/route_keeper.h"
#include "vrrp-worker/core/turn.h"
#include "vrrp-worker/core/vrrp_actions.h"
#include "vrrp-worker/core/vrrp_events.h"

namespace holdfast::vrrp {

// Where adverts must be received, by link and family: the multicast groups to join, and the VRIDs
// that are of interest.
struct Hearing {
  std::set<IpAddress> groups;
  std::set<Vrid> vrids;
  bool operator==(const Hearing&) const = default;
};
using Listening = std::map<std::pair<int, Family>, Hearing>;

// All virtual routers of a node: configuration, links, checks and packets in; packets, addresses
// and reports out. The Secrets of a configuration are told before it. Links and addresses are told
// before Begin; before it nothing is done but to make virtual devices, unless it never comes: Stop
// removes what a former life left.
class VrrpCore {
 public:
  VrrpCore() = default;  // which can have no instance that needs keys
  explicit VrrpCore(KeyedHash hash) : hash_(hash) {}

  VrrpActions handle(const VrrpEvent& event, Time now);
  std::optional<Time> deadline() const;  // when handle(Wake{}, now) must be called next
  // Whether a backup takes over then, if it hears nobody.
  bool takes_over_at_deadline() const;

  Listening listening() const;
  // Of the last configuration, and of one to come: RoutesSeen is told of these, and before the
  // configuration that asks for them.
  const std::set<RoutePlace>& watched_routes() const { return watched_routes_; }
  static std::set<RoutePlace> routes_tracked_by(const Config& config);
  bool finished() const;  // after Stop: nothing is held any more

 private:
  struct Demand {
    AddressSet desired;        // what the link is to hold
    std::set<IpAddress> ours;  // what may be removed without a mark
  };

  // Configuration (vrrp_core_configuration.cpp).
  using Changed = std::vector<std::pair<Instance*, InstanceConfig>>;  // and as it was before
  void configure(const Config& config);
  void index();
  void reconfigured(const Changed& changed);

  // Beginning and end (vrrp_core_life.cpp).
  void begin(const Begin& event);
  bool delays_start() const;
  void start_all(std::optional<Time> last_alive);
  RouterActions start(Instance& instance, std::optional<Time> last_alive);
  void stop();

  // What was waited for; of one instance, what happens to it and what it does (vrrp_core.cpp).
  void wake();
  void wake(Instance& instance);
  void tick(Instance& instance);
  void tell(Instance& instance, const RouterEvent& event);
  void perform(Instance& instance, const RouterActions& actions);
  void perform_all(Instance& instance, const RouterActions& actions);
  void perform(Instance& instance, const RouterAction& action);
  void settle(Instance& instance);
  void settle_time(Instance& instance);
  void schedule(Instance& instance, const std::optional<Time>& deadline);
  void forget_the_gone();

  // Surroundings (vrrp_core_surroundings.cpp).
  void link_changed(const Link& link);
  void link_gone(int index);
  void interface_changed(const std::string& name);
  void end_lost_hand_overs(const std::string& interface);
  void check_changed(const CheckState& state);
  void service_changed(const ServiceState& state);
  Standing own_standing_of(Instance& instance) const;
  Surroundings surroundings_of(Instance& instance) const;
  bool counts_as_up(Instance& instance, const std::string& interface, bool up) const;
  void routes_seen(const RoutesSeen& event);
  bool has_route(const TrackRoute& track) const;
  void tracked_addresses_changed(const std::vector<IpAddress>& addresses);
  const std::vector<Instance*>& on_or_tracking(const std::string& interface) const;
  const Link* with_candidates(const std::string& interface) const;
  void stand(Instance& instance) { stand(std::vector{&instance}); }
  void stand(const std::vector<Instance*>& instances);
  void take_stand(Instance& instance, const Standing& standing);

  // The witness (vrrp_core_witness.cpp).
  void set_witness(const WitnessConfig& config);
  void witness_heard(const WitnessState& state);
  void lease_heard(const LeaseState& state);
  void review(Instance& instance);
  void challenge(Instance& instance);
  void wish(Instance& instance);
  Duration bounded_by_lease(const Instance& instance, Duration lasts) const;
  void renew_by_lease(Instance& instance);

  // Sync groups (vrrp_core_groups.cpp).
  void stand_together(Instance& instance);
  static const Instance* first_in_fault(const std::vector<Instance*>& members);
  static Standing shared_standing(const Instance& instance, const Instance* faulty);
  bool group_is_due(const Instance& instance) const;
  void keep_together(const Instance& instance);
  void regroup(const std::set<std::string>& changed);
  static Duration heir_needs(const std::vector<Instance*>& members);

  // Addresses (vrrp_core_addresses.cpp).
  void hold(const Instance& instance);
  void put_announced();
  void let_go(const Instance& instance);
  bool held_by_another(const Instance& instance, const std::string& device,
                       const IpPrefix& prefix) const;
  void reconcile(const std::string& device);
  void repair(const std::string& device);
  void carry_out(Link& link, const AddressPlan& plan);
  void add(Link& link, const VirtualAddress& address);
  void remove(Link& link, const IpPrefix& prefix);
  Demand demand_on(const std::string& device) const;
  void address_refused(const AddressRefused& event);
  void cannot_hold(Instance& instance, std::string reason);
  void end_refusal(Instance& instance);
  void claim(const InstanceConfig& before, const Router& router);
  void note_losses(const Link& before, const Link& after);

  // Lifetimes of addresses (vrrp_core_lifetimes.cpp).
  void set_lifetimes();
  Duration lifetime_of(const std::string& device, const IpPrefix& prefix) const;
  void renew(Instance& instance);
  std::optional<Time> must_renew_at(const Instance& instance) const;
  bool renews_with_advert(const Instance& instance) const;
  std::optional<Time> renews_next(const Instance& instance) const;
  void renew_with_advert(Instance& instance);
  void renew_if_due(Instance& instance);
  bool lets_go_at_once(const Instance& instance) const;
  bool has_ended(const Instance& instance) const;
  bool was_noted(const Instance& instance) const;
  void note_ended(Instance& instance);

  // What the kernel says of routes, rules and the packet filter; and what is static
  // (vrrp_core_kernel.cpp).
  void routing_changed(const RoutingChanged& event);
  void route_refused(const RouteRefused& event);
  void rule_refused(const RuleRefused& event);
  void cannot_hold(const RouteKeeper::Faults& faults);
  void filter_read(const FilterRead& event);
  void filter_refused(const FilterRefused& event);
  void stand_those_who_drop();
  void hold_fixed();
  void fixed_changed(const std::vector<VirtualAddress>& before);
  void let_go_fixed();
  bool is_fixed(const std::string& device, const IpAddress& address) const;

  // Virtual devices (vrrp_core_devices.cpp).
  const Instance* user_of_device(const std::string& name) const;
  bool lacks_device(const Instance& instance) const;
  std::optional<DeviceSpec> wanted_device(const Instance& instance) const;
  void settle_devices();
  void settle_devices_on(const std::string& interface);
  void settle_device(const std::string& name);
  void make_device(const Instance& instance, const DeviceSpec& spec);
  void remove_device(const Link& device);
  void restore_arp(int base, const ArpSettings& before);
  ArpSettings arp_before(const Link& base) const;
  void enable(Link& device, bool up);
  bool ready(Link& link);
  void disable_if_idle(const Instance& instance);
  void welcome_device(const std::string& name);
  void device_refused(const DeviceRefused& event);

  // Authentication (vrrp_core_authentication.cpp).
  void take_authentication(Instance& instance);
  std::optional<Rejection> authenticate(Instance& instance, const Datagram& datagram,
                                        Trailer trailer);
  void note_unsigned(Instance& instance, const IpAddress& source);
  void note_skew(Instance& instance, const IpAddress& source, Duration ahead);
  RealTime real_time() const { return RealTime{now_.time_since_epoch() + real_time_ahead_}; }

  // Adverts and announcements (vrrp_core_packets.cpp).
  void received(const PacketReceived& event);
  std::optional<Rejection> examine(Instance& instance, const Advert& advert,
                                   const Datagram& datagram, Trailer trailer);
  bool heard_again(Instance& instance, const Datagram& datagram);
  void accept(Instance& instance, const Advert& advert, const Datagram& datagram, Trailer trailer);
  void accept(Instance& instance, const AdvertReceived& advert);
  void hear_heirs(const Link& link, const Advert& advert, const Datagram& datagram,
                  Trailer trailer);
  void note_peer(Instance& instance, const Heard& heard);
  Duration pace() const;
  void report_peers(Instance& instance);
  void note_loop(const Instance& instance, const Link& link, const IpAddress& source);
  void note_interval(Instance& instance, const AdvertReceived& advert);
  void note_other_owner(Instance& instance, const IpAddress& source);
  void reject(Instance* instance, Rejection rejection, const Link& link, const IpAddress& source);
  int way_out(const Instance& instance, const Link& base);
  static const Payload& advert_of(Instance& instance, Priority priority,
                                  const IpAddress& destination);
  void send_advert(Instance& instance, Priority priority);
  void announce(const Instance& instance, const std::vector<VirtualAddress>& addresses, int repeat);
  void announce_what_waited();
  std::optional<SendFrame> frame_of(const Announcement& announcement) const;  // nothing: it is down
  void mac_changed(const std::string& device);
  Instance* instance_of(const Link& link, const Datagram& datagram);
  void counters_due_in(Duration delay);
  void report_counters();

  Turn turn() { return {now_, links_, repairs_, actions_}; }
  void log(LogLevel level, std::string text) { turn().log(level, std::move(text)); }

  // Of the event in hand.
  Time now_{};
  VrrpActions actions_;
  VrrpActions announced_first_;  // what is to follow an announcement: of addresses by the hundred

  std::map<std::string, Instance> instances_;  // by name
  std::list<Instance> leaving_;
  bool some_are_gone_ = false;                                         // of those
  using ByVrid = std::array<Instance*, 256>;                           // null: none
  std::map<std::pair<std::string, Family>, ByVrid> by_vrid_;           // of an interface
  std::map<std::pair<int, Family>, const ByVrid*> by_vrid_on_;         // of its link; as asked
  std::map<std::string, std::vector<Instance*>> by_interface_;         // on it, or tracking it
  std::map<std::string, std::vector<Instance*>> by_check_;             // tracking it
  std::map<std::string, std::vector<Instance*>> by_service_;           // tracking it
  std::map<std::string, std::vector<Instance*>> groups_;               // sync groups, by name
  std::map<std::string, std::vector<Instance*>> by_device_;            // with an address there
  std::map<std::pair<std::string, IpAddress>, Instance*> by_address_;  // by device; the wanted
  std::multimap<std::pair<std::string, IpAddress>, Instance*> leaving_by_address_;
  std::map<std::string, std::set<IpAddress>> virtual_;  // by device; no owner's
  std::map<std::string, Instance*> devices_;            // users of virtual ones, by name
  std::map<std::string, const Instance*> devices_of_leaving_;
  std::set<std::string> making_;  // devices that were asked for, and not told yet
  std::map<IpAddress, std::vector<Instance*>> by_tracked_address_;
  std::set<RoutePlace> watched_routes_;  // which somebody tracks
  std::vector<Route> seen_routes_;       // of those
  std::vector<VirtualAddress> fixed_;    // addresses that are static
  bool holds_fixed_ = false;
  RouteKeeper routes_;
  FilterKeeper filter_;
  Repairs repairs_;
  Agenda agenda_;                  // by deadline, then as they came, and those by name
  std::uint64_t last_number_ = 0;  // of an instance
  std::map<std::string, CheckState> checks_;
  std::map<std::string, ServiceState> services_;  // virtual servers
  WitnessView witness_;
  KeyedHash hash_ = nullptr;
  Duration real_time_ahead_{};
  std::map<std::string, std::string> secrets_;  // told since the last configuration
  std::map<std::string, RouterState> resumed_;  // told before Begin
  LinkTable links_;
  std::size_t next_renewed_ = 0;                    // its place among its link's, as it seems
  mutable std::map<std::string, Link> candidates_;  // made when they are asked for
  AddressWatch tracked_addresses_;
  Pacing pacing_;
  AdvertCounters unmatched_;  // adverts that belong to no instance
  bool unmatched_changed_ = false;
  std::uint64_t looped_ = 0;  // our own adverts, come back
  std::optional<Time> counters_due_;
  bool configured_ = false;
  Duration start_delay_{0};
  std::optional<Time> starts_at_;  // begun, but every instance waits for its start
  bool begun_ = false;
  bool stopping_ = false;
};

}  // namespace holdfast::vrrp
