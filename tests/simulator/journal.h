// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <deque>
#include <span>
#include <string>
#include <string_view>

#include "common/core/time.h"

namespace holdfast::simulator {

// Everything that happens in a run, in order. Always a hash, by which two runs are compared; the
// words only on demand, since a failing seed is simply run again.
class Journal {
 public:
  enum class Keep : std::uint8_t { kHash, kTail, kPrint };
  static constexpr std::size_t kTailSize = 40;
  static constexpr int kEverybody = -1;

  explicit Journal(Keep keep) : keep_(keep) {}

  // What befell a host, or everybody.
  void note(Time at, int host, std::string_view text);
  // One packet, frame or message; put into words only if they are kept.
  void advert(Time at, int host, std::string_view verb, std::span<const std::uint8_t> packet);
  void message(Time at, int host, std::string_view verb, std::span<const std::uint8_t> message);

  bool wordy() const { return keep_ != Keep::kHash; }
  std::uint64_t hash() const { return hash_; }
  const std::deque<std::string>& tail() const { return tail_; }

 private:
  void mix(std::span<const std::uint8_t> bytes);
  void mix(Time at, int host, std::string_view text);
  void keep(Time at, int host, std::string_view verb, std::string_view text);

  Keep keep_;
  std::uint64_t hash_ = 0xcbf29ce484222325;  // FNV-1a
  std::deque<std::string> tail_;
};

std::string in_seconds(Time at);  // "12.345678"

}  // namespace holdfast::simulator
