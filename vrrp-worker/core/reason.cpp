// SPDX-License-Identifier: Apache-2.0
#include "vrrp-worker/core/reason.h"

#include <cstdint>

namespace holdfast::vrrp::reason {

// In whole numbers: it is said as a router takes over, when printf() would take 15 us.
std::string seconds(Duration duration) {
  const bool negative = duration < Duration{0};
  const auto count = static_cast<std::uint64_t>(duration.count());
  const std::uint64_t us = negative ? 0 - count : count;
  const std::uint64_t ms = us / 1000 + (us % 1000 < 500 ? 0 : 1);
  const std::string thousandths = std::to_string(1000 + ms % 1000).substr(1);
  return (negative && ms > 0 ? "-" : "") + std::to_string(ms / 1000) + "." + thousandths + " s";
}

std::string address_owner() {
  return "priority 255: owner of the addresses";
}

std::string started() {
  return "started";
}

std::string start_delayed(Duration delay) {
  return "waits " + seconds(delay) + " before it starts";
}

std::string handed_over() {
  return "handed over";
}

bool preempts(const LastAdvert& last, Priority own, Time now) {
  return last.priority != kPriorityRelease && last.priority < own &&
         now - last.at < 2 * last.interval;
}

std::string took_over(const std::optional<LastAdvert>& last, Priority own, Time backup_since,
                      Time now) {
  if (!last) return "no advert heard for " + seconds(now - backup_since);
  const std::string source = last->source.to_string();
  if (last->priority == kPriorityRelease) return source + " let go (priority 0)";
  if (preempts(*last, own, now)) {
    return "preempted " + source + ": priority " + std::to_string(own.value) + " over its " +
           std::to_string(last->priority.value);
  }
  return "no advert from " + source + " for " + seconds(now - last->at);
}

std::string outranked(const IpAddress& source, Priority theirs, Priority own) {
  std::string text = source.to_string() + " has priority " + std::to_string(theirs.value);
  if (theirs == own) return text + " too, and the higher address";
  return text + " over our " + std::to_string(own.value);
}

std::string succeeded(const IpAddress& source, Duration late) {
  return "stopped for " + seconds(late) + ", and meanwhile " + source.to_string() + " took over";
}

std::string restarted_late(Duration silence) {
  return "restarted " + seconds(silence) +
         " after the last sign of life: a peer may hold the addresses";
}

}  // namespace holdfast::vrrp::reason
