// SPDX-License-Identifier: Apache-2.0
#include "vrrp-worker/core/advert.h"

#include <algorithm>
#include <array>
#include <cstddef>

#include "common/core/result.h"
#include "vrrp-worker/core/checksum.h"

namespace holdfast::vrrp {

namespace {

constexpr std::size_t kHeaderSize = 8;
// v2, after the addresses (RFC 2338 §5.3.6)
constexpr std::size_t kAuthenticationSize = sizeof(Advert::authentication_data);
constexpr std::uint8_t kTypeAdvertisement = 1;
constexpr auto kCentisecond = std::chrono::milliseconds{10};
constexpr std::size_t kChecksumOffset = 6;

using Bytes = std::span<const std::uint8_t>;

std::uint16_t read16(Bytes bytes, std::size_t at) {
  return static_cast<std::uint16_t>((bytes[at] << 8U) | bytes[at + 1]);
}

std::uint16_t checksum_of(Bytes message, bool pseudo_header, const IpAddress& source,
                          const IpAddress& destination) {
  Checksum checksum;
  if (pseudo_header) {
    checksum.add_pseudo_header(source, destination, kVrrpProtocol, message.size());
  }
  checksum.add(message);
  return checksum.value();
}

// A message sums up to zero with its own checksum in it.
bool checksum_good(const Datagram& datagram, VrrpVersion version) {
  const auto sums_up = [&](bool pseudo_header) {
    return checksum_of(datagram.payload, pseudo_header, datagram.source, datagram.destination) == 0;
  };
  if (version == VrrpVersion::k2) return sums_up(false);
  if (!datagram.source.is_v4()) return sums_up(true);
  return sums_up(true) || sums_up(false);
}

std::size_t size_of_address(Family family) {
  return family == Family::kIpv4 ? 4 : 16;
}

IpAddress read_address(Bytes bytes, Family family) {
  if (family == Family::kIpv4) {
    std::array<std::uint8_t, 4> address{};
    std::copy_n(bytes.begin(), address.size(), address.begin());
    return IpAddress::v4(address);
  }
  std::array<std::uint8_t, 16> address{};
  std::copy_n(bytes.begin(), address.size(), address.begin());
  return IpAddress::v6(address);
}

}  // namespace

std::vector<std::uint8_t> encode_advert(const Advert& advert, ChecksumForm form,
                                        const IpAddress& source, const IpAddress& destination) {
  HF_CHECK(advert.addresses.size() <= 255);
  const bool v2 = advert.version == VrrpVersion::k2;
  const auto version = static_cast<unsigned>(advert.version);
  std::vector<std::uint8_t> bytes;
  bytes.reserve(kHeaderSize + advert.addresses.size() * size_of_address(source.family()) +
                kAuthenticationSize);
  bytes = {static_cast<std::uint8_t>((version << 4U) | kTypeAdvertisement), advert.vrid.value,
           advert.priority.value, static_cast<std::uint8_t>(advert.addresses.size())};
  if (v2) {
    bytes.push_back(advert.authentication_type);
    bytes.push_back(static_cast<std::uint8_t>(advert.interval / std::chrono::seconds{1}));
  } else {
    const auto centiseconds = static_cast<std::uint16_t>(advert.interval / kCentisecond);
    bytes.push_back(static_cast<std::uint8_t>((centiseconds >> 8U) & 0x0fU));
    bytes.push_back(static_cast<std::uint8_t>(centiseconds & 0xffU));
  }
  bytes.insert(bytes.end(), 2, 0);  // the checksum's place
  for (const IpAddress& address : advert.addresses) {
    HF_CHECK(address.family() == source.family());
    bytes.insert(bytes.end(), address.bytes().begin(), address.bytes().end());
  }
  if (v2) {
    bytes.insert(bytes.end(), advert.authentication_data.begin(), advert.authentication_data.end());
  }

  const bool pseudo_header = !v2 && (!source.is_v4() || form == ChecksumForm::kPseudoHeader);
  const std::uint16_t checksum = checksum_of(bytes, pseudo_header, source, destination);
  bytes[kChecksumOffset] = static_cast<std::uint8_t>(checksum >> 8U);
  bytes[kChecksumOffset + 1] = static_cast<std::uint8_t>(checksum & 0xffU);
  return bytes;
}

std::size_t message_size(Bytes bytes, Family family) {
  if (bytes.size() < kHeaderSize) return 0;
  const bool v2 = bytes[0] >> 4U == 2;
  return kHeaderSize + bytes[3] * size_of_address(family) + (v2 ? kAuthenticationSize : 0);
}

tl::expected<Advert, Rejection> decode_advert(const Datagram& datagram, TtlRange ttl) {
  const Bytes bytes = datagram.payload;
  const Family family = datagram.source.family();
  if (datagram.ttl < ttl.min || datagram.ttl > ttl.max) return tl::unexpected(Rejection::kTtl);
  if (bytes.empty()) return tl::unexpected(Rejection::kLength);

  const unsigned version = bytes[0] >> 4U;
  const bool v2 = version == 2 && family == Family::kIpv4;
  if (!v2 && version != 3) return tl::unexpected(Rejection::kVersion);
  if ((bytes[0] & 0x0fU) != kTypeAdvertisement) return tl::unexpected(Rejection::kType);

  if (bytes.size() < kHeaderSize) return tl::unexpected(Rejection::kLength);
  const std::size_t count = bytes[3];
  const std::size_t address_size = size_of_address(family);
  if (count == 0 || bytes.size() != message_size(bytes, family)) {
    return tl::unexpected(Rejection::kLength);
  }

  Advert advert;
  advert.version = v2 ? VrrpVersion::k2 : VrrpVersion::k3;
  if (!checksum_good(datagram, advert.version)) return tl::unexpected(Rejection::kChecksum);

  advert.vrid = Vrid{bytes[1]};
  advert.priority = Priority{bytes[2]};
  if (v2) {
    advert.authentication_type = bytes[4];
    advert.interval = std::chrono::seconds{bytes[5]};
    std::copy_n(bytes.end() - kAuthenticationSize, kAuthenticationSize,
                advert.authentication_data.begin());
  } else {
    advert.interval = (read16(bytes, 4) & 0x0fffU) * Duration{kCentisecond};
  }
  advert.addresses.reserve(count);
  for (std::size_t i = 0; i < count; ++i) {
    advert.addresses.push_back(
        read_address(bytes.subspan(kHeaderSize + i * address_size, address_size), family));
  }
  return advert;
}

std::optional<Datagram> parse_ipv4_packet(std::span<const std::uint8_t> packet) {
  constexpr std::size_t kHeaderMin = 20;
  if (packet.size() < kHeaderMin || packet[0] >> 4U != 4) return std::nullopt;
  const std::size_t header = std::size_t{4} * (packet[0] & 0x0fU);
  const std::size_t total = read16(packet, 2);
  const bool fragment = (read16(packet, 6) & 0x3fffU) != 0;  // more fragments, or an offset
  if (header < kHeaderMin || total < header || packet.size() < total || fragment ||
      packet[9] != kVrrpProtocol) {
    return std::nullopt;
  }
  Datagram datagram;
  datagram.ttl = packet[8];
  datagram.source = read_address(packet.subspan(12), Family::kIpv4);
  datagram.destination = read_address(packet.subspan(16), Family::kIpv4);
  datagram.payload = packet.subspan(header, total - header);
  return datagram;
}

}  // namespace holdfast::vrrp
