// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "common/core/report_pace.h"
#include "vrrp-worker/core/admission.h"
#include "vrrp-worker/core/announcement.h"
#include "vrrp-worker/core/reason.h"
#include "vrrp-worker/core/vrrp_core.h"

// VrrpCore's adverts and announcements, in and out.
namespace holdfast::vrrp {

namespace {

// How long a changed counter may wait, so that many become one message.
constexpr Duration kRejectedDelay = std::chrono::seconds{1};
constexpr Duration kAcceptedDelay = std::chrono::seconds{5};

}  // namespace

void VrrpCore::received(const PacketReceived& event) {
  const Link* link = links_.find(event.link);
  if (!begun_ || link == nullptr) return;
  Datagram datagram = event.datagram;
  Instance* instance = instance_of(*link, datagram);
  if (instance != nullptr && leaving_.empty() && heard_again(*instance, datagram)) return;
  const Trailer trailer = take_trailer(datagram);
  const IpAddress& source = datagram.source;
  const auto advert = decode_advert(
      datagram, instance == nullptr ? TtlRange{} : ttl_range(instance->config, datagram.source));
  if (!advert) return reject(instance, advert.error(), *link, source);

  hear_heirs(*link, *advert, datagram, trailer);
  if (instance == nullptr) return reject(nullptr, Rejection::kVrid, *link, source);
  if (datagram.source == instance->standing.primary_address) {
    return note_loop(*instance, *link, source);
  }
  if (const auto refused = examine(*instance, *advert, datagram, trailer)) {
    // An owner obeys nobody, but neighbours may have believed whoever this is.
    if (*refused == Rejection::kOwner && instance->router.state() == VrrpState::kActive) {
      perform(*instance, Announce{});
      settle(*instance);
      if (advert->priority == kPriorityOwner) note_other_owner(*instance, source);
    }
    note_peer(*instance, {*advert, datagram, refused});
    schedule(*instance, instance->deadline());
    return reject(instance, *refused, *link, source);
  }
  if (const auto late = instance->peers.lateness(datagram.source, now_)) {
    instance->counters.late.add(*late);
  }
  note_peer(*instance, {*advert, datagram, {}, instance->authenticator && trailer.empty()});
  accept(*instance, *advert, datagram, trailer);
}

// Nearly every advert says what the one before it said: it need not be read and examined again.
// What else the verdict depends on is the configuration, with which the peers' words are forgotten.
bool VrrpCore::heard_again(Instance& instance, const Datagram& datagram) {
  if (instance.authenticator || datagram.source == instance.standing.primary_address) return false;
  const auto again = instance.peers.hear_again(datagram, now_);
  if (!again) return false;
  instance.counters.late.add(again->late);
  report_peers(instance);
  accept(instance, {again->priority, again->interval, datagram.source, datagram.age});
  return true;
}

void VrrpCore::note_peer(Instance& instance, const Heard& heard) {
  instance.peers.hear(heard, instance.config, now_);
  report_peers(instance);
}

Duration VrrpCore::pace() const {
  return advert_report_pace(instances_.size());
}

void VrrpCore::report_peers(Instance& instance) {
  auto told =
      instance.peers.report(instance.config.name, std::max(PeerTable::kApart, pace()), now_);
  if (told && !instance.leaving) actions_.emplace_back(Report{std::move(*told)});
}

// Who may say anything, before what is said.
std::optional<Rejection> VrrpCore::examine(Instance& instance, const Advert& advert,
                                           const Datagram& datagram, Trailer trailer) {
  if (const auto refused = authenticate(instance, datagram, trailer)) return refused;
  return refuse(advert, datagram, instance.config);
}

// Who has left the configuration lets go when its heir is heard.
void VrrpCore::hear_heirs(const Link& link, const Advert& advert, const Datagram& datagram,
                          Trailer trailer) {
  for (Instance& leaver : leaving_) {
    const InstanceConfig& config = leaver.config;
    const bool its = config.interface == link.name && config.vrid == advert.vrid &&
                     config.family() == datagram.source.family();
    if (its && !examine(leaver, advert, datagram, trailer))
      accept(leaver, advert, datagram, trailer);
  }
  forget_the_gone();
}

void VrrpCore::note_loop(const Instance& instance, const Link& link, const IpAddress& source) {
  if (!worth_a_line(++looped_)) return;
  log(LogLevel::kWarning, instance.config.name + ": adverts from our own address " +
                              source.to_string() + " come in on " + link.name +
                              ": a loop, or another node has the address too");
}

void VrrpCore::accept(Instance& instance, const Advert& advert, const Datagram& datagram,
                      Trailer trailer) {
  if (instance.authenticator && trailer.empty()) note_unsigned(instance, datagram.source);
  accept(instance, {advert.priority, advert.interval, datagram.source, datagram.age});
}

void VrrpCore::accept(Instance& instance, const AdvertReceived& advert) {
  ++instance.counters.received;
  instance.counters_changed = true;
  counters_due_in(std::max(kAcceptedDelay, pace()));
  note_interval(instance, advert);
  if (advert.priority == kPriorityOwner) note_other_owner(instance, advert.source);
  tell(instance, advert);
  if (instance.wins_conflict(now_)) settle(instance);
}

// RFC 9568 §7.1: what differs from the configuration is adopted, but should be known.
void VrrpCore::note_interval(Instance& instance, const AdvertReceived& advert) {
  if (advert.interval == instance.config.advert_interval) return;
  if (!worth_a_line(++instance.other_intervals)) return;
  log(LogLevel::kWarning, instance.config.name + ": " + advert.source.to_string() +
                              " advertises every " + reason::seconds(advert.interval) +
                              ", we every " + reason::seconds(instance.config.advert_interval));
}

// RFC 9568 §8.3.2: both would hold the addresses for good. And whoever is no owner takes them from
// every router, and has not even to say the same addresses.
void VrrpCore::note_other_owner(Instance& instance, const IpAddress& source) {
  if (!worth_a_line(++instance.counters.owners)) return;
  if (instance.config.priority == kPriorityOwner) {
    log(LogLevel::kError, instance.config.name + ": " + source.to_string() +
                              " has priority 255 too: two nodes are configured as the owner");
  } else {
    log(LogLevel::kWarning, instance.config.name + ": " + source.to_string() +
                                " has priority 255: if no node is configured as the owner of the "
                                "addresses, a stranger takes them");
  }
}

void VrrpCore::reject(Instance* instance, Rejection rejection, const Link& link,
                      const IpAddress& source) {
  AdvertCounters& counters = instance == nullptr ? unmatched_ : instance->counters;
  (instance == nullptr ? unmatched_changed_ : instance->counters_changed) = true;
  counters_due_in(kRejectedDelay);
  const std::uint64_t count = ++counters.rejected[static_cast<std::size_t>(rejection)];
  if (!worth_a_line(count)) return;
  // Another router's VRID on the same network is no trouble.
  const LogLevel level = rejection == Rejection::kVrid ? LogLevel::kDebug : LogLevel::kWarning;
  log(level, (instance == nullptr ? link.name : instance->config.name) +
                 ": refused an advert from " + source.to_string() + ": " +
                 std::string{to_string(rejection)} + " (" + std::to_string(count) + " so far)");
}

// By which interface its adverts leave. The device of a virtual MAC address is enabled for it,
// since the first advert of an active router goes out before it has its addresses.
int VrrpCore::way_out(const Instance& instance, const Link& base) {
  const auto& device = instance.config.virtual_device;
  if (!device || device->adverts_from_base) return base.index;
  Link* const link = links_.named(device->name);
  if (link == nullptr || !mark_of(*link)) return base.index;  // It is in the making.
  enable(*link, true);
  return link->index;
}

// What the instance says, as bytes; made anew if it says something else than before.
const Payload& VrrpCore::advert_of(Instance& instance, Priority priority,
                                   const IpAddress& destination) {
  const InstanceConfig& config = instance.config;
  const IpAddress& source = instance.standing.primary_address;
  if (instance.said && instance.said->fits(priority, source, destination)) {
    return instance.said->message;
  }
  Advert advert;
  advert.version = config.version;
  advert.vrid = config.vrid;
  advert.priority = priority;
  advert.interval = config.advert_interval;
  for (const IpPrefix& prefix : config.addresses) advert.addresses.push_back(prefix.address);
  set_password(advert, config.password);
  instance.said = SaidLast{priority, source, destination,
                           encode_advert(advert, config.checksum, source, destination)};
  return instance.said->message;
}

void VrrpCore::send_advert(Instance& instance, Priority priority) {
  const Link* link = links_.named(instance.config.interface);
  const IpAddress& source = instance.standing.primary_address;
  if (link == nullptr || !link->up || source.is_unspecified()) return;
  const int way = way_out(instance, *link);
  const auto send = [&](const IpAddress& destination, std::uint8_t ttl) {
    Payload message = advert_of(instance, priority, destination);
    if (instance.authenticator && instance.authenticator->signs()) {
      const std::span<const std::uint8_t> bytes = message;
      const auto trailer = instance.authenticator->sign(source, destination, bytes, real_time());
      std::vector<std::uint8_t> with_trailer(bytes.begin(), bytes.end());
      with_trailer.insert(with_trailer.end(), trailer.begin(), trailer.end());
      message = std::move(with_trailer);
    }
    actions_.emplace_back(SendPacket{way, source, destination, ttl, std::move(message)});
  };
  if (const auto& unicast = instance.config.unicast) {
    for (const UnicastPeer& peer : unicast->peers) send(peer.address, unicast->ttl);
  } else {
    send(instance.config.group(), kVrrpTtl);
  }
  ++instance.counters.sent;
  instance.counters_changed = true;
  counters_due_in(std::max(kAcceptedDelay, pace()));
}

void VrrpCore::announce(const Instance& instance, const std::vector<VirtualAddress>& addresses,
                        int repeat) {
  if (repeat == 0) return;
  std::vector<Announcement> limited;
  std::vector<SendFrame> frames;
  for (const VirtualAddress& address : addresses) {
    const InstanceConfig& config = instance.config;
    const std::string& device = config.device_of(address);
    const bool virtual_one = config.virtual_device && device == config.device();
    Announcement one{config.name, virtual_one ? config.interface : device, address.address, device};
    if (pacing_.limited(one.interface, one.address.family())) {
      limited.push_back(std::move(one));
    } else if (auto frame = frame_of(one)) {
      frames.push_back(std::move(*frame));
    }
  }
  // With what is said of it, a thousand would be moved for that; twice as much at least, since
  // thousands of routers may announce in one turn.
  constexpr std::size_t kSaid = 2;
  const std::size_t size = actions_.size() + static_cast<std::size_t>(repeat) * frames.size() +
                           announced_first_.size() + kSaid;
  if (size > actions_.capacity()) actions_.reserve(std::max(size, 2 * actions_.capacity()));
  for (int round = 0; round < repeat; ++round) {
    actions_.insert(actions_.end(), frames.begin(), frames.end());
    put_announced();
    for (const Announcement& one : limited) pacing_.push(one, repeat);
  }
  announce_what_waited();
}

void VrrpCore::announce_what_waited() {
  for (const Announcement& one : pacing_.due(now_)) {
    const auto it = by_address_.find({one.device, one.address});
    // A reload may have taken the address away, or given it to another instance.
    if (it == by_address_.end() || it->second->config.name != one.instance) continue;
    if (auto frame = frame_of(one)) actions_.emplace_back(std::move(*frame));
  }
}

std::optional<SendFrame> VrrpCore::frame_of(const Announcement& announcement) const {
  const Link* wire = links_.named(announcement.interface);
  const Link* link = links_.named(announcement.device);
  if (wire == nullptr || !wire->up || link == nullptr) return {};
  return SendFrame{link->index, vrrp::announcement(link->mac, announcement.address)};
}

// The neighbours know the addresses by the old one.
void VrrpCore::mac_changed(const std::string& device) {
  const auto there = by_device_.find(device);
  if (there == by_device_.end()) return;
  for (Instance* instance : there->second) {
    if (instance->router.state() != VrrpState::kActive) continue;
    log(LogLevel::kInfo,
        instance->config.name + ": " + device + " has another MAC address: announced anew");
    instance->announcer = Announcer{};
    perform(*instance, Announce{});
    settle(*instance);
  }
}

Instance* VrrpCore::instance_of(const Link& link, const Datagram& datagram) {
  if (datagram.payload.size() < 2) return nullptr;
  const Family family = datagram.source.family();
  const auto [there, is_new] = by_vrid_on_.try_emplace({link.index, family}, nullptr);
  if (is_new) {
    const auto named = by_vrid_.find({link.name, family});
    if (named != by_vrid_.end()) there->second = &named->second;
  }
  return there->second == nullptr ? nullptr : there->second->at(datagram.payload[1]);
}

void VrrpCore::counters_due_in(Duration delay) {
  const Time due = now_ + delay;
  if (!counters_due_ || due < *counters_due_) counters_due_ = due;
}

void VrrpCore::report_counters() {
  counters_due_.reset();
  for (auto& [name, instance] : instances_) {
    if (std::exchange(instance.counters_changed, false)) {
      actions_.emplace_back(Report{instance.counters});
    }
  }
  if (std::exchange(unmatched_changed_, false)) actions_.emplace_back(Report{unmatched_});
}

}  // namespace holdfast::vrrp
