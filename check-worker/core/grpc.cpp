// SPDX-License-Identifier: Apache-2.0
#include "check-worker/core/grpc.h"

#include <array>
#include <cstdint>
#include <optional>
#include <string>

namespace holdfast::check {
namespace {

// Before each message: whether it is packed, and its size.
constexpr std::size_t kPrefix = 5;

Http2Fields fields_of(const GrpcCheck& check) {
  return {{":method", "POST"},
          {":scheme", check.tls ? "https" : "http"},
          {":authority", check.host.empty() ? check.endpoint.to_string() : check.host},
          {":path", "/grpc.health.v1.Health/Check"},
          {"te", "trailers"},
          {"content-type", "application/grpc"},
          {"user-agent", "holdfast"}};
}

// HealthCheckRequest: field 1, a text of at most 127 bytes.
std::string request(const std::string& service) {
  std::string message;
  if (!service.empty())
    message = "\x0a" + std::string(1, static_cast<char>(service.size())) + service;
  return std::string(kPrefix - 1, '\0') + static_cast<char>(message.size()) + message;
}

std::size_t size_in(std::string_view prefix) {
  std::size_t size = 0;
  for (const char byte : prefix.substr(1, kPrefix - 1)) {
    size = size << 8U | static_cast<std::uint8_t>(byte);
  }
  return size;
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

Step conclude_by(std::string_view message) {
  const auto status = status_in(message);
  if (!status || *status >= kStatuses.size()) return conclude(false, "no health status known here");
  return conclude(*status == 1, std::string(kStatuses.at(*status)));
}

}  // namespace

Step GrpcConversation::begin() {
  answer_ = tools_.http2(fields_of(check_), request(check_.service));
  return say(answer_->take_outgoing());
}

Step GrpcConversation::received(std::string_view bytes) {
  answer_->feed(bytes);
  Step step = look();
  if (!step.end) step.send = answer_->take_outgoing();
  return step;
}

Conclusion GrpcConversation::silence() const {
  return {false, answer_->has_head() ? "no health status" : std::string(answer_->awaited())};
}

Step GrpcConversation::look() const {
  if (answer_->has_head() && answer_->status() != 200) {
    return conclude(false, "status " + std::to_string(answer_->status()) + ", expected 200");
  }
  const std::string_view body = answer_->body();
  if (body.size() >= kPrefix) {
    if (body[0] != 0) return conclude(false, "a packed health status");
    const std::size_t size = size_in(body);
    if (size > kMessageMax) return conclude(false, "a health status too long");
    if (body.size() >= kPrefix + size) return conclude_by(body.substr(kPrefix, size));
  }
  if (!answer_->fault().empty()) return conclude(false, answer_->fault());
  if (!answer_->complete()) return {};
  return conclude(false,
                  "no health status: it does not know the service, or has no health service");
}

}  // namespace holdfast::check
