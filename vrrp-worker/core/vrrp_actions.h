// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <span>
#include <utility>
#include <variant>
#include <vector>

#include "common/core/ip.h"
#include "common/core/log_line.h"
#include "common/core/messages.h"
#include "common/core/time.h"
#include "config/config.h"
#include "vrrp-worker/core/advert.h"
#include "vrrp-worker/core/device.h"
#include "vrrp-worker/core/filter_table.h"
#include "vrrp-worker/core/link.h"
#include "vrrp-worker/core/route.h"

// What a vrrp-worker does: the answers of VrrpCore, to be carried out in their order.
namespace holdfast::vrrp {

// The bytes of a message, which whoever says the same again shares: as do most adverts, and the
// rounds of an announcement.
class Payload {
 public:
  Payload() = default;
  Payload(std::vector<std::uint8_t> bytes)
      : bytes_(std::make_shared<const std::vector<std::uint8_t>>(std::move(bytes))) {}
  std::span<const std::uint8_t> bytes() const {
    return bytes_ ? std::span<const std::uint8_t>(*bytes_) : std::span<const std::uint8_t>();
  }
  operator std::span<const std::uint8_t>() const { return bytes(); }
  bool operator==(const Payload& other) const { return std::ranges::equal(bytes(), other.bytes()); }

 private:
  std::shared_ptr<const std::vector<std::uint8_t>> bytes_;
};

struct SendPacket {  // a VRRP message, to a multicast group or to a peer
  int link = 0;
  IpAddress source;
  IpAddress destination;
  std::uint8_t ttl = kVrrpTtl;  // or hop limit
  Payload payload;
  bool operator==(const SendPacket&) const = default;
};
struct AddAddress {
  int link = 0;
  IpPrefix prefix;
  AddressTraits traits{};
  Duration lifetime{0};  // whole seconds, then the kernel takes it away by itself; 0: never
  bool renewal = false;  // it is there already: no trouble but for its lifetime if that fails
  bool operator==(const AddAddress&) const = default;
};
struct RemoveAddress {
  int link = 0;
  IpPrefix prefix;
  AddressTraits traits{};  // that the kernel has
  bool operator==(const RemoveAddress&) const = default;
};
struct ChangeDevice {
  DeviceChange change;
  bool operator==(const ChangeDevice&) const = default;
};
enum class Change : std::uint8_t { kAdd, kRemove };
struct ChangeRoute {
  Change change{};
  Route route;
  bool operator==(const ChangeRoute&) const = default;
};
struct ChangeRule {
  Change change{};
  Rule rule;
  bool operator==(const ChangeRule&) const = default;
};
struct MakeFilter {  // our table, with no entry yet; in place of whatever there is of it
  bool operator==(const MakeFilter&) const = default;
};
struct ChangeFilter {
  Change change{};
  FilterEntry entry;
  bool operator==(const ChangeFilter&) const = default;
};
struct RemoveFilter {  // the table, and all in it
  bool operator==(const RemoveFilter&) const = default;
};
struct SendFrame {  // one whole Ethernet frame
  int link = 0;
  Payload frame;
  bool operator==(const SendFrame&) const = default;
};
struct Report {  // to the supervisor: RouterState, AdvertCounters, Peers
  explicit Report(Message said) : message(std::make_shared<const Message>(std::move(said))) {}
  bool operator==(const Report& other) const { return *message == *other.message; }
  std::shared_ptr<const Message> message;  // elsewhere: twice as large as any other action
};

using VrrpAction =
    std::variant<SendPacket, AddAddress, RemoveAddress, ChangeDevice, ChangeRoute, ChangeRule,
                 MakeFilter, ChangeFilter, RemoveFilter, SendFrame, Report, LogLine>;
using VrrpActions = std::vector<VrrpAction>;

}  // namespace holdfast::vrrp
