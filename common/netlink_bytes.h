// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <linux/netlink.h>
#include <linux/rtnetlink.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "common/core/ip.h"

// Netlink messages as bytes, written and read: those with nests within nests, of routes and
// filters.
namespace holdfast {

// A request at the end of a packet, in the making. Its lengths are filled in as it grows.
class RequestWriter {
 public:
  template <typename Header>
  RequestWriter(std::vector<std::uint8_t>& packet, int type, int flags, std::uint32_t sequence,
                const Header& header)
      : packet_(packet), start_(packet.size()) {
    nlmsghdr message{};
    message.nlmsg_type = static_cast<std::uint16_t>(type);
    message.nlmsg_flags = static_cast<std::uint16_t>(NLM_F_REQUEST | flags);
    message.nlmsg_seq = sequence;
    append(message);
    append(header);
    close();
  }

  void put(int attribute, std::span<const std::uint8_t> value) {
    const std::size_t start = open(attribute);
    append_bytes(value);
    close_attribute(start);
  }
  template <typename T>
  void put_value(int attribute, const T& value) {
    put(attribute, bytes_of(value));
  }
  void put_text(int attribute, const std::string& text) {
    put(attribute, {reinterpret_cast<const std::uint8_t*>(text.c_str()), text.size() + 1});
  }
  void put(int attribute, const std::optional<IpAddress>& address) {
    if (address) put(attribute, address->bytes());
  }

  // A nest is open until it is closed; what is put meanwhile is in it.
  std::size_t open(int attribute) {
    const std::size_t start = packet_.size();
    rtattr head{};
    head.rta_type = static_cast<std::uint16_t>(attribute);
    append(head);
    return start;
  }
  void close_attribute(std::size_t start) {
    set_length<std::uint16_t>(start);
    pad();
    close();
  }
  std::size_t open_hop(const rtnexthop& hop) {
    const std::size_t start = packet_.size();
    append(hop);
    return start;
  }
  void close_hop(std::size_t start) { set_length<std::uint16_t>(start); }

 private:
  template <typename T>
  static std::span<const std::uint8_t> bytes_of(const T& value) {
    return {reinterpret_cast<const std::uint8_t*>(&value), sizeof value};
  }
  template <typename T>
  void append(const T& value) {
    append_bytes(bytes_of(value));
    pad();
  }
  // Not by insert(), of which GCC 12 at -O3 believes that it overflows.
  void append_bytes(std::span<const std::uint8_t> bytes) {
    const std::size_t at = packet_.size();
    packet_.resize(at + bytes.size());
    if (!bytes.empty()) std::memcpy(packet_.data() + at, bytes.data(), bytes.size());
  }
  void pad() { packet_.resize(start_ + NLMSG_ALIGN(packet_.size() - start_)); }
  void close() { set_length<std::uint32_t>(start_); }
  // Every one of these structures begins with its length.
  template <typename T>
  void set_length(std::size_t start) {
    const auto length = static_cast<T>(packet_.size() - start);
    std::memcpy(packet_.data() + start, &length, sizeof length);
  }

  std::vector<std::uint8_t>& packet_;
  std::size_t start_;
};

// A nest that is closed at the end of its scope.
class Nest {
 public:
  Nest(RequestWriter& request, int attribute)
      : request_(request), start_(request.open(attribute | NLA_F_NESTED)) {}
  ~Nest() { request_.close_attribute(start_); }
  Nest(const Nest&) = delete;
  Nest& operator=(const Nest&) = delete;

 private:
  RequestWriter& request_;
  std::size_t start_;
};

// The attributes of a message, or of a nest. Unknown ones are skipped.
template <int kMax>
class AttributeTable {
 public:
  AttributeTable(const rtattr* first, std::size_t size) {
    int rest = static_cast<int>(size);
    for (const rtattr* one = first; RTA_OK(one, rest); one = RTA_NEXT(one, rest)) {
      const int type = one->rta_type & NLA_TYPE_MASK;
      if (type <= kMax) found_[static_cast<std::size_t>(type)] = one;
    }
  }
  std::span<const std::uint8_t> operator[](int type) const {
    const rtattr* one = found_[static_cast<std::size_t>(type)];
    if (one == nullptr) return {};
    return {static_cast<const std::uint8_t*>(RTA_DATA(one)), RTA_PAYLOAD(one)};
  }
  bool has(int type) const { return found_[static_cast<std::size_t>(type)] != nullptr; }
  std::uint32_t number(int type, std::uint32_t otherwise) const {
    const auto bytes = (*this)[type];
    std::uint32_t value = otherwise;
    if (bytes.size() == sizeof value) std::memcpy(&value, bytes.data(), sizeof value);
    return value;
  }
  std::string text(int type) const {
    const auto bytes = (*this)[type];
    return {bytes.begin(), std::find(bytes.begin(), bytes.end(), 0)};
  }

 private:
  std::array<const rtattr*, kMax + 1> found_{};
};

// Of the 4 or 16 bytes of an address; nothing, if they are as many as neither has.
inline std::optional<IpAddress> address_in(std::span<const std::uint8_t> bytes) {
  std::array<std::uint8_t, 4> four{};
  std::array<std::uint8_t, 16> sixteen{};
  if (bytes.size() == four.size()) {
    std::copy(bytes.begin(), bytes.end(), four.begin());
    return IpAddress::v4(four);
  }
  if (bytes.size() != sixteen.size()) return std::nullopt;
  std::copy(bytes.begin(), bytes.end(), sixteen.begin());
  return IpAddress::v6(sixteen);
}

template <typename Header>
const Header* header_in(const nlmsghdr* message) {
  if (message->nlmsg_len < NLMSG_LENGTH(sizeof(Header))) return nullptr;
  return static_cast<const Header*>(NLMSG_DATA(message));
}
template <int kMax, typename Header>
AttributeTable<kMax> attributes_in(const nlmsghdr* message, const Header* header) {
  constexpr std::size_t kSkip = NLMSG_ALIGN(sizeof(Header));
  const auto* first = reinterpret_cast<const std::uint8_t*>(header) + kSkip;
  const std::size_t before = NLMSG_LENGTH(kSkip);
  return {reinterpret_cast<const rtattr*>(first),
          message->nlmsg_len > before ? message->nlmsg_len - before : 0};
}

}  // namespace holdfast
