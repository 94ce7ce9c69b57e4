// SPDX-License-Identifier: Apache-2.0
#include "config/packed_servers.h"

#include <algorithm>
#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <type_traits>

#include "common/core/wire.h"

namespace holdfast {

template <>
inline constexpr auto kLastOf<TransportProtocol> = TransportProtocol::kSctp;
template <>
inline constexpr auto kLastOf<ForwardingMethod> = ForwardingMethod::kTunnel;
template <>
inline constexpr auto kLastOf<TunnelType> = TunnelType::kGre;
template <>
inline constexpr auto kLastOf<OnFailure> = OnFailure::kDrain;
template <>
inline constexpr auto kLastOf<CombineChecks> = CombineChecks::kSum;

namespace {

constexpr std::size_t kServersMax = 20'000;  // of a virtual server; and more than of anything else
constexpr std::size_t kServerSize = 64;      // about
constexpr std::size_t kServiceSize = 128;    // beside its servers

template <typename Value, typename T>
concept Is = std::same_as<std::remove_const_t<Value>, T>;

// Each value in turn, whichever way it goes: of an Encoder all are const.
template <typename Archive, typename... Values>
void pass(Archive& archive, Values&... values);

// ---- Every field of each, in the order of its declaration.

void fields(auto& archive, Is<Endpoint> auto& self) {
  pass(archive, self.address, self.port);
}
void fields(auto& archive, Is<ServiceAddress> auto& self) {
  pass(archive, self.family, self.mark, self.endpoint);
}
void fields(auto& archive, Is<ForwardingConfig> auto& self) {
  pass(archive, self.method, self.tunnel, self.port, self.checksum, self.remote_checksum);
}
void fields(auto& archive, Is<FailureConfig> auto& self) {
  pass(archive, self.action, self.drain_for);
}
void fields(auto& archive, Is<RealServerConfig> auto& self) {
  pass(archive, self.endpoint, self.weight, self.upper, self.lower, self.forwarding,
       self.on_failure, self.checks, self.combine);
}
void fields(auto& archive, Is<PersistenceConfig> auto& self) {
  pass(archive, self.timeout, self.prefix, self.engine);
}
void fields(auto& archive, Is<PanicConfig> auto& self) {
  pass(archive, self.last_server, self.percent);
}
void fields(auto& archive, Is<SorryServerConfig> auto& self) {
  pass(archive, self.endpoint, self.forwarding);
}
void fields(auto& archive, Is<VirtualServerConfig> auto& self) {
  pass(archive, self.name, self.addresses, self.one_service, self.protocol, self.scheduler,
       self.fallback, self.port, self.one_packet, self.source_nat, self.persistence, self.quorum,
       self.hysteresis, self.sorry_server, self.ha_suspend, self.initially_up, self.panic,
       self.real_servers);
}

// ---- What they are made of.

template <typename T>
constexpr bool kIsList = false;
template <typename T>
constexpr bool kIsList<std::vector<T>> = true;
template <typename T>
constexpr bool kIsOptional = false;
template <typename T>
constexpr bool kIsOptional<std::optional<T>> = true;

void pass_family(Encoder& archive, Family family) {
  archive(family == Family::kIpv6);
}
void pass_family(Decoder& archive, Family& family) {
  bool v6 = false;
  archive(v6);
  family = v6 ? Family::kIpv6 : Family::kIpv4;
}

void pass_address(Encoder& archive, const IpAddress& address) {
  archive(!address.is_v4());
  for (const std::uint8_t byte : address.bytes()) archive(byte);
}
void pass_address(Decoder& archive, IpAddress& address) {
  bool v6 = false;
  archive(v6);
  std::array<std::uint8_t, 16> bytes{};
  const std::span<std::uint8_t> given(bytes.data(), v6 ? 16 : 4);
  for (std::uint8_t& byte : given) archive(byte);
  address = v6 ? IpAddress::v6(bytes) : IpAddress::v4({bytes[0], bytes[1], bytes[2], bytes[3]});
}

void pass_duration(Encoder& archive, Duration duration) {
  archive(static_cast<std::uint64_t>(duration.count()));
}
void pass_duration(Decoder& archive, Duration& duration) {
  std::uint64_t count = 0;
  archive(count);
  duration = Duration{static_cast<std::int64_t>(count)};
}

template <typename T>
void pass_list(Encoder& archive, const std::vector<T>& list) {
  archive.list_size(list.size(), kServersMax);
  for (const T& one : list) pass(archive, one);
}
template <typename T>
void pass_list(Decoder& archive, std::vector<T>& list) {
  const std::size_t size = archive.list_size(kServersMax);
  list.reserve(std::min(size, archive.rest().size()));
  for (std::size_t i = 0; i < size && archive.ok(); ++i) pass(archive, list.emplace_back());
}

template <typename T>
void pass_optional(Encoder& archive, const std::optional<T>& optional) {
  archive(optional.has_value());
  if (optional) pass(archive, *optional);
}
template <typename T>
void pass_optional(Decoder& archive, std::optional<T>& optional) {
  bool known = false;
  archive(known);
  if (known) pass(archive, optional.emplace());
}

template <typename Archive, typename Value>
void pass_one(Archive& archive, Value& value) {
  using T = std::remove_const_t<Value>;
  if constexpr (std::same_as<T, Family>) {
    pass_family(archive, value);
  } else if constexpr (std::same_as<T, IpAddress>) {
    pass_address(archive, value);
  } else if constexpr (std::same_as<T, Duration>) {
    pass_duration(archive, value);
  } else if constexpr (kIsList<T>) {
    pass_list(archive, value);
  } else if constexpr (kIsOptional<T>) {
    pass_optional(archive, value);
  } else if constexpr (requires { archive(value); }) {
    archive(value);
  } else {
    fields(archive, value);
  }
}

template <typename Archive, typename... Values>
void pass(Archive& archive, Values&... values) {
  (pass_one(archive, values), ...);
}

}  // namespace

std::string packed_servers(const std::vector<VirtualServerConfig>& services) {
  std::size_t room = 0;
  for (const VirtualServerConfig& one : services) {
    room += kServiceSize + one.real_servers.size() * kServerSize;
  }
  std::string bytes;
  bytes.reserve(room);
  for (const VirtualServerConfig& one : services) {
    Encoder encoder;
    pass(encoder, one);
    const std::vector<std::uint8_t> encoded = encoder.take();
    bytes.append(encoded.begin(), encoded.end());
  }
  return bytes;
}

Result<std::vector<VirtualServerConfig>> unpacked_servers(std::string_view bytes) {
  std::vector<VirtualServerConfig> services;
  Decoder decoder({reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()});
  while (decoder.ok() && !decoder.finished()) pass(decoder, services.emplace_back());
  if (!decoder.ok()) return fail("the sealed configuration has no virtual servers as it should");
  return services;
}

}  // namespace holdfast
