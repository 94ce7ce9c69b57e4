// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <memory>
#include <string_view>

#include "check-worker/core/conversation.h"
#include "check-worker/core/inquiry.h"
#include "config/config.h"

namespace holdfast::check {

// grpc.health.v1's Check: one request on one stream of HTTP/2. Of the answer only the message
// counts; the status that gRPC has in its trailers is not needed, as without a message there is no
// health.
class GrpcConversation final : public Conversation {
 public:
  static constexpr std::size_t kMessageMax = 1024;

  // `check` must outlive it.
  GrpcConversation(const GrpcCheck& check, const Tools& tools) : check_(check), tools_(tools) {}

  Step begin() override;
  Step received(std::string_view bytes) override;
  Conclusion silence() const override;

 private:
  Step look() const;

  const GrpcCheck& check_;
  Tools tools_;
  std::unique_ptr<HttpAnswer> answer_;
};

}  // namespace holdfast::check
