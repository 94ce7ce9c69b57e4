// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>

#include "common/core/ids.h"
#include "common/core/ip.h"
#include "common/core/time.h"

// Why a router changed its state, in the words an operator reads in log and status.
namespace holdfast::vrrp::reason {

std::string seconds(Duration duration);  // "3.609 s"

std::string address_owner();
std::string started();
std::string start_delayed(Duration delay);
std::string handed_over();
// The last advert that a backup heard, of whatever priority, and how long ago; nothing: none.
struct LastAdvert {
  Priority priority;
  IpAddress source;
  Duration interval;  // at which its sender speaks
  Time at;
  bool operator==(const LastAdvert&) const = default;
};
// That router is there, but takes second place.
bool preempts(const LastAdvert& last, Priority own, Time now);
std::string took_over(const std::optional<LastAdvert>& last, Priority own, Time backup_since,
                      Time now);
std::string outranked(const IpAddress& source, Priority theirs, Priority own);
std::string succeeded(const IpAddress& source, Duration late);
std::string restarted_late(Duration silence);

}  // namespace holdfast::vrrp::reason
