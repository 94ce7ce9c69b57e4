// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
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
  // What was heard is compared with another configuration from now on.
  void reconfigured();

  // How much later than its interval an advert comes, of one who was accepted and is not silent.
  std::optional<Duration> lateness(const IpAddress& source, Time now) const;

  // What is to be told now, if anything is.
  std::optional<Peers> report(const std::string& router, Duration pace, Time now);
  // When to ask for that, whatever is heard until then: somebody falls silent.
  std::optional<Time> deadline() const;

 private:
  // A peer, and the words by which it was last described: it says the same thing again and again.
  struct Known {
    Peer peer;
    std::vector<std::uint8_t> words;  // of its message; empty: to be described anew
    IpAddress destination;
    std::optional<Rejection> refused;
    bool lacks_signature = false;
    bool says_again(const Heard& heard) const;
  };

  void make_room(const Peer& newcomer);
  void note_silence(Time now);

  std::map<IpAddress, Known> peers_;
  std::optional<Time> told_;
  bool changed_ = false;  // more than the times, since then
  bool heard_ = false;    // or only those
};

}  // namespace holdfast::vrrp
