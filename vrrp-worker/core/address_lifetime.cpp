// SPDX-License-Identifier: Apache-2.0
#include "vrrp-worker/core/address_lifetime.h"

#include <algorithm>
#include <chrono>

namespace holdfast::vrrp {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

// What a new worker needs, from the death of the one before it to its first renewal.
constexpr Duration kRestart = milliseconds{250};
// How late a renewal may be on a busy machine.
constexpr Duration kBusy = milliseconds{400};

Duration whole_seconds_within(Duration duration) {
  return std::max(std::chrono::floor<seconds>(duration), seconds{0});
}

// Until a hang is found: see watchdog_time(), which may be shorter because of other instances.
Duration hang_time(Duration interval) {
  return std::clamp<Duration>(interval, milliseconds{150}, seconds{1});
}

}  // namespace

bool may_end(const IpPrefix& prefix) {
  return prefix.address.is_v4() || prefix.length == 128;
}

AddressLifetime address_lifetime(const InstanceConfig& config, std::size_t ipv6_addresses) {
  const Duration interval = config.advert_interval;
  const Duration down = config.down_timer_adverts * interval;
  AddressLifetime lifetime;
  if (config.address_lifetime) {
    lifetime.lasts = *config.address_lifetime;
    if (lifetime.lasts == Duration{0}) return {};
  } else {
    const std::vector<VirtualAddress> held = config.held();
    const bool costly = ipv6_addresses > kIpv6AddressesMax &&
                        std::any_of(held.begin(), held.end(), [](const VirtualAddress& address) {
                          return !address.address.is_v4();
                        });
    if (costly) return {};
    lifetime.lasts = std::max<Duration>(whole_seconds_within(down - kKernelLateness), seconds{1});
  }
  // As long as a hang needs, and what comes after it.
  const Duration needed = interval + hang_time(interval) + kRestart;
  // What is left of the time in which no peer takes over.
  const Duration spare = down - lifetime.lasts - kKernelLateness;
  if (lifetime.lasts < needed) {
    lifetime.between = interval / 2;
    if (spare >= Duration{0}) lifetime.between = std::min(lifetime.between, spare);
    if (lifetime.between < interval / 8) lifetime.between = Duration{0};
  }
  // With so few adverts that may be missed, a peer is faster than the kernel can be.
  lifetime.gap = std::max(lifetime.between, interval - lifetime.between);
  if (!config.address_lifetime && lifetime.lasts < lifetime.gap + kBusy) {
    lifetime.lasts = std::chrono::ceil<seconds>(lifetime.gap + kBusy);
  }
  // A worker that hangs just before the next renewal.
  const Duration spent = std::max(hang_time(interval) + kRestart, lifetime.lasts / 2);
  lifetime.gap = std::max(lifetime.gap, lifetime.lasts - spent);
  lifetime.two_holders_at_most =
      std::max(Duration{0}, lifetime.lasts + lifetime.between + kKernelLateness - down);
  return lifetime;
}

}  // namespace holdfast::vrrp
