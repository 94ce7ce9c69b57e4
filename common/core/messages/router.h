// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/core/ids.h"
#include "common/core/messages/describe.h"
#include "common/core/messages/histogram.h"
#include "common/core/time.h"

// What the vrrp-worker says of its virtual routers.
namespace holdfast {

// RFC 9568 §6.3's three states, and FAULT: kept in Initialize until what it needs is back.
enum class VrrpState : std::uint8_t { kInitialize, kBackup, kActive, kFault, kLast = kFault };
std::string_view to_string(VrrpState state);  // "INIT", "BACKUP", "MASTER", "FAULT"

// Why an advert was refused, in the order of the checks of RFC 9568 §7.1.
enum class Rejection : std::uint8_t {
  kTtl,      // not 255
  kVersion,  // not 2 or 3, or not the version configured for this router
  kType,     // not an advertisement
  kLength,   // shorter or longer than its address count says
  kChecksum,
  // Authentication: of another kind than is configured here, or none that is good.
  kAuthentication,  // VRRPv2: not the type configured; a signature where none is configured
  kPassword,        // VRRPv2: not the password
  kUnsigned,        // no signature
  kKey,             // signed with a key that is not configured here
  kSignature,       // not what the key makes of this packet
  kStale,           // signed at a time too far from ours
  kReplay,          // not newer than what its sender signed before
  kVrid,            // no router of this VRID and family on the interface
  kPeer,            // from none of the peers or allowed sources, or not to the group
  kOwner,           // we own the addresses: nobody else may announce them
  kAddressList,     // not the addresses configured here
  kInterval,        // v2: not our interval; v3: zero
  kLast = kInterval
};
inline constexpr std::size_t kRejections = static_cast<std::size_t>(Rejection::kLast) + 1;
std::string_view to_string(Rejection rejection);  // "ttl", "address_list"

// Why a virtual router changed its state, for who counts; `reason` has the whole of it.
enum class Cause : std::uint8_t {
  kStart,     // it was started, or resumed what its former life did
  kNoAdvert,  // no master was heard for too long
  kReleased,  // the master let go (priority 0)
  kPreempt,   // its priority is higher than that of the master
  kOutranked,
  kHandOver,  // it was told to: a stop, maintenance, a reload
  kFault,     // what it needs is gone
  kGroup,     // its sync group
  kAway,      // it was stopped, or restarted, for so long that a peer may have taken over
  kLast = kAway
};
inline constexpr std::size_t kCauses = static_cast<std::size_t>(Cause::kLast) + 1;
std::string_view to_string(Cause cause);  // "start", "no_advert", "released", "preempt"...

// vrrp-worker: one virtual router, as it is now.
struct RouterState {
  std::string router;
  VrrpState state{};
  Priority priority;            // effective: configured, moved by tracking
  Time since;                   // of the state
  std::string reason;           // of the last change of state, for a person
  std::string moved_by{};       // what moves the priority: "check app is down: -20"; or empty
  std::uint32_t conflicts = 0;  // as master, won against another that called itself master
  Cause cause{};                // of the last change of state
  // Of one that took over since the master fell silent or let go: microseconds from the last advert
  // to that, in which perhaps nobody held the addresses.
  std::optional<std::uint32_t> unheld{};
  bool operator==(const RouterState&) const = default;
  static void describe(auto& archive, auto& self) {
    archive(self.router);
    archive(self.state);
    archive(self.priority);
    archive(self.since);
    archive(self.reason);
    archive(self.moved_by);
    archive(self.conflicts);
    archive(self.cause);
    describe_optional(archive, self.unheld);
  }
};

// vrrp-worker: totals since this router was configured in this life of the worker. `router` is a
// virtual router, or empty for adverts that matched none.
struct AdvertCounters {
  std::string router;
  std::uint64_t sent = 0;
  std::uint64_t received = 0;         // accepted
  std::uint64_t unauthenticated = 0;  // of these, unsigned where signed ones are expected
  std::uint64_t owners = 0;           // with priority 255, accepted or not: of another router
  std::array<std::uint64_t, kRejections> rejected{};
  DurationHistogram late{};  // how long after its sender's interval an accepted advert came
  bool operator==(const AdvertCounters&) const = default;
  static void describe(auto& archive, auto& self) {
    archive(self.router);
    archive(self.sent);
    archive(self.received);
    archive(self.unauthenticated);
    archive(self.owners);
    for (auto& count : self.rejected) archive(count);
    DurationHistogram::describe(archive, self.late);
  }
};

// What another router says that does not fit what is configured here.
enum class Mismatch : std::uint8_t {
  kVersion,
  kInterval,
  kAddresses,       // another list of them
  kAuthentication,  // another kind, another key, none
  kOwner,           // two say that they own the addresses
  kStranger,        // from where no peer is, or of other addresses altogether
  kLast = kStranger
};
inline constexpr std::size_t kMismatches = static_cast<std::size_t>(Mismatch::kLast) + 1;
std::string_view to_string(Mismatch mismatch);  // "version", "interval", "addresses"...

// Another router of a VRID of ours, by its last advert.
struct Peer {
  static constexpr std::size_t kDetailMax = 120;  // bytes

  std::string address;
  std::uint8_t version = 0;
  Priority priority;
  std::uint32_t interval = 0;  // microseconds
  bool speaks = false;         // its adverts come as they should: it is the master, or means to be
  bool accepted = false;       // that advert
  Time heard;                  // when it came
  std::array<bool, kMismatches> mismatches{};
  std::string detail{};  // what does not fit, for a person; empty: all does
  bool operator==(const Peer&) const = default;
  static void describe(auto& archive, auto& self) {
    archive(self.address);
    archive(self.version);
    archive(self.priority);
    archive(self.interval);
    archive(self.speaks);
    archive(self.accepted);
    archive(self.heard);
    for (auto& one : self.mismatches) archive(one);
    archive(self.detail);
  }
};

// vrrp-worker: the other routers that one virtual router has heard since it was configured in this
// life of the worker.
struct Peers {
  static constexpr std::size_t kMost = 16;

  std::string router;
  std::vector<Peer> peers;  // by address
  bool operator==(const Peers&) const = default;
  static void describe(auto& archive, auto& self) {
    archive(self.router);
    describe_list(archive, self.peers);
  }
};

}  // namespace holdfast
