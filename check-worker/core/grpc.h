// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "check-worker/core/conversation.h"
#include "config/config.h"

namespace holdfast::check {

// grpc.health.v1's Check: one request on one stream of HTTP/2 (RFC 9113). Of what the server says
// only the message counts, so no header is unpacked; that leaves HPACK, and its bombs, out.
class GrpcConversation final : public Conversation {
 public:
  static constexpr std::size_t kFrameMax = 16'384;  // what we let the server send
  static constexpr int kFramesMax = 1000;
  static constexpr std::size_t kMessageMax = 1024;

  // `check` must outlive it.
  explicit GrpcConversation(const GrpcCheck& check) : check_(check) {}

  Step begin() override;
  Step received(std::string_view bytes) override;
  Conclusion silence() const override;

 private:
  struct Frame {
    std::uint8_t type = 0;
    std::uint8_t flags = 0;
    std::uint32_t stream = 0;
    std::string_view payload;
  };

  Step take(const Frame& frame);
  Step take_data(const Frame& frame);
  Step message_grew();
  Step stream_ended(const Frame& frame) const;

  const GrpcCheck& check_;
  std::string incoming_;  // less than a frame
  std::string message_;   // with its prefix of 5 bytes
  int frames_ = 0;
};

}  // namespace holdfast::check
