// SPDX-License-Identifier: Apache-2.0
#include "supervisor/core/history_record.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>

#include "common/core/result.h"
#include "common/core/wire.h"

namespace holdfast::supervisor {
namespace {

using Bytes = std::span<const std::uint8_t>;

// Not in any text: the first byte is never one of UTF-8.
constexpr std::array<std::uint8_t, 4> kMark{0xFE, 'H', 'f', '\n'};
constexpr std::size_t kSizeAt = kMark.size();
constexpr std::size_t kSumAt = kSizeAt + 2;
constexpr std::size_t kPayloadAt = kSumAt + 4;

// CRC-32 of IEEE 802.3, reflected.
std::uint32_t crc32(Bytes first, Bytes second) {
  std::uint32_t crc = 0xFFFFFFFFU;
  for (const Bytes part : {first, second}) {
    for (const std::uint8_t byte : part) {
      crc ^= byte;
      for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1U) ^ ((crc & 1U) != 0 ? 0xEDB88320U : 0U);
    }
  }
  return ~crc;
}

// The payload of the record that begins here, if one does and it is whole.
std::optional<Bytes> payload_of(Bytes rest) {
  if (rest.size() < kPayloadAt) return std::nullopt;
  if (!std::equal(kMark.begin(), kMark.end(), rest.begin())) return std::nullopt;
  Decoder header(rest.subspan(kSizeAt, kPayloadAt - kSizeAt));
  std::uint16_t size = 0;
  std::uint32_t sum = 0;
  header(size);
  header(sum);
  if (rest.size() - kPayloadAt < size) return std::nullopt;
  const Bytes payload = rest.subspan(kPayloadAt, size);
  if (sum != crc32(rest.subspan(kSizeAt, kSumAt - kSizeAt), payload)) return std::nullopt;
  return payload;
}

std::optional<HistoryEvent> event_of(Bytes payload) {
  Decoder decoder(payload);
  std::uint8_t version = 0;
  decoder(version);
  HistoryEvent event;
  if (!decoder.ok() || version != kRecordVersion) return std::nullopt;
  HistoryEvent::describe(decoder, event);
  if (!decoder.finished()) return std::nullopt;
  return event;
}

}  // namespace

std::vector<std::uint8_t> record_of(const HistoryEvent& event) {
  Encoder encoder;
  encoder(kRecordVersion);
  HistoryEvent::describe(encoder, event);
  const std::vector<std::uint8_t> payload = encoder.take();
  HF_CHECK(payload.size() <= 0xFFFF);
  Encoder size;
  size(static_cast<std::uint16_t>(payload.size()));
  const std::vector<std::uint8_t> size_bytes = size.take();
  Encoder sum;
  sum(crc32(size_bytes, payload));
  std::vector<std::uint8_t> record(kMark.begin(), kMark.end());
  for (const auto& part : {size_bytes, sum.take(), payload}) {
    record.insert(record.end(), part.begin(), part.end());
  }
  return record;
}

std::vector<HistoryEvent> events_in(Bytes bytes) {
  std::vector<HistoryEvent> events;
  while (!bytes.empty()) {
    const std::optional<Bytes> payload = payload_of(bytes);
    if (payload) {
      if (auto event = event_of(*payload)) events.push_back(std::move(*event));
      bytes = bytes.subspan(kPayloadAt + payload->size());
      continue;
    }
    const auto next = std::find(bytes.begin() + 1, bytes.end(), kMark[0]);
    bytes = bytes.subspan(static_cast<std::size_t>(next - bytes.begin()));
  }
  return events;
}

std::uint64_t event_number(const HistoryEvent& event, std::uint64_t last) {
  const auto at =
      static_cast<std::uint64_t>(std::max(event.at.time_since_epoch(), Duration{0}).count());
  return std::max(at, last + 1);
}

}  // namespace holdfast::supervisor
