// SPDX-License-Identifier: Apache-2.0
#include "common/core/ip.h"

#include <arpa/inet.h>  // inet_pton and inet_ntop: functions of their arguments alone

#include <algorithm>
#include <charconv>
#include <optional>

namespace holdfast {
namespace {

// Decimal digits only, without a leading zero that some tools would read as octal.
std::optional<unsigned> parse_number(std::string_view text, unsigned max) {
  if (text.size() > 1 && text.front() == '0') return std::nullopt;
  unsigned value = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc{} || stop != end || value > max) return std::nullopt;
  return value;
}

std::string quoted(std::string_view text) {
  return "\"" + std::string(text) + "\"";
}

}  // namespace

IpAddress IpAddress::v4(std::array<std::uint8_t, 4> bytes) {
  IpAddress address;
  std::copy(bytes.begin(), bytes.end(), address.bytes_.begin());
  return address;
}

IpAddress IpAddress::v6(std::array<std::uint8_t, 16> bytes) {
  IpAddress address;
  address.family_ = Family::kIpv6;
  address.bytes_ = bytes;
  return address;
}

Result<IpAddress> IpAddress::parse(std::string_view text) {
  const std::string terminated(text);
  // What follows a zero byte would be invisible to inet_pton.
  if (terminated.find('\0') == std::string::npos) {
    std::array<std::uint8_t, 4> four{};
    if (::inet_pton(AF_INET, terminated.c_str(), four.data()) == 1) return v4(four);
    std::array<std::uint8_t, 16> sixteen{};
    if (::inet_pton(AF_INET6, terminated.c_str(), sixteen.data()) == 1) return v6(sixteen);
  }
  return fail(quoted(text) + " is not an IP address, as 192.0.2.1 or 2001:db8::1");
}

bool IpAddress::is_unspecified() const {
  return std::all_of(bytes_.begin(), bytes_.end(), [](std::uint8_t byte) { return byte == 0; });
}

bool IpAddress::is_multicast() const {
  return is_v4() ? (bytes_[0] & 0xF0U) == 0xE0U : bytes_[0] == 0xFFU;
}

bool IpAddress::is_link_local() const {
  return is_v4() ? bytes_[0] == 169 && bytes_[1] == 254
                 : bytes_[0] == 0xFEU && (bytes_[1] & 0xC0U) == 0x80U;
}

std::string IpAddress::to_string() const {
  std::array<char, INET6_ADDRSTRLEN> text{};
  if (!is_v4()) {
    ::inet_ntop(AF_INET6, bytes_.data(), text.data(), text.size());
    return text.data();
  }
  // The library's way is by sprintf(), which takes twenty times as long.
  char* end = text.data();
  for (const std::uint8_t byte : bytes()) {
    if (end != text.data()) *end++ = '.';
    end = std::to_chars(end, text.data() + text.size(), byte).ptr;
  }
  return {text.data(), end};
}

Result<IpPrefix> IpPrefix::parse(std::string_view text) {
  const std::size_t slash = text.find('/');
  const Result<IpAddress> address = IpAddress::parse(text.substr(0, slash));
  if (!address) return tl::unexpected(address.error());
  const unsigned host = address->is_v4() ? 32 : 128;
  if (slash == std::string_view::npos) return IpPrefix{*address, static_cast<std::uint8_t>(host)};
  const std::optional<unsigned> length = parse_number(text.substr(slash + 1), host);
  if (!length) {
    return fail(quoted(text) + " has no prefix length from 0 to " + std::to_string(host) +
                " after the slash");
  }
  return IpPrefix{*address, static_cast<std::uint8_t>(*length)};
}

bool IpPrefix::contains(const IpAddress& other) const {
  if (other.family() != address.family()) return false;
  unsigned rest = length;
  for (std::size_t i = 0; i < address.bytes().size() && rest > 0; ++i) {
    const unsigned bits = std::min(rest, 8U);
    const unsigned difference = unsigned{address.bytes()[i]} ^ unsigned { other.bytes()[i] };
    if (difference >> (8 - bits) != 0) return false;
    rest -= bits;
  }
  return true;
}

std::string IpPrefix::to_string() const {
  return address.to_string() + "/" + std::to_string(length);
}

Result<Endpoint> Endpoint::parse(std::string_view text) {
  const std::size_t colon = text.rfind(':');
  std::string_view host = text.substr(0, colon);
  const bool bracketed = host.size() >= 2 && host.front() == '[' && host.back() == ']';
  if (bracketed) host = host.substr(1, host.size() - 2);
  const Result<IpAddress> address = IpAddress::parse(host);
  // Without the brackets the port would be read as the end of an IPv6 address.
  if (colon == std::string_view::npos || !address || address->is_v4() == bracketed) {
    return fail(quoted(text) +
                " is not an address and a port, as 192.0.2.1:80 or [2001:db8::1]:80");
  }
  const std::optional<unsigned> port = parse_number(text.substr(colon + 1), 65535);
  if (!port || *port == 0) {
    return fail(quoted(text) + " has no port from 1 to 65535 after the last colon");
  }
  return Endpoint{*address, static_cast<std::uint16_t>(*port)};
}

std::string Endpoint::to_string() const {
  const std::string host = address.to_string();
  return (address.is_v4() ? host : "[" + host + "]") + ":" + std::to_string(port);
}

}  // namespace holdfast
