// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "common/core/ip.h"
#include "common/core/messages.h"
#include "common/core/time.h"
#include "config/config.h"
#include "vrrp-worker/core/advert.h"

namespace holdfast::vrrp {

// An advert of another router that could be read, and what became of it.
struct Heard {
  const Advert& advert;
  const Datagram& datagram;
  std::optional<Rejection> refused{};
  bool lacks_signature = false;  // accepted, though signed ones are expected
};

// What an advert says that does not fit the configuration of its VRID: all of it, where a refusal
// names the first.
Peer peer_by(const Heard& heard, const InstanceConfig& config, Time now);

// The other routers that a virtual router has heard, for who looks: it decides nothing. Bounded:
// who is refused gives way to who is accepted, and who was silent for longest to who speaks.
//
// What has changed is told with the advert that tells it, but no more often than once in kApart;
// and mere adverts once in a `pace`.
class PeerTable {
 public:
  static constexpr Duration kApart = std::chrono::seconds{1};

  void hear(const Heard& heard, const InstanceConfig& config, Time now);

  // An advert that says, word for word, what its sender last said and was accepted for, and comes
  // the same way: its verdict can be no other. It is heard; one that is signed, or was expected to
  // be, is never one of these, since what signs it differs each time.
  struct Again {
    Priority priority;
    Duration interval;
    Duration late;  // than its interval
  };
  std::optional<Again> hear_again(const Datagram& datagram, Time now);
  // What was heard is compared with another configuration from now on.
  void reconfigured();

  // How much later than its interval an advert comes, of one who was accepted and is not silent.
  std::optional<Duration> lateness(const IpAddress& source, Time now);

  // What is to be told now, if anything is.
  std::optional<Peers> report(const std::string& router, Duration pace, Time now);
  // When to ask for that, whatever is heard until then: somebody falls silent.
  std::optional<Time> deadline() const;

 private:
  // A peer, and the words by which it was last described: it says the same thing again and again.
  struct Known {
    IpAddress source;
    IpAddress destination;
    std::uint8_t ttl = 0;
    std::optional<Rejection> refused;
    bool lacks_signature = false;
    std::vector<std::uint8_t> words;  // of its message; empty: to be described anew
    Peer peer;
    bool says_again(const Datagram& datagram) const;
    bool says_again(const Heard& heard) const;
    Duration late(Time now) const { return now - peer.heard - Duration{peer.interval}; }
  };

  Known* find(const IpAddress& source);  // null: it was not heard
  void make_room(const Peer& newcomer);
  void note_silence(Time now);

  std::vector<Known> peers_;  // by their addresses
  std::size_t last_ = 0;      // who spoke last, as one peer mostly does all the time
  std::optional<Time> told_;
  bool changed_ = false;  // more than the times, since then
  bool heard_ = false;    // or only those
};

}  // namespace holdfast::vrrp
