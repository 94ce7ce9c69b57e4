// SPDX-License-Identifier: Apache-2.0
#include "vrrp-worker/core/peer_table.h"

#include <algorithm>
#include <set>
#include <utility>

#include "common/core/report_pace.h"
#include "vrrp-worker/core/admission.h"
#include "vrrp-worker/core/reason.h"

namespace holdfast::vrrp {
namespace {

class Differences {
 public:
  explicit Differences(Peer& peer) : peer_(peer) {}

  void add(Mismatch what, const std::string& text) {
    peer_.mismatches.at(static_cast<std::size_t>(what)) = true;
    if (!peer_.detail.empty()) peer_.detail += "; ";
    peer_.detail += text;
    if (peer_.detail.size() > Peer::kDetailMax) peer_.detail.resize(Peer::kDetailMax);
  }

 private:
  Peer& peer_;
};

// Those of one that the other lacks.
std::string but(const std::set<IpAddress>& one, const std::set<IpAddress>& other) {
  std::string text;
  for (const IpAddress& address : one) {
    if (!other.contains(address)) text += " " + address.to_string();
  }
  return text;
}

void compare_addresses(const Advert& advert, const InstanceConfig& config, Differences& found) {
  const std::set<IpAddress> theirs(advert.addresses.begin(), advert.addresses.end());
  std::set<IpAddress> ours;
  for (const IpPrefix& prefix : config.addresses) ours.insert(prefix.address);
  if (theirs == ours) return;
  const bool none = std::none_of(theirs.begin(), theirs.end(),
                                 [&](const IpAddress& one) { return ours.contains(one); });
  const std::string more = but(theirs, ours);
  const std::string less = but(ours, theirs);
  found.add(Mismatch::kAddresses, (more.empty() ? "" : "has" + more) +
                                      (more.empty() || less.empty() ? "" : ", ") +
                                      (less.empty() ? "" : "lacks" + less));
  if (none) found.add(Mismatch::kStranger, "another virtual router of this ID");
}

bool is_of_authentication(Rejection refused) {
  switch (refused) {
    case Rejection::kAuthentication:
    case Rejection::kPassword:
    case Rejection::kUnsigned:
    case Rejection::kKey:
    case Rejection::kSignature:
    case Rejection::kStale:
      return true;
    case Rejection::kTtl:
    case Rejection::kVersion:
    case Rejection::kType:
    case Rejection::kLength:
    case Rejection::kChecksum:
    case Rejection::kReplay:
    case Rejection::kVrid:
    case Rejection::kPeer:
    case Rejection::kOwner:
    case Rejection::kAddressList:
    case Rejection::kInterval:
      return false;
  }
  return false;
}

}  // namespace

Peer peer_by(const Heard& heard, const InstanceConfig& config, Time now) {
  const Advert& advert = heard.advert;
  Peer peer;
  peer.address = heard.datagram.source.to_string();
  peer.version = static_cast<std::uint8_t>(advert.version);
  peer.priority = advert.priority;
  peer.interval = static_cast<std::uint32_t>(advert.interval.count());  // at most 255 s
  peer.speaks = advert.priority != kPriorityRelease;
  peer.accepted = !heard.refused;
  peer.heard = now;
  Differences found(peer);
  if (advert.version != config.version) {
    found.add(Mismatch::kVersion, "VRRPv" + std::to_string(peer.version) + ", ours is v" +
                                      std::to_string(static_cast<int>(config.version)));
  }
  if (advert.interval != config.advert_interval) {
    found.add(Mismatch::kInterval, "every " + reason::seconds(advert.interval) + ", we every " +
                                       reason::seconds(config.advert_interval));
  }
  compare_addresses(advert, config, found);
  if (heard.refused && is_of_authentication(*heard.refused)) {
    found.add(Mismatch::kAuthentication,
              "authentication: " + std::string(to_string(*heard.refused)));
  } else if (heard.lacks_signature) {
    found.add(Mismatch::kAuthentication, "authentication: unsigned");
  }
  if (advert.priority == kPriorityOwner && config.priority == kPriorityOwner) {
    found.add(Mismatch::kOwner, "two own the addresses: priority 255");
  }
  if (!came_by_its_way(heard.datagram, config)) {
    found.add(Mismatch::kStranger,
              config.unicast ? "none of our peers" : "from no allowed source, or not to the group");
  }
  return peer;
}

bool PeerTable::Known::says_again(const Datagram& datagram) const {
  const auto& payload = datagram.payload;
  return peer.speaks && ttl == datagram.ttl && destination == datagram.destination &&
         !words.empty() && std::equal(words.begin(), words.end(), payload.begin(), payload.end());
}

bool PeerTable::Known::says_again(const Heard& heard) const {
  return refused == heard.refused && lacks_signature == heard.lacks_signature &&
         says_again(heard.datagram);
}

PeerTable::Known* PeerTable::find(const IpAddress& source) {
  if (last_ < peers_.size() && peers_[last_].source == source) return &peers_[last_];
  const auto known = std::find_if(peers_.begin(), peers_.end(),
                                  [&](const Known& one) { return one.source == source; });
  if (known == peers_.end()) return nullptr;
  last_ = static_cast<std::size_t>(known - peers_.begin());
  return &*known;
}

std::optional<PeerTable::Again> PeerTable::hear_again(const Datagram& datagram, Time now) {
  Known* const known = find(datagram.source);
  if (known == nullptr || known->refused || known->lacks_signature) return std::nullopt;
  if (!known->says_again(datagram)) return std::nullopt;
  Peer& peer = known->peer;
  const Again again{peer.priority, Duration{peer.interval}, known->late(now)};
  peer.heard = now;
  heard_ = true;
  return again;
}

void PeerTable::hear(const Heard& heard, const InstanceConfig& config, Time now) {
  const Datagram& datagram = heard.datagram;
  Known* const known = find(datagram.source);
  if (known != nullptr && known->says_again(heard)) {
    known->peer.heard = now;
    heard_ = true;
    return;
  }
  Known described{datagram.source,
                  datagram.destination,
                  datagram.ttl,
                  heard.refused,
                  heard.lacks_signature,
                  {datagram.payload.begin(), datagram.payload.end()},
                  peer_by(heard, config, now)};
  if (known == nullptr) {
    make_room(described.peer);
    changed_ = true;
    if (peers_.size() >= Peers::kMost) return;
    const auto place = std::find_if(peers_.begin(), peers_.end(),
                                    [&](const Known& one) { return datagram.source < one.source; });
    peers_.insert(place, std::move(described));
    return;
  }
  Known before = std::exchange(*known, std::move(described));
  before.peer.heard = now;
  (before.peer == known->peer ? heard_ : changed_) = true;
}

void PeerTable::reconfigured() {
  for (Known& known : peers_) known.words.clear();
}

std::optional<Duration> PeerTable::lateness(const IpAddress& source, Time now) {
  const Known* const known = find(source);
  if (known == nullptr || !known->peer.accepted || !known->peer.speaks) return std::nullopt;
  return known->late(now);
}

// The least worth keeping goes, if the newcomer is worth more.
void PeerTable::make_room(const Peer& newcomer) {
  if (peers_.size() < Peers::kMost) return;
  const auto worth = [](const Peer& peer) { return std::pair(peer.accepted, peer.heard); };
  const auto least = std::min_element(
      peers_.begin(), peers_.end(),
      [&](const auto& one, const auto& other) { return worth(one.peer) < worth(other.peer); });
  if (newcomer.accepted || !least->peer.accepted) peers_.erase(least);
}

void PeerTable::note_silence(Time now) {
  for (Known& known : peers_) {
    Peer& peer = known.peer;
    if (!peer.speaks || now - peer.heard < silent_after(Duration{peer.interval})) continue;
    peer.speaks = false;
    changed_ = true;
  }
}

std::optional<Peers> PeerTable::report(const std::string& router, Duration pace, Time now) {
  note_silence(now);
  const bool due =
      !told_ || (changed_ && now - *told_ >= kApart) || (heard_ && now - *told_ >= pace);
  if (!due || (!changed_ && !heard_)) return std::nullopt;
  told_ = now;
  changed_ = heard_ = false;
  Peers told{router, {}};
  for (const Known& known : peers_) told.peers.push_back(known.peer);
  return told;
}

std::optional<Time> PeerTable::deadline() const {
  std::optional<Time> first;
  if (changed_ && told_) first = *told_ + kApart;
  for (const Known& known : peers_) {
    const Peer& peer = known.peer;
    if (!peer.speaks) continue;
    const Time silent = peer.heard + silent_after(Duration{peer.interval});
    const Time told = std::max(silent, told_.value_or(Time{}) + kApart);
    if (!first || told < *first) first = told;
  }
  return first;
}

}  // namespace holdfast::vrrp
