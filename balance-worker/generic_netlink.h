// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <string>
#include <type_traits>
#include <vector>

#include "common/netlink_bytes.h"

// Messages of generic netlink (linux/genetlink.h), written and read.
namespace holdfast::balance {

// A request at the end of a packet, in the making. `flags` are NLM_F_ beside NLM_F_REQUEST.
RequestWriter generic_request(std::vector<std::uint8_t>& packet, std::uint16_t type,
                              std::uint8_t command, int flags, std::uint32_t sequence);

// The attributes of a message or of a nest: views into the datagram. What the kernel knows beyond
// ours is skipped; what is absent, or not as long as its type, is zero.
class AttributeSet {
 public:
  static constexpr int kMax = 31;

  AttributeSet() = default;
  explicit AttributeSet(std::span<const std::uint8_t> attributes)
      : found_(reinterpret_cast<const rtattr*>(attributes.data()), attributes.size()) {}

  bool has(int type) const { return found_.has(type); }
  std::span<const std::uint8_t> bytes(int type) const { return found_[type]; }
  AttributeSet nest(int type) const { return AttributeSet(bytes(type)); }
  template <typename T>
  T value(int type) const {
    static_assert(std::is_trivially_copyable_v<T>);
    T value{};
    if (bytes(type).size() == sizeof value) std::memcpy(&value, bytes(type).data(), sizeof value);
    return value;
  }
  std::string text(int type) const { return found_.text(type); }

 private:
  AttributeTable<kMax> found_{nullptr, 0};
};

struct Answer {      // to a request, or the end of a dump
  int error = 0;     // an errno, or 0: done
  std::string text;  // the kernel's own words, if it has any
};

struct GenericMessage {
  std::uint16_t type = 0;
  std::uint8_t command = 0;
  std::uint32_t sequence = 0;  // of the request it belongs to
  bool interrupted = false;    // of a dump during which things changed: something may be missing
  AttributeSet attributes;
  std::optional<Answer> answer{};  // then there is nothing else
};

std::vector<GenericMessage> messages_in(std::span<const std::uint8_t> datagram);

}  // namespace holdfast::balance
