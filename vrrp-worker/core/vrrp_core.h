// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "common/core/ids.h"
#include "common/core/ip.h"
#include "common/core/log_line.h"
#include "common/core/messages.h"
#include "common/core/time.h"
#include "config/config.h"

namespace holdfast::vrrp {

// A network interface as the kernel has it now.
struct LinkAddress {
  IpPrefix prefix;
  bool marked = false;  // carries our mark: a vrrp-worker of ours put it there
  auto operator<=>(const LinkAddress&) const = default;
};

struct Link {
  int index = 0;
  std::string name;
  bool up = false;  // administratively up and with a carrier
  MacAddress mac{};
  std::vector<LinkAddress> addresses;
  bool operator==(const Link&) const = default;
};

// ---- What happens to a vrrp-worker.

struct LinkChanged {  // a new or a changed interface, whole
  Link link;
};
struct LinkGone {
  int index = 0;
};
struct PacketReceived {  // on a listening interface, protocol 112, from the IP header on
  int link = 0;
  std::span<const std::uint8_t> packet;
};
struct AddressRefused {  // the kernel did not do an AddAddress
  int link = 0;
  IpPrefix prefix;
  std::string error;
};
struct Begin {  // everything retained was told
  std::optional<Time> last_alive;
};
struct Stop {};  // hand everything over; finished() says when
struct Wake {};  // deadline() has come

using VrrpEvent = std::variant<Config, LinkChanged, LinkGone, PacketReceived, AddressRefused,
                               RouterState, CheckState, Begin, Stop, Wake>;

// ---- What it does, in order.

struct SendPacket {  // VRRP message to the multicast group
  int link = 0;
  IpAddress source;
  IpAddress destination;
  std::vector<std::uint8_t> payload;
  bool operator==(const SendPacket&) const = default;
};
struct AddAddress {
  int link = 0;
  IpPrefix prefix;
  bool operator==(const AddAddress&) const = default;
};
struct RemoveAddress {
  int link = 0;
  IpPrefix prefix;
  bool operator==(const RemoveAddress&) const = default;
};
struct SendArp {  // one whole Ethernet frame
  int link = 0;
  std::vector<std::uint8_t> frame;
  bool operator==(const SendArp&) const = default;
};
struct Report {  // to the supervisor: RouterState, AdvertCounters
  Message message;
  bool operator==(const Report&) const = default;
};

using VrrpAction = std::variant<SendPacket, AddAddress, RemoveAddress, SendArp, Report, LogLine>;
using VrrpActions = std::vector<VrrpAction>;

// All virtual routers of a node: configuration, links, checks and packets in; packets, addresses
// and reports out. Links and addresses are told before Begin; before it nothing is done.
class VrrpCore {
 public:
  VrrpCore();
  ~VrrpCore();
  VrrpCore(VrrpCore&&) noexcept;
  VrrpCore& operator=(VrrpCore&&) noexcept;

  VrrpActions handle(const VrrpEvent& event, Time now);
  std::optional<Time> deadline() const;  // when handle(Wake{}, now) must be called next

  std::set<int> listening() const;  // the links on which adverts must be received
  bool finished() const;            // after Stop: nothing is held any more

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace holdfast::vrrp
