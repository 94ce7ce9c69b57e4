// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <utility>

#include "vrrp-worker/core/vrrp_core.h"

// VrrpCore's dead man's switch: its addresses end by themselves unless they are renewed, which they
// are with the adverts: a peer counts from the last of these.
namespace holdfast::vrrp {
namespace {

// The kernel rounds an age up, by a fiftieth of a second.
constexpr Duration kKernelEarly = std::chrono::milliseconds{50};
// The addresses of one instance end one after the other.
constexpr Duration kOneEnd = std::chrono::seconds{1};

}  // namespace

void VrrpCore::set_lifetimes() {
  std::size_t ipv6 = 0;
  for (const auto& [name, instance] : instances_) {
    for (const VirtualAddress& address : instance.config.held()) {
      if (!address.address.is_v4()) ++ipv6;
    }
  }
  for (auto& [name, instance] : instances_) {
    const AddressLifetime lifetime = address_lifetime(instance.config, ipv6);
    // What was to end may be to stay now, or the reverse.
    const bool moved = std::exchange(instance.lifetime, lifetime) != lifetime;
    if (!moved || !instance.router.holds_addresses()) continue;
    instance.renew_at = now_;
    schedule(instance, instance.deadline());
  }
}

Duration VrrpCore::lifetime_of(const std::string& device, const IpPrefix& prefix) const {
  const auto it = by_address_.find({device, prefix.address});
  if (it == by_address_.end() || is_fixed(device, prefix.address)) return {};
  if (!may_end(prefix) || it->second->lifetime.lasts == Duration{0}) return {};
  return std::max<Duration>(bounded_by_lease(*it->second, it->second->lifetime.lasts), kOneEnd);
}

// What is there, and only that: what somebody else took away is put back at a pace of its own.
void VrrpCore::renew(Instance& instance) {
  instance.renew_at.reset();
  const Duration lasts = bounded_by_lease(instance, instance.lifetime.lasts);
  if (lasts < instance.lifetime.lasts) {
    // As long as its lease, and no shorter than they are.
    if (lasts == Duration{0} || now_ + lasts <= instance.lasts_until) return;
    instance.lasts_until = now_ + lasts;
  } else {
    instance.lasts_until.reset();
  }
  instance.renewed_at = now_;
  const auto renew_one = [&](const VirtualAddress& address) {
    const std::string& device = instance.config.device_of(address);
    const Link* link = links_.named(device);
    const LinkAddress* have = link == nullptr ? nullptr : link->find(address, next_renewed_);
    if (have == nullptr || !may_end(address) || is_fixed(device, address.address)) return;
    // An owner's address is the interface's own, unless we put it.
    if (instance.config.owns_addresses_of_interface() && !have->marked) return;
    if (instance.leaving && by_address_.contains({device, address.address})) return;
    actions_.emplace_back(AddAddress{link->index, address, have->traits, lasts, true});
  };
  for (const VirtualAddress& address : instance.config.addresses) renew_one(address);
  for (const VirtualAddress& address : instance.config.excluded_addresses) renew_one(address);
}

// The latest moment that will do and that is not too long after the last advert; nothing: the next
// advert is early enough. Where a lease bounds them, each renewal follows it.
std::optional<Time> VrrpCore::must_renew_at(const Instance& instance) const {
  const AddressLifetime& lifetime = instance.lifetime;
  const Time next_advert = instance.router.deadline().value_or(now_);
  const Time until = next_advert - instance.config.advert_interval + lifetime.between;
  if (!instance.renewed_at || instance.gate.is_there()) return until;
  const Time last = *instance.renewed_at + lifetime.gap;
  return last < next_advert ? std::optional{std::min(last, until)} : std::nullopt;
}

// Of an active router.
bool VrrpCore::renews_with_advert(const Instance& instance) const {
  const Duration soon = instance.config.advert_interval / 8;
  // One that asserts itself against many others does not renew with each word.
  if (instance.renewed_at && now_ - *instance.renewed_at < soon) return false;
  if (!instance.renewed_at || instance.gate.is_there()) return true;
  // To be put off by less is not worth a wake-up.
  const std::optional<Time> at = must_renew_at(instance);
  return at && *at - now_ < soon;
}

// After this advert, or this renewal.
std::optional<Time> VrrpCore::renews_next(const Instance& instance) const {
  if (instance.lifetime.lasts == Duration{0}) return std::nullopt;
  if (instance.router.state() != VrrpState::kActive) return now_ + instance.lifetime.lasts / 2;
  const std::optional<Time> at = must_renew_at(instance);
  return at && *at > now_ ? at : std::nullopt;
}

// With the adverts of an active router, and while it hands over.
void VrrpCore::renew_with_advert(Instance& instance) {
  if (instance.lifetime.lasts == Duration{0} || !instance.router.holds_addresses()) return;
  if (lets_go_at_once(instance)) return;
  const bool active = instance.router.state() == VrrpState::kActive;
  const bool ended = active && has_ended(instance);
  if (!active || renews_with_advert(instance)) renew(instance);
  if (ended) note_ended(instance);
  instance.renew_at = renews_next(instance);
}

// A router that lost answers only until neighbours know the winner.
bool VrrpCore::lets_go_at_once(const Instance& instance) const {
  const std::optional<Time> until = instance.router.lets_go_at();
  return until && *until - now_ <= Router::kHeirAnnounces;
}

void VrrpCore::renew_if_due(Instance& instance) {
  if (!instance.renew_at || *instance.renew_at > now_) return;
  instance.renew_at.reset();
  if (!instance.router.holds_addresses() || lets_go_at_once(instance)) return;
  renew(instance);
  instance.renew_at = renews_next(instance);
}

// Whether nobody but the kernel took away what is gone.
bool VrrpCore::has_ended(const Instance& instance) const {
  const Duration lasts = instance.lifetime.lasts;
  if (lasts == Duration{0} || !instance.renewed_at) return false;
  if (instance.lasts_until && now_ >= *instance.lasts_until - kKernelEarly) return true;
  return now_ - *instance.renewed_at >= lasts - kKernelEarly || was_noted(instance);
}

bool VrrpCore::was_noted(const Instance& instance) const {
  return instance.ended_at && now_ - *instance.ended_at < kOneEnd;
}

void VrrpCore::note_ended(Instance& instance) {
  if (was_noted(instance)) return;
  instance.ended_at = now_;
  log(LogLevel::kWarning, instance.config.name +
                              ": this process was stopped for so long that the kernel ended its "
                              "addresses: put back, as no other router is heard");
  // Another one may have announced them meanwhile, and be gone.
  perform(instance, Announce{});
}

}  // namespace holdfast::vrrp
