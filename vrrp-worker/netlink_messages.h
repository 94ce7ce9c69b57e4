// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "common/core/ip.h"
#include "common/core/time.h"
#include "vrrp-worker/core/device.h"
#include "vrrp-worker/core/link.h"
#include "vrrp-worker/netlink_routes.h"

// The messages of rtnetlink (rtnetlink(7)) that a vrrp-worker sends and reads.
namespace holdfast::vrrp {

// The protocol (IFA_PROTO, Linux 5.18) that our addresses carry in the kernel. Older kernels keep
// none: there, no address is marked.
inline constexpr std::uint8_t kAddressMark = 0x48;

struct AddressCommand {
  enum class Verb { kAdd, kRemove };
  Verb verb{};
  int link = 0;
  IpPrefix prefix;
  AddressTraits traits{};  // to remove an address it takes its peer only
  Duration lifetime{0};    // of one that is added: whole seconds; 0: for ever
  bool renewal = false;    // of one that is there already
  bool operator==(const AddressCommand&) const = default;
};

// ---- To the kernel. Errors are answered unasked; done is only if `acknowledge`.

// To add an address that is there already gives it our mark and this lifetime.
void append_request(std::vector<std::uint8_t>& packet, const AddressCommand& command,
                    std::uint32_t sequence, bool acknowledge);
// That the kernel shall keep the other addresses of a subnet when its first one is removed.
std::vector<std::uint8_t> promote_secondaries_request(int link, std::uint32_t sequence);

// The requests that carry out a change, one after the other; each is acknowledged.
using Requests = std::vector<std::vector<std::uint8_t>>;
Requests requests_for(const DeviceChange& change, std::uint32_t first_sequence);

std::vector<std::uint8_t> link_request(const std::string& name, std::uint32_t sequence);

enum class Dump { kLinks, kAddresses };
std::vector<std::uint8_t> dump_request(Dump what, std::uint32_t sequence);

// ---- From the kernel.

struct Answer {   // to a request, or the end of a dump
  int error = 0;  // an errno, or 0: done
  std::string text;
};
struct LinkIs {  // without its addresses
  Link link;
};
struct LinkIsGone {
  int index = 0;
};
struct AddressIs {
  int link = 0;
  LinkAddress address;
};
struct AddressIsGone {
  int link = 0;
  IpPrefix prefix;
};

struct KernelMessage {
  std::uint32_t sequence = 0;  // of the request it belongs to
  bool interrupted = false;    // of a dump during which things changed: something may be missing
  std::variant<Answer, LinkIs, LinkIsGone, AddressIs, AddressIsGone, RouteIs, RouteIsGone,
               RouteOfOthers, RuleIs, RuleIsGone>
      content;
};

// The messages of one datagram, without those that are none of the above.
std::vector<KernelMessage> decode_datagram(std::span<std::uint8_t> datagram);

}  // namespace holdfast::vrrp
