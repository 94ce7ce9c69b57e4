// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "check-worker/core/check_core.h"

// Targets of which silence is good, unless an ICMP error says that nobody is there.
//
// A host limits such errors. Linux sends one a second to each address that it hears from, six at
// once after a pause (net.ipv4.icmp_ratelimit and icmp_ratemask, net.ipv6.icmp.ratelimit), whatever
// port they are about; other systems and routers send more. So what was sent too soon after an
// error is met with silence, though nobody is there. An error that was not sent takes nothing from
// the limit: a second after the last one the next is sent.
//
// So, once refused, silence proves something if no error came from that address for longer than
// that before it was asked, and it takes two such in a row, since a datagram may get lost. That
// several checks of one address do not live on one another's errors, those that are down ask in
// turn.
namespace holdfast::check {
namespace {

using std::chrono::milliseconds;

constexpr Duration kLimit = milliseconds{1100};  // Linux's second, which its ticks round
constexpr Duration kTurn = milliseconds{1500};   // and what it takes there, back, and to wake up
constexpr std::uint32_t kSilences = 2;

bool may_be_silent(const CheckTarget& target) {
  const auto* const udp = std::get_if<UdpCheck>(&target);
  return udp != nullptr && !udp->require_reply;
}

}  // namespace

// Or was, in a former life.
void CheckCore::refused(Checks::value_type& entry) {
  Check& check = entry.second;
  if (!may_be_silent(check.config->target)) return;
  check.silences = kSilences;
  const Result<SharedTarget> target = target_of(check.config);
  if (!target) return;
  if (refusals_.size() > checks_.size()) {  // of hosts that have moved
    std::erase_if(refusals_, [this](const auto& one) {
      return std::max(one.second.last, one.second.turn) + kTurn < now_;
    });
  }
  refusals_[endpoint_of(**target)->address].last = now_;
}

// The silence of an attempt that began at `asked`.
bool CheckCore::proves_nothing(Checks::value_type& entry, Time asked) {
  Check& check = entry.second;
  if (check.silences == 0) return false;
  const Result<SharedTarget> target = target_of(check.config);
  const auto found = target ? refusals_.find(endpoint_of(**target)->address) : refusals_.end();
  const bool limited = found != refusals_.end() && asked - found->second.last < kLimit;
  if (!limited && --check.silences == 0) return false;
  check.next_start = now_;
  ask_in_turn(entry, asked);
  return true;
}

// Not before it was to be asked anyway.
void CheckCore::ask_in_turn(Checks::value_type& entry, Time after) {
  const Result<SharedTarget> target = target_of(entry.second.config);
  if (target) {
    Time& turn = refusals_[endpoint_of(**target)->address].turn;
    turn = std::max(turn, after) + kTurn;
    entry.second.next_start = std::max(turn, entry.second.next_start);
  }
  plan(entry);
}

}  // namespace holdfast::check
