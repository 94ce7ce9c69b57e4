// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <vector>

#include "common/core/ip.h"
#include "common/nf_tables.h"

// Sets and maps of nf_tables, and what is in them.
namespace holdfast::balance {

// What nft(8) calls the types of keys; they say how it shows them.
inline constexpr std::uint32_t kInteger = 4;
inline constexpr std::uint32_t kIpv4Address = 7;
inline constexpr std::uint32_t kIpv6Address = 8;
inline constexpr std::uint32_t kProtocol = 12;
inline constexpr std::uint32_t kPort = 13;
inline constexpr std::uint32_t kMark = 19;
constexpr std::uint32_t joined(std::uint32_t first, std::uint32_t second) {
  constexpr std::uint32_t kBits = 6;  // of each type
  return first << kBits | second;
}

inline constexpr std::uint32_t kFieldSize =
    4;  // of all but IPv6 addresses: registers are that wide

inline std::uint32_t type_of(Family family) {
  return family == Family::kIpv4 ? kIpv4Address : kIpv6Address;
}
inline std::uint32_t size_of(Family family) {
  return family == Family::kIpv4 ? 4 : 16;
}

struct SetShape {
  std::string name;
  std::uint32_t flags = 0;  // NFT_SET_
  std::uint32_t key_type = 0;
  std::uint32_t key_size = 0;
  std::uint32_t data_type = 0;  // of a map: one of the above, or NFT_DATA_VERDICT
  std::uint32_t data_size = 0;
};
// `id`: by which the rest of the transaction can name it.
void make_set(nft::Batch& batch, const std::string& table, const SetShape& shape, std::uint32_t id);
void remove_set(nft::Batch& batch, const std::string& table, const std::string& name);

struct SetElement {
  std::vector<std::uint8_t> key;
  std::vector<std::uint8_t> data{};  // of a map
  std::string chain{};               // of a map of verdicts
  std::string comment{};
  bool end_of_interval = false;
};
enum class Verb { kAdd, kRemove };
// `id`: of a set without a name of its own; else 0.
void change_elements(nft::Batch& batch, const std::string& table, Verb verb, const std::string& set,
                     std::uint32_t id, const std::vector<SetElement>& elements);

// Fields of a key, each filled up to a register.
void append(std::vector<std::uint8_t>& bytes, std::initializer_list<std::uint8_t> more);
void append(std::vector<std::uint8_t>& bytes, const IpAddress& address);
void append_port(std::vector<std::uint8_t>& bytes, std::uint16_t port);

}  // namespace holdfast::balance
