// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "vrrp-worker/core/vrrp_core.h"

// VrrpCore's witness: an instance that has one is active only while it has a lease, or while the
// witness is not reached and that is to make no difference. A backup whose turn it is wishes for
// the lease and waits; an active router without one lets go of its addresses at once.
namespace holdfast::vrrp {

void VrrpCore::set_witness(const WitnessConfig& config) {
  witness_.ttl = config.ttl;
  for (auto& [name, instance] : instances_) instance.gate.configure(instance.config.witness, now_);
}

void VrrpCore::witness_heard(const WitnessState& state) {
  witness_.state = state;
  // No lease lasts longer, whatever the one who asks says: so a lie ends with who tells it.
  witness_.state->until = std::min(state.until, now_ + witness_.ttl);
  if (!begun_) return;
  for (auto& [name, instance] : instances_) {
    review(instance);
    if (instance.router.state() == VrrpState::kActive && instance.gate.releases()) {
      renew_by_lease(instance);
    }
  }
}

void VrrpCore::lease_heard(const LeaseState& state) {
  const auto found = instances_.find(state.router);
  if (found == instances_.end()) return;
  found->second.gate.hear(state);
  if (begun_) review(found->second);
}

// After whatever may have changed the answer.
void VrrpCore::review(Instance& instance) {
  if (!instance.gate.is_there() || !instance.started || stopping_) return;
  const WitnessGate& gate = instance.gate;
  if (instance.router.state() == VrrpState::kActive && !gate.may_stay(witness_, now_)) {
    tell(instance, Yield{gate.why_not(witness_, now_), {}, {}, true});
  } else if (instance.waits && instance.router.takes_over_at(now_) &&
             gate.may_take_over(witness_, now_)) {
    tick(instance);
  }
  challenge(instance);
  settle(instance);
}

// One that would preempt says nothing while it waits, and so nobody would make room for it: it
// tells the active router of lower priority its own, as it will when it has taken over.
void VrrpCore::challenge(Instance& instance) {
  const bool due =
      instance.waits && instance.gate.is_anothers(witness_, now_) && instance.router.preempts(now_);
  if (!due) {
    instance.challenge_at.reset();
  } else if (!instance.challenge_at || *instance.challenge_at <= now_) {
    send_advert(instance, instance.standing.priority);
    instance.challenge_at = now_ + instance.config.advert_interval;
  }
}

// The supervisor passes it on to whoever asks the witness.
void VrrpCore::wish(Instance& instance) {
  if (!instance.gate.is_there() || !begun_ || !instance.started) {
    instance.wished.reset();
    return;
  }
  const Router& router = instance.router;
  const bool wanted = router.state() == VrrpState::kActive || router.takes_over_at(now_);
  if (std::exchange(instance.wished, wanted) == wanted) return;
  actions_.emplace_back(Report{LeaseWish{instance.config.name, wanted}});
}

// The kernel ends the addresses before another node can have the lease.
Duration VrrpCore::bounded_by_lease(const Instance& instance, Duration lasts) const {
  const std::optional<Time> ends = instance.gate.ends(witness_);
  if (!ends || lasts == Duration{0}) return lasts;
  // The margin of the lease is what the kernel may be late.
  static_assert(WitnessConfig::kMargin >= kKernelLateness);
  return std::min<Duration>(
      lasts, std::chrono::floor<std::chrono::seconds>(std::max(*ends - now_, Duration{0})));
}

// With its lease, as with an advert: else they would end before the lease does.
void VrrpCore::renew_by_lease(Instance& instance) {
  if (instance.lifetime.lasts == Duration{0} || has_ended(instance)) return;
  renew(instance);
}

}  // namespace holdfast::vrrp
