// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

#include "common/core/overloaded.h"
#include "tests/unit/vrrp/adverts.h"
#include "vrrp-worker/core/vrrp_core.h"

namespace holdfast::vrrp {

using namespace std::chrono_literals;

inline constexpr Time kStart{1000s};
inline constexpr Duration kDown = 3609375us;  // of priority 100 at an interval of a second
inline const MacAddress kMac{0x02, 0x00, 0x5e, 0x10, 0x00, 0x01};
inline const IpAddress kPeer = IpAddress::v4({198, 51, 100, 2});
inline const LinkAddress kOwnAddress{IpPrefix{kSource, 24}, false};

// ---- The node: eth0 with 198.51.100.1, and a virtual router on it.

inline InstanceConfig instance(const std::string& name = "one", std::uint8_t vrid = 51,
                               const std::string& address = "192.0.2.10/24") {
  InstanceConfig config;
  config.name = name;
  config.interface = "eth0";
  config.vrid = Vrid{vrid};
  config.addresses = {prefix(address)};
  config.address_lifetime = Duration{0};
  return config;
}
inline InstanceConfig two() {
  return instance("two", 52, "192.0.2.20/24");
}
inline Config config_of(std::vector<InstanceConfig> instances) {
  Config config;
  config.instances = std::move(instances);
  return config;
}
inline LinkAddress virtual_address(const std::string& address, bool marked = true) {
  return {prefix(address), marked};
}
inline Link eth0(std::vector<LinkAddress> virtual_addresses = {}) {
  Link link;
  link.index = 2;
  link.name = "eth0";
  link.up = true;
  link.mac = kMac;
  link.addresses = {kOwnAddress};
  link.addresses.insert(link.addresses.end(), virtual_addresses.begin(), virtual_addresses.end());
  return link;
}
inline Link with(Link link, const std::string& address) {
  link.addresses.push_back({prefix(address), false});
  return link;
}
inline Link down(Link link) {
  link.up = false;
  return link;
}
inline Link eth1() {
  Link link = eth0();
  link.index = 3;
  link.name = "eth1";
  link.addresses = {{prefix("203.0.113.1/24"), false}};
  return link;
}

inline Listening listening_on(auto... links) {
  return {{{links, Family::kIpv4}, {{vrrp_group(Family::kIpv4)}, {Vrid{51}}}}...};
}

// ---- Actions as lines, so that a whole story can be compared.

using Lines = std::vector<std::string>;

inline std::string line_of(const SendPacket& packet) {
  const auto advert =
      decode_advert({packet.source, packet.destination, packet.ttl, packet.payload}, {0, kVrrpTtl});
  if (!advert) return "a broken advert";
  const bool usual =
      packet.destination == vrrp_group(packet.source.family()) && packet.ttl == kVrrpTtl;
  const std::string way =
      usual ? "" : " to " + packet.destination.to_string() + " ttl " + std::to_string(packet.ttl);
  return "advert from " + packet.source.to_string() + way + " on " + std::to_string(packet.link) +
         ": vrid " + std::to_string(advert->vrid.value) + " priority " +
         std::to_string(advert->priority.value);
}
// Of an announcement: what is where.
inline std::string line_of_frame(std::span<const std::uint8_t> frame) {
  if (frame[12] == 0x08) {
    return "arp " + IpAddress::v4({frame[28], frame[29], frame[30], frame[31]}).to_string();
  }
  std::array<std::uint8_t, 16> target{};
  std::copy_n(frame.begin() + 62, target.size(), target.begin());
  return "na " + IpAddress::v6(target).to_string();
}
inline std::string line_of(const Message& message) {
  if (const auto* state = std::get_if<RouterState>(&message)) {
    return "report " + state->router + " " + std::string{to_string(state->state)} + " " +
           std::to_string(state->priority.value) + " since " +
           reason::seconds(state->since - kStart) + ": " + state->reason;
  }
  const auto& counters = std::get<AdvertCounters>(message);
  std::string line = "counters " + counters.router + " sent " + std::to_string(counters.sent) +
                     " received " + std::to_string(counters.received);
  for (std::size_t i = 0; i < kRejections; ++i) {
    if (counters.rejected[i] == 0) continue;
    line += " " + std::string{to_string(static_cast<Rejection>(i))} + " " +
            std::to_string(counters.rejected[i]);
  }
  return line;
}
// Who else is heard is told beside everything else; peer_table_test and vrrp_core_peers_test look
// at it.
inline bool is_of_peers(const VrrpAction& action) {
  const auto* const report = std::get_if<Report>(&action);
  return report != nullptr && std::holds_alternative<Peers>(*report->message);
}
inline std::string line_of(const LogLine& log) {
  const char* const levels[] = {"debug", "info", "warning", "error"};
  return std::string{levels[static_cast<std::size_t>(log.level)]} + " " + log.text;
}
inline std::string line_of(const VrrpAction& action) {
  const auto on = [](const IpPrefix& prefix, int link) {
    return prefix.to_string() + " on " + std::to_string(link);
  };
  return std::visit(
      Overloaded{
          [](const SendPacket& packet) { return line_of(packet); },
          [&](const AddAddress& add) {
            const std::string lasts =
                add.lifetime == Duration{0} ? "" : " for " + reason::seconds(add.lifetime);
            return (add.renewal ? "renew " : "add ") + on(add.prefix, add.link) + lasts;
          },
          [&](const RemoveAddress& remove) { return "remove " + on(remove.prefix, remove.link); },
          [](const ChangeDevice& change) { return to_string(change.change); },
          [](const ChangeRoute& changed) {
            return (changed.change == Change::kAdd ? "add " : "remove ") +
                   to_string(changed.route.key);
          },
          [](const ChangeRule& changed) {
            return (changed.change == Change::kAdd ? "add " : "remove ") + to_string(changed.rule);
          },
          [](const MakeFilter&) { return std::string{"make filter"}; },
          [](const RemoveFilter&) { return std::string{"remove filter"}; },
          [](const ChangeFilter& changed) {
            const bool drop = std::holds_alternative<Drop>(changed.entry);
            const bool added = changed.change == Change::kAdd;
            return (drop    ? added ? "shut " : "open "
                    : added ? "filter + "
                            : "filter - ") +
                   to_string(changed.entry);
          },
          [](const SendFrame& sent) {
            return line_of_frame(sent.frame) + " on " + std::to_string(sent.link);
          },
          [](const Report& report) { return line_of(*report.message); },
          [](const LogLine& log) { return line_of(log); },
      },
      action);
}

// The whole burst that goes out for one address.
inline Lines& operator+=(Lines& lines, const Lines& more) {
  lines.insert(lines.end(), more.begin(), more.end());
  return lines;
}
inline Lines operator+(Lines lines, const Lines& more) {
  return std::move(lines += more);
}
inline Lines burst(const std::string& address, int link = 2) {
  const bool ipv6 = address.find(':') != std::string::npos;
  return Lines(5, (ipv6 ? "na " : "arp ") + address + " on " + std::to_string(link));
}
// Those that begin with a word.
inline Lines only(const Lines& lines, const std::string& word) {
  Lines found;
  std::copy_if(lines.begin(), lines.end(), std::back_inserter(found),
               [&](const std::string& line) { return line.starts_with(word + " "); });
  return found;
}

// ---- A node whose time the test owns.

class VrrpCoreTest : public testing::Test {
 protected:
  Lines handle(const VrrpEvent& event) {
    actions_ = core_.handle(event, now_);
    Lines lines;
    for (const VrrpAction& action : actions_) {
      if (!is_of_peers(action)) lines.push_back(line_of(action));
    }
    return lines;
  }
  // With retained states before `last_alive`, if any.
  Lines begin(const Config& config, const std::vector<Link>& links = {eth0()},
              std::optional<Time> last_alive = std::nullopt,
              const std::vector<RouterState>& retained = {}) {
    EXPECT_EQ(handle(config), Lines{});
    for (const Link& link : links) EXPECT_EQ(handle(LinkChanged{link}), Lines{});
    for (const RouterState& state : retained) EXPECT_EQ(handle(state), Lines{});
    return handle(Begin{last_alive});
  }
  Lines wake_at(Time when) {
    now_ = when;
    return handle(Wake{});
  }
  Lines wake_when_due() { return wake_at(core_.deadline().value()); }
  void pass(Duration duration) {
    const Time until = now_ + duration;
    while (core_.deadline() && *core_.deadline() <= until) wake_when_due();
    now_ = until;
  }

  // Begun, and active since kStart + kDown.
  void be_active(const Config& config = config_of({instance()}),
                 const std::vector<Link>& links = {eth0()}) {
    begin(config, links);
    wake_at(kStart + kDown);
  }

  Lines receive(const Bytes& message, const IpAddress& source = kPeer, int link = 2,
                std::uint8_t ttl = kVrrpTtl) {
    return handle(PacketReceived{link, {source, vrrp_group(source.family()), ttl, message}});
  }
  Lines receive(const Advert& advert, const IpAddress& source = kPeer, int link = 2) {
    return receive(encoded(advert, source), source, link);
  }

  // What a peer of instance() says.
  static Advert advert(int priority, const InstanceConfig& of = instance()) {
    Advert advert;
    advert.version = of.version;
    advert.vrid = of.vrid;
    advert.priority = Priority{static_cast<std::uint8_t>(priority)};
    advert.interval = of.advert_interval;
    for (const IpPrefix& address : of.addresses) advert.addresses.push_back(address.address);
    return advert;
  }

  VrrpCore core_;
  Time now_ = kStart;
  VrrpActions actions_;  // of the last event
};

}  // namespace holdfast::vrrp
