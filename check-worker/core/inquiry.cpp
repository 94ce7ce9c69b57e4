// SPDX-License-Identifier: Apache-2.0
#include "check-worker/core/inquiry.h"

#include <memory>
#include <variant>

#include "check-worker/core/http.h"
#include "check-worker/core/tcp.h"

namespace holdfast::check {
namespace {

Inquiry inquiry(const TcpCheck& check, const Tools&) {
  return {Transport::kTcp, check.endpoint, nullptr, std::make_unique<TcpConversation>()};
}

Inquiry inquiry(const HttpCheck& check, const Tools& tools) {
  return {check.tls ? Transport::kTls : Transport::kTcp, check.endpoint,
          check.tls ? &*check.tls : nullptr, std::make_unique<HttpConversation>(check, tools)};
}

}  // namespace

Inquiry inquiry_of(const CheckTarget& target, const Tools& tools) {
  return std::visit(
      [&tools](const auto& check) -> Inquiry {
        if constexpr (requires { inquiry(check, tools); }) {
          return inquiry(check, tools);
        } else {
          check_failed("the check-worker asks this kind itself", __FILE__, __LINE__);
        }
      },
      target);
}

}  // namespace holdfast::check
