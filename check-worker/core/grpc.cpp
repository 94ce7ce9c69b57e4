// SPDX-License-Identifier: Apache-2.0
#include "check-worker/core/grpc.h"

#include <algorithm>
#include <array>

namespace holdfast::check {
namespace {

// RFC 9113 §6.
enum : std::uint8_t {
  kData = 0,
  kHeaders = 1,
  kRstStream = 3,
  kSettings = 4,
  kPushPromise = 5,
  kPing = 6,
  kGoAway = 7,
};
constexpr std::uint8_t kEndStream = 0x1;
constexpr std::uint8_t kAck = 0x1;
constexpr std::uint8_t kEndHeaders = 0x4;
constexpr std::uint8_t kPadded = 0x8;

constexpr std::size_t kFrameHeader = 9;
constexpr std::size_t kMessageHeader = 5;
constexpr std::uint32_t kStream = 1;

std::string big_endian(std::uint64_t value, unsigned bytes) {
  std::string text;
  for (unsigned shift = 8 * bytes; shift > 0;) {
    shift -= 8;
    text += static_cast<char>(static_cast<std::uint8_t>(value >> shift));
  }
  return text;
}

std::uint32_t number_at(std::string_view bytes, std::size_t at, std::size_t size) {
  std::uint32_t value = 0;
  for (const char byte : bytes.substr(at, size))
    value = value << 8U | static_cast<std::uint8_t>(byte);
  return value;
}

std::string frame(std::uint8_t type, std::uint8_t flags, std::uint32_t stream,
                  std::string_view payload) {
  return big_endian(payload.size(), 3)
      .append(big_endian(type, 1))
      .append(big_endian(flags, 1))
      .append(big_endian(stream, 4))
      .append(payload);
}

// RFC 7541 §5.2, without Huffman's code: at most 255 bytes.
std::string hpack_text(std::string_view text) {
  constexpr std::size_t kPrefixMax = 127;
  std::string coded;
  if (text.size() < kPrefixMax) {
    coded += static_cast<char>(text.size());
  } else {
    const std::size_t rest = text.size() - kPrefixMax;
    coded += static_cast<char>(kPrefixMax);
    if (rest >= 128) coded += static_cast<char>(static_cast<std::uint8_t>(rest | 128U));
    coded += static_cast<char>(rest >= 128 ? rest >> 7U : rest);
  }
  return coded.append(text);
}

// RFC 7541 §6.2.2: literal fields with names of the static table, which no table remembers.
std::string headers(const GrpcCheck& check) {
  std::string block = "\x83";            // :method POST
  block += check.tls ? "\x87" : "\x86";  // :scheme
  block += "\x04" + hpack_text("/grpc.health.v1.Health/Check");
  block += "\x01" + hpack_text(check.host.empty() ? check.endpoint.to_string() : check.host);
  block += "\x0f\x10" + hpack_text("application/grpc");  // content-type
  block += std::string(1, '\0') + hpack_text("te") + hpack_text("trailers");
  return block + "\x0f\x2b" + hpack_text("holdfast");  // user-agent
}

// HealthCheckRequest: field 1, a text of at most 127 bytes.
std::string request(const std::string& service) {
  std::string message;
  if (!service.empty())
    message = "\x0a" + std::string(1, static_cast<char>(service.size())) + service;
  return std::string(1, '\0') + big_endian(message.size(), 4) + message;
}

// A varint at the front, which is taken off.
std::optional<std::uint64_t> take_varint(std::string_view& bytes) {
  std::uint64_t value = 0;
  for (unsigned shift = 0; shift < 64 && !bytes.empty(); shift += 7) {
    const auto byte = static_cast<std::uint8_t>(bytes.front());
    bytes.remove_prefix(1);
    value |= static_cast<std::uint64_t>(byte & 127U) << shift;
    if (byte < 128) return value;
  }
  return std::nullopt;
}

// HealthCheckResponse: field 1, an enumeration; absent: 0. Nothing: no such message.
std::optional<std::uint64_t> status_in(std::string_view message) {
  std::uint64_t status = 0;
  while (!message.empty()) {
    const auto tag = take_varint(message);
    const auto value = tag && (*tag & 7U) == 0 ? take_varint(message) : std::nullopt;
    if (!value) return std::nullopt;
    if (*tag >> 3U == 1) status = *value;
  }
  return status;
}

constexpr std::array<std::string_view, 4> kStatuses{"UNKNOWN", "SERVING", "NOT_SERVING",
                                                    "SERVICE_UNKNOWN"};

}  // namespace

Step GrpcConversation::begin() {
  // No table of headers, no push.
  const std::string settings =
      big_endian(1, 2) + big_endian(0, 4) + big_endian(2, 2) + big_endian(0, 4);
  return say("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + frame(kSettings, 0, 0, settings) +
             frame(kHeaders, kEndHeaders, kStream, headers(check_)) +
             frame(kData, kEndStream, kStream, request(check_.service)));
}

Conclusion GrpcConversation::silence() const {
  return {false, frames_ == 0 ? "no HTTP/2 in answer" : "no health status"};
}

Step GrpcConversation::received(std::string_view bytes) {
  Step all;
  incoming_ += bytes;
  std::string_view rest = incoming_;
  while (rest.size() >= kFrameHeader) {
    const std::size_t size = number_at(rest, 0, 3);
    const Frame next{static_cast<std::uint8_t>(rest[3]), static_cast<std::uint8_t>(rest[4]),
                     number_at(rest, 5, 4) & 0x7fffffffU,
                     rest.substr(kFrameHeader).substr(0, size)};
    // Its first frame tells a server of HTTP/2 from any other.
    if (size > kFrameMax || (frames_ == 0 && next.type != kSettings)) {
      return conclude(false, frames_ == 0 ? "no HTTP/2 in answer" : "an HTTP/2 frame too long");
    }
    if (rest.size() < kFrameHeader + size) break;
    if (++frames_ > kFramesMax) return conclude(false, "more than 1000 HTTP/2 frames");
    Step step = take(next);
    if (step.end) return step;
    all.send += step.send;
    rest.remove_prefix(kFrameHeader + size);
  }
  incoming_.erase(0, incoming_.size() - rest.size());
  return all;
}

Step GrpcConversation::take(const Frame& frame) {
  switch (frame.type) {
    case kSettings:
      return (frame.flags & kAck) != 0 ? Step{} : say(check::frame(kSettings, kAck, 0, {}));
    case kPing:
      if ((frame.flags & kAck) != 0 || frame.payload.size() != 8) return {};
      return say(check::frame(kPing, kAck, 0, frame.payload));
    case kPushPromise:
      return conclude(false, "pushed what it must not push");
    case kGoAway: {
      const std::uint32_t error =
          number_at(frame.payload, std::min<std::size_t>(4, frame.payload.size()), 4);
      if (error == 0) return {};
      return conclude(false, "left with the HTTP/2 error " + std::to_string(error));
    }
    case kRstStream:
      if (frame.stream != kStream) return {};
      return conclude(false, "reset the stream with the HTTP/2 error " +
                                 std::to_string(number_at(frame.payload, 0, 4)));
    case kHeaders:
      return frame.stream == kStream ? stream_ended(frame) : Step{};
    case kData:
      return frame.stream == kStream ? take_data(frame) : Step{};
    default:
      return {};  // RFC 9113 §5.5: what is unknown is ignored
  }
}

Step GrpcConversation::take_data(const Frame& frame) {
  std::string_view data = frame.payload;
  if ((frame.flags & kPadded) != 0) {
    const std::size_t padding = data.empty() ? 0 : 1 + static_cast<std::uint8_t>(data.front());
    if (data.empty() || padding > data.size()) return conclude(false, "a faulty HTTP/2 frame");
    data = data.substr(1, data.size() - padding);
  }
  if (message_.size() + data.size() > kMessageMax)
    return conclude(false, "a health status too long");
  message_ += data;
  const Step step = message_grew();
  return step.end ? step : stream_ended(frame);
}

Step GrpcConversation::message_grew() {
  if (message_.size() < kMessageHeader) return {};
  if (message_[0] != 0) return conclude(false, "a packed health status");
  const std::string_view body = std::string_view(message_).substr(kMessageHeader);
  if (body.size() < number_at(message_, 1, 4)) return {};
  const auto status = status_in(body.substr(0, number_at(message_, 1, 4)));
  if (!status || *status >= kStatuses.size()) return conclude(false, "no health status known here");
  if (*status == 1) return conclude(true, "SERVING");
  return conclude(false, std::string(kStatuses.at(*status)));
}

Step GrpcConversation::stream_ended(const Frame& frame) const {
  if ((frame.flags & kEndStream) == 0) return {};
  return conclude(false,
                  "no health status: it does not know the service, or has no health service");
}

}  // namespace holdfast::check
