// SPDX-License-Identifier: Apache-2.0
#include "status/target_text.h"

#include <vector>

#include "common/core/overloaded.h"

namespace holdfast {
namespace {

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : " ") + word;
  return text;
}

}  // namespace

std::string target_text(const CheckTarget& target) {
  return std::visit(
      Overloaded{
          [](const TcpCheck& tcp) { return "tcp " + tcp.endpoint.to_string(); },
          [](const GrpcCheck& grpc) { return "grpc " + grpc.endpoint.to_string(); },
          [](const HttpCheck& http) {
            return (http.tls ? "https " : "http ") + http.endpoint.to_string();
          },
          [](const PostgresqlCheck& one) { return "postgresql " + one.endpoint.to_string(); },
          [](const MysqlCheck& one) { return "mysql " + one.endpoint.to_string(); },
          [](const RedisCheck& one) { return "redis " + one.endpoint.to_string(); },
          [](const DnsCheck& one) { return "dns " + one.endpoint.to_string() + ' ' + one.name; },
          [](const SmtpCheck& one) { return "smtp " + one.endpoint.to_string(); },
          [](const UdpCheck& one) { return "udp " + one.endpoint.to_string(); },
          [](const PingCheck& one) { return "ping " + one.endpoint.place(); },
          [](const AgentCheck& one) { return "agent " + one.endpoint.to_string(); },
          [](const ScriptCheck& script) { return "script " + joined(script.command.words); },
          [](const FileCheck& file) { return "file " + file.path; },
          [](const ProcessCheck& process) {
            return "process " + (process.name.empty() ? joined(process.command) : process.name);
          },
      },
      target);
}

}  // namespace holdfast
