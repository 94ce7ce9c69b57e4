// SPDX-License-Identifier: Apache-2.0
#include "tests/simulator/network.h"

#include <algorithm>
#include <utility>

namespace holdfast::simulator {

Network::Network(std::uint64_t seed, Journal::Keep keep, int hosts, int lans)
    : world_(seed, keep), last_packets_(static_cast<std::size_t>(lans)) {
  for (int lan = 0; lan < lans; ++lan) {
    lans_.push_back(std::make_unique<Lan>(
        world_, hosts, [this, lan](int to, const Frame& frame) { host(to).receive(lan, frame); }));
  }
  for (int number = 0; number < hosts; ++number) {
    std::vector<Nic> nics;
    for (int lan = 0; lan < lans; ++lan) {
      const auto mac_lan = static_cast<std::uint8_t>(lan);
      const auto mac_host = static_cast<std::uint8_t>(number);
      nics.push_back({lan, MacAddress{2, 0, 0, 0, mac_lan, mac_host}, primary(lan, number),
                      primary(lan, number, Family::kIpv6)});
    }
    hosts_.push_back(std::make_unique<Host>(
        world_, witness_, number, std::move(nics),
        [this, number](int lan, const Frame& frame) { broadcast(number, lan, frame); }));
  }
}

void Network::broadcast(int from, int to, const Frame& frame) {
  const bool to_everybody = lan(to).broadcast(from, frame);
  if (frame.announcement) {
    witness_.announced(from, to, *frame.bytes);
  } else {
    last_packets_[static_cast<std::size_t>(to)] = frame;
    witness_.sent(from, to, *frame.bytes, to_everybody);
  }
}

IpPrefix Network::primary(int lan, int host, Family family) {
  const auto last = static_cast<std::uint8_t>(10 + host);
  if (family == Family::kIpv4) {
    return {IpAddress::v4({10, 0, static_cast<std::uint8_t>(lan), last}), 24};
  }
  return {IpAddress::v6({0xfe, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, last}), 64};
}

bool Network::run_until(Time time, const std::function<bool()>& done) {
  while (!world_.failure()) {
    if (done && done()) return true;
    if (!step(time)) return !done;
  }
  return false;
}

// Goes to the next event, if it comes before `until`, and lets it happen.
bool Network::step(Time until) {
  Host* first = nullptr;
  Time when = world_.next();
  for (const auto& host : hosts_) {
    const Time next = host->next();
    if (next >= when) continue;
    when = next;
    first = host.get();
  }
  if (when > until) {
    world_.advance_to(until);
    return false;
  }
  world_.advance_to(when);
  ++world_.figures.steps;
  if (first == nullptr) {
    world_.step();
  } else {
    first->step();
    invariants_.after_step(*first);
  }
  return true;
}

int Network::holders(int lan, const IpPrefix& prefix) const {
  return static_cast<int>(std::count_if(hosts_.begin(), hosts_.end(), [&](const auto& host) {
    const vrrp::Link* link = host->kernel().on_lan(lan);
    return link != nullptr && link->up && Kernel::holds(*link, prefix);
  }));
}

}  // namespace holdfast::simulator
