// SPDX-License-Identifier: Apache-2.0
#include "check-worker/core/inquiry.h"

#include <memory>
#include <optional>
#include <variant>
#include <vector>

#include "check-worker/core/agent.h"
#include "check-worker/core/dns.h"
#include "check-worker/core/grpc.h"
#include "check-worker/core/http.h"
#include "check-worker/core/mysql.h"
#include "check-worker/core/ping.h"
#include "check-worker/core/postgresql.h"
#include "check-worker/core/smtp.h"
#include "check-worker/core/talk.h"
#include "check-worker/core/udp.h"

namespace holdfast::check {
namespace {

Inquiry inquiry(const TcpCheck& check, const Tools&) {
  return {Transport::kTcp,
          check.endpoint,
          nullptr,
          std::make_unique<TalkConversation>(check.steps),
          check.steps.empty() || !check.steps.front().send.empty(),
          true};
}
Inquiry inquiry(const PostgresqlCheck& check, const Tools&) {
  return {Transport::kTcp, check.endpoint, nullptr, std::make_unique<PostgresqlConversation>(check),
          true};
}
Inquiry inquiry(const MysqlCheck& check, const Tools&) {
  return {Transport::kTcp, check.endpoint, nullptr, std::make_unique<MysqlConversation>(check)};
}
Inquiry inquiry(const RedisCheck& check, const Tools&) {
  const std::vector<TalkStep> steps{{"PING\r\n", "+PONG", true}};
  return {Transport::kTcp,
          check.endpoint,
          nullptr,
          std::make_unique<TalkConversation>(steps),
          true,
          true};
}
Inquiry inquiry(const DnsCheck& check, const Tools& tools) {
  return {check.tcp ? Transport::kTcp : Transport::kUdp, check.endpoint, nullptr,
          std::make_unique<DnsConversation>(check, tools.random), true};
}
Inquiry inquiry(const SmtpCheck& check, const Tools&) {
  return {Transport::kTcp, check.endpoint, &check.tls, std::make_unique<SmtpConversation>(check)};
}
Inquiry inquiry(const UdpCheck& check, const Tools&) {
  return {Transport::kUdp, check.endpoint, nullptr, std::make_unique<UdpConversation>(check)};
}
Inquiry inquiry(const PingCheck& check, const Tools& tools) {
  return {Transport::kIcmp, check.endpoint, nullptr,
          std::make_unique<PingConversation>(check.endpoint.address.family(), tools.random)};
}
Inquiry inquiry(const AgentCheck& check, const Tools&) {
  return {Transport::kTcp,
          check.endpoint,
          nullptr,
          std::make_unique<AgentConversation>(check),
          !check.send.empty(),
          true};
}

Inquiry inquiry(const GrpcCheck& check, const Tools& tools) {
  return {check.tls ? Transport::kTls : Transport::kTcp, check.endpoint,
          check.tls ? &*check.tls : nullptr, std::make_unique<GrpcConversation>(check, tools),
          true};
}

Inquiry inquiry(const HttpCheck& check, const Tools& tools) {
  return {check.tls ? Transport::kTls : Transport::kTcp, check.endpoint,
          check.tls ? &*check.tls : nullptr, std::make_unique<HttpConversation>(check, tools),
          true};
}

const TlsConfig* address_of(const TlsConfig& tls) {
  return &tls;
}
const TlsConfig* address_of(const std::optional<TlsConfig>& tls) {
  return tls ? &*tls : nullptr;
}

}  // namespace

const TlsConfig* tls_of(const CheckTarget& target) {
  return std::visit(
      [](const auto& check) -> const TlsConfig* {
        if constexpr (requires { check.tls; }) {
          return address_of(check.tls);
        } else {
          return nullptr;
        }
      },
      target);
}

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
