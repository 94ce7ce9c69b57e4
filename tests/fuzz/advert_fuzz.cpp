// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "common/core/result.h"
#include "common/hmac_sha256.h"
#include "vrrp-worker/core/vrrp_core.h"

// Any bytes as a packet from a raw socket, as they are and with a good checksum: to the decoder,
// and to a core that is backup and one that is the owner of its addresses, for VRID 51 of both
// versions, and of version 3 with signatures.
namespace holdfast::vrrp {
namespace {

using std::chrono::seconds;

constexpr int kEth0 = 2;
constexpr int kEth1 = 3;
constexpr int kEth2 = 4;
constexpr Duration kAhead = seconds{1'800'000'000};  // the sequence of the signed seeds
const IpAddress kOwn = IpAddress::v4({198, 51, 100, 1});

Config config(Priority priority) {
  InstanceConfig v3;
  v3.name = "v3";
  v3.interface = "eth0";
  v3.vrid = Vrid{51};
  v3.priority = priority;
  v3.addresses = {{IpAddress::v4({192, 0, 2, 10}), 24}};
  InstanceConfig v2 = v3;
  v2.name = "v2";
  v2.interface = "eth1";
  v2.version = VrrpVersion::k2;
  InstanceConfig with_keys = v3;
  with_keys.name = "signed";
  with_keys.interface = "eth2";
  with_keys.hmac = HmacConfig{AuthenticationMode::kEnforce, seconds{5}, {{1, "/key", ""}}};
  Config config;
  config.instances = {v3, v2, with_keys};
  return config;
}

VrrpCore begun(Priority priority) {
  VrrpCore core(&hmac_sha256);
  core.handle(RealTimeAhead{kAhead}, Time{});
  core.handle(Secret{"file /key", std::string(32, '\x11')}, Time{});
  core.handle(config(priority), Time{});
  core.handle(LinkChanged{{kEth0, "eth0", true, {}, {{{kOwn, 24}, false}}}}, Time{});
  core.handle(LinkChanged{{kEth1, "eth1", true, {}, {{{kOwn, 24}, false}}}}, Time{});
  core.handle(LinkChanged{{kEth2, "eth2", true, {}, {{{kOwn, 24}, false}}}}, Time{});
  core.handle(Begin{}, Time{});
  return core;
}

// The same packet with the checksum that it should have, or else few would come past that check.
std::vector<std::uint8_t> with_checksum(std::vector<std::uint8_t> packet) {
  const auto datagram = parse_ipv4_packet(packet);
  if (!datagram || datagram->payload.size() < 8) return packet;
  std::uint8_t* const message = packet.data() + (datagram->payload.data() - packet.data());
  message[6] = message[7] = 0;
  std::uint32_t sum = 0;
  for (std::size_t i = 0; i < datagram->payload.size(); ++i) {
    sum += i % 2 == 0 ? std::uint32_t{message[i]} << 8U : message[i];
  }
  while (sum > 0xffffU) sum = (sum & 0xffffU) + (sum >> 16U);
  message[6] = static_cast<std::uint8_t>(~sum >> 8U);
  message[7] = static_cast<std::uint8_t>(~sum);
  return packet;
}

// What decodes has exactly one meaning: encoded and decoded again it is the same.
void decode_and_back(std::span<const std::uint8_t> packet) {
  const auto datagram = parse_ipv4_packet(packet);
  if (!datagram) return;
  const auto advert = decode_advert(*datagram);
  if (!advert) return;
  const auto bytes =
      encode_advert(*advert, ChecksumForm::kPseudoHeader, datagram->source, datagram->destination);
  const auto again = decode_advert({datagram->source, datagram->destination, kVrrpTtl, bytes});
  HF_CHECK(again && *again == *advert);
}

// Whatever is heard, no core asks to be woken in the past, and a backup says nothing at once.
void hear(Priority priority, std::span<const std::uint8_t> packet) {
  const auto datagram = parse_ipv4_packet(packet);
  if (!datagram) return;
  VrrpCore core = begun(priority);
  const Time now = Time{} + std::chrono::milliseconds{200};  // before anything is due
  for (const int link : {kEth0, kEth1, kEth2}) {
    for (const VrrpAction& action : core.handle(PacketReceived{link, *datagram}, now)) {
      HF_CHECK(priority == kPriorityOwner || !std::holds_alternative<SendPacket>(action));
      const auto* const add = std::get_if<AddAddress>(&action);
      HF_CHECK(add == nullptr || (priority == kPriorityOwner && add->renewal));
      HF_CHECK(!std::holds_alternative<RemoveAddress>(action));
    }
  }
  HF_CHECK(core.deadline() && *core.deadline() >= now);
  core.handle(Wake{}, now + seconds{5});
}

}  // namespace
}  // namespace holdfast::vrrp

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  // In a buffer of its own, so that a read past its end is found.
  const std::vector<std::uint8_t> packet(data, data + size);
  for (const auto& bytes : {packet, holdfast::vrrp::with_checksum(packet)}) {
    holdfast::vrrp::decode_and_back(bytes);
    holdfast::vrrp::hear(holdfast::Priority{100}, bytes);
    holdfast::vrrp::hear(holdfast::kPriorityOwner, bytes);
  }
  return 0;
}
