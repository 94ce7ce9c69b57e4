// SPDX-License-Identifier: Apache-2.0
#include "vrrp-worker/core/announcer.h"

#include <algorithm>
#include <initializer_list>

namespace holdfast::vrrp {

namespace {

constexpr auto kShortestGap = std::chrono::seconds{1};

}  // namespace

int Announcer::request(const AnnounceConfig& config, Time now) {
  if (!last_) {
    last_ = now;
    if (config.delay > Duration{0}) second_ = Burst{now + config.delay, config.second_repeat()};
    if (config.refresh > Duration{0}) refresh_ = now + config.refresh;
    return config.repeat;
  }
  const int repeat = config.correcting_repeat();
  if (repeat == 0) return 0;
  correct_again(config, now);
  if (now - *last_ < kShortestGap) {
    postponed_ = Burst{*last_ + kShortestGap, repeat};
    return 0;
  }
  postponed_.reset();
  last_ = now;
  return repeat;
}

// The second burst comes once, that long after the last request; never sooner than one that was to
// come anyway.
void Announcer::correct_again(const AnnounceConfig& config, Time now) {
  if (config.correcting_delay() == Duration{0}) return;
  Burst second{now + config.correcting_delay(), config.correcting_repeat()};
  if (second_) {
    second = {std::max(second.at, second_->at), std::max(second.repeat, second_->repeat)};
  }
  second_ = second;
}

int Announcer::wake(const AnnounceConfig& config, Time now) {
  int repeat = 0;
  if (postponed_ && postponed_->at <= now) {
    repeat = postponed_->repeat;
    last_ = now;
    postponed_.reset();
  }
  if (second_ && second_->at <= now) {
    repeat = std::max(repeat, second_->repeat);
    last_ = now;
    second_.reset();
  }
  if (refresh_ && *refresh_ <= now) {
    repeat = std::max(repeat, config.refresh_repeat);
    // Counted from when it was due, so that the pace holds; after a pause from now.
    refresh_ = *refresh_ + config.refresh;
    if (*refresh_ <= now) refresh_ = now + config.refresh;
  }
  return repeat;
}

void Announcer::reconfigure(const AnnounceConfig& config, Time now) {
  refresh_.reset();
  if (last_ && config.refresh > Duration{0}) refresh_ = now + config.refresh;
}

std::optional<Time> Announcer::deadline() const {
  std::optional<Time> first = refresh_;
  for (const std::optional<Burst>& burst : {postponed_, second_}) {
    if (burst && (!first || burst->at < *first)) first = burst->at;
  }
  return first;
}

}  // namespace holdfast::vrrp
