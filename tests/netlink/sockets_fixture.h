// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "common/clock.h"
#include "common/event_loop.h"
#include "tests/netlink/namespace.h"
#include "vrrp-worker/core/advert.h"
#include "vrrp-worker/receiver.h"
#include "vrrp-worker/sender.h"

namespace holdfast::vrrp {

using Bytes = std::vector<std::uint8_t>;

inline IpAddress address(const std::string& text) {
  return IpAddress::parse(text).value();
}

// A Sender of one packet or frame at a time.
class OneByOne {
 public:
  explicit OneByOne(Sender sender) : sender_(std::move(sender)) {}

  Result<void> send(const auto& item) {
    const auto failed = sender_.send(std::array{&item});
    if (failed.empty()) return {};
    return tl::unexpected(failed.front().error);
  }
  Sender& batches() { return sender_; }

 private:
  Sender sender_;
};

inline OneByOne open_sender() {
  Result<Sender> sender = Sender::open();
  HF_CHECK(sender.has_value());
  return OneByOne(std::move(*sender));
}

// Two hosts, "near" and "far", with two cables: x at either end, y at either end. The test is near.
class SocketsTest : public RootTest {
 protected:
  void SetUp() override {
    RootTest::SetUp();
    if (IsSkipped()) return;
    far_.emplace();
    near_.emplace();
    lay_cable("x");
    lay_cable("y");
    number("x", {"192.0.2.1/24", "192.0.2.3/24", "fe80::1/64", "2001:db8::1/64"});
    number("y", {"198.51.100.1/24", "fe80::11/64"});
    far_->enter();
    number("x", {"192.0.2.2/24", "fe80::2/64", "2001:db8::2/64"});
    number("y", {"198.51.100.2/24", "fe80::12/64"});
    ip("link set x up");
    ip("link set y up");
    await_cables();
    near_->enter();
    await_cables();
  }

  void lay_cable(const std::string& name) {
    ip("link add " + name + " type veth peer name " + name + " netns " + far_->path());
    ip("link set " + name + " up");
  }

  // For use at once: IPv6 without looking for duplicates first.
  static void number(const std::string& cable, const std::vector<std::string>& addresses) {
    for (const std::string& one : addresses) {
      const bool ipv6 = one.find(':') != std::string::npos;
      ip("addr add " + one + " dev " + cable + (ipv6 ? " nodad" : ""));
    }
  }

  static void await_cables() {
    Netlink netlink = open_netlink();
    await(netlink, "x", true);
    await(netlink, "y", true);
  }

  // To its family's group, or to a peer.
  static SendPacket advert(const std::string& cable, const std::string& source, Bytes payload) {
    const IpAddress from = address(source);
    return {index_of(cable), from, vrrp_group(from.family()), kVrrpTtl, std::move(payload)};
  }
  static SendPacket to_peer(const std::string& cable, const std::string& source,
                            const std::string& peer, std::uint8_t ttl, Bytes payload) {
    return {index_of(cable), address(source), address(peer), ttl, std::move(payload)};
  }

  // Where adverts of both families are heard, whatever their VRID.
  static Listening on(auto... links) {
    return {{{links, Family::kIpv4}, {{vrrp_group(Family::kIpv4)}, all_vrids()}}...,
            {{links, Family::kIpv6}, {{vrrp_group(Family::kIpv6)}, all_vrids()}}...};
  }
  static std::set<Vrid> all_vrids() {
    std::set<Vrid> all;
    for (int value = 0; value < 256; ++value) all.insert(Vrid{static_cast<std::uint8_t>(value)});
    return all;
  }

  std::optional<Namespace> near_;
  std::optional<Namespace> far_;
};

// What came in, its payload kept.
struct Arrival {
  int link = 0;
  IpAddress source;
  IpAddress destination;
  std::uint8_t ttl = 0;
  Bytes payload;
};

// Hears what comes in on the links, until there were so many packets.
class Ear {
 public:
  static constexpr auto kPatience = std::chrono::seconds{5};

  Ear() : deadline_(loop_, [this] { loop_.stop(); }) {}

  std::vector<Arrival> hear(std::size_t count) {
    wanted_ = count;
    deadline_.set(monotonic_now() + kPatience);
    if (arrivals_.size() < wanted_) loop_.run();
    deadline_.set(std::nullopt);
    return std::exchange(arrivals_, {});
  }
  std::map<int, Error> listen_on(const Listening& wanted) { return receiver_.listen_on(wanted); }

 private:
  EventLoop loop_;
  Timer deadline_;
  std::size_t wanted_ = 0;
  std::vector<Arrival> arrivals_;
  Receiver receiver_{loop_, [this](int link, std::span<const Datagram> datagrams) {
                       for (const Datagram& datagram : datagrams) {
                         arrivals_.push_back({link,
                                              datagram.source,
                                              datagram.destination,
                                              datagram.ttl,
                                              {datagram.payload.begin(), datagram.payload.end()}});
                       }
                       if (arrivals_.size() >= wanted_) loop_.stop();
                     }};
};

}  // namespace holdfast::vrrp
