// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>

#include "tests/unit/vrrp/bytes.h"
#include "tests/unit/vrrp/print.h"
#include "vrrp-worker/core/advert.h"

namespace holdfast::vrrp {

// What keepalived 2.2.7 put on the wire as 198.51.100.1 with virtual_router_id 51, priority 150,
// advert_int 1 and the addresses 192.0.2.10 and 192.0.2.11, by vrrp_version; captured by tcpdump
// on a veth, with checksums that tshark found good. The fields, in the order of RFC 9568 §5.2 and
// of RFC 3768 §5.3:
//   version and type; VRID; priority; count; interval (v3: 100 cs; v2: no authentication, 1 s);
//   checksum; addresses; v2: authentication data.
inline const Bytes kKeepalivedV3 = hex("31 33 96 02 0064 a987 c000020a c000020b");
inline const Bytes kKeepalivedV2 = hex("21 33 96 02 0001 c4b2 c000020a c000020b 0000000000000000");
// The same as they stood behind their IP header.
inline const Bytes kKeepalivedV3Packet =
    hex("45c0 0024 0001 0000 ff70 b061 c6336401 e0000012"
        "3133 9602 0064 a987 c000020a c000020b");
inline const Bytes kKeepalivedV2Packet =
    hex("45c0 002c 0001 0000 ff70 b059 c6336401 e0000012"
        "2133 9602 0001 c4b2 c000020a c000020b 0000000000000000");
// Priority 0, as it stopped.
inline const Bytes kKeepalivedV3Release = hex("31 33 00 02 0064 3f88 c000020a c000020b");

// The first again with the checksum of RFC 9568 §5.2.8, over the message alone:
//   3133 + 9602 + 0064 + c000 + 020a + c000 + 020b = 24bae, folded 4bb0, inverted b44f.
inline const Bytes kMessageOnlyV3 = hex("31 33 96 02 0064 b44f c000020a c000020b");
// Over IPv6, from fe80::1 for fe80::10, pseudo-header included; tshark finds the checksum good.
inline const Bytes kIpv6 = hex("31 33 96 01 0064 3bb7 fe80000000000000 0000000000000010");

inline const IpAddress kSource = IpAddress::v4({198, 51, 100, 1});
inline const IpAddress kSource6 = IpAddress::parse("fe80::1").value();

inline Advert v3_advert() {
  Advert advert;
  advert.vrid = Vrid{51};
  advert.priority = Priority{150};
  advert.interval = std::chrono::seconds{1};
  advert.addresses = {ip("192.0.2.10"), ip("192.0.2.11")};
  return advert;
}
inline Advert v2_advert() {
  Advert advert = v3_advert();
  advert.version = VrrpVersion::k2;
  return advert;
}
inline Advert ipv6_advert() {
  Advert advert = v3_advert();
  advert.addresses = {ip("fe80::10")};
  return advert;
}

inline Datagram datagram(std::span<const std::uint8_t> payload, const IpAddress& source = kSource) {
  return {source, vrrp_group(source.family()), kVrrpTtl, payload};
}

// The bytes of `advert` as another router sends them; `source` decides the family.
inline Bytes encoded(const Advert& advert, const IpAddress& source = kSource,
                     ChecksumForm form = ChecksumForm::kPseudoHeader) {
  return encode_advert(advert, form, source, vrrp_group(source.family()));
}

// Puts right the checksum of a message over IPv4 that a test has changed, by RFC 1071: over the
// message alone, which is good in either version.
inline Bytes with_checksum(Bytes message) {
  message.at(6) = message.at(7) = 0;
  std::uint32_t sum = 0;
  for (std::size_t i = 0; i < message.size(); ++i) {
    sum += static_cast<std::uint32_t>(message[i]) << (i % 2 == 0 ? 8U : 0U);
  }
  while (sum > 0xffffU) sum = (sum & 0xffffU) + (sum >> 16U);
  message[6] = static_cast<std::uint8_t>(~sum >> 8U);
  message[7] = static_cast<std::uint8_t>(~sum);
  return message;
}

}  // namespace holdfast::vrrp
