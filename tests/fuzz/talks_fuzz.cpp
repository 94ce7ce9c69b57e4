// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "check-worker/core/agent.h"
#include "check-worker/core/dns.h"
#include "check-worker/core/grpc.h"
#include "check-worker/core/mysql.h"
#include "check-worker/core/ping.h"
#include "check-worker/core/postgresql.h"
#include "check-worker/core/smtp.h"
#include "check-worker/core/talk.h"
#include "check-worker/core/udp.h"
#include "check-worker/http2.h"
#include "common/core/result.h"

namespace {

using namespace holdfast;         // NOLINT(google-build-using-namespace)
using namespace holdfast::check;  // NOLINT(google-build-using-namespace)

constexpr std::size_t kKinds = 8;

std::unique_ptr<Conversation> conversation(std::size_t kind) {
  switch (kind) {
    case 0:
      return std::make_unique<TalkConversation>(
          std::vector<TalkStep>{{"a", "bc", false}, {"d", "e", true}, {"", "f", false}});
    case 1:
      return std::make_unique<PostgresqlConversation>(PostgresqlCheck{});
    case 2:
      return std::make_unique<MysqlConversation>(MysqlCheck{{}, "check"});
    case 3:
      return std::make_unique<SmtpConversation>(SmtpCheck{});
    case 4: {
      DnsCheck check;
      check.tcp = true;
      check.answers = {"192.0.2.1"};
      return std::make_unique<DnsConversation>(check, 0x3131);
    }
    case 5:
      return std::make_unique<SmtpConversation>(SmtpCheck{{}, "x", true, {}});
    case 6: {
      static const GrpcCheck check;
      return std::make_unique<GrpcConversation>(check, Tools{nullptr, nullptr, http2_exchange, 0});
    }
    default:
      return std::make_unique<AgentConversation>(AgentCheck{});
  }
}

// How it ends when the peer writes this in pieces of so many bytes, and closes.
Step end_of(Conversation& talk, std::string_view stream, std::size_t piece) {
  Step step = talk.begin();
  while (!step.end && !stream.empty()) {
    step = talk.received(stream.substr(0, piece));
    stream.remove_prefix(std::min(piece, stream.size()));
    HF_CHECK(!talk.silence().reason.empty());
    if (!step.end && step.start_tls) step = talk.secured();
  }
  return step.end ? step : talk.closed();
}

void datagrams(std::string_view bytes) {
  DnsConversation dns(DnsCheck{}, 0x3131);
  UdpConversation udp(UdpCheck{{}, "", true, {"1", "\xf1"}, 1, 512});
  PingConversation ping(Family::kIpv6, 0);
  for (Conversation* const talk : std::array<Conversation*, 3>{&dns, &udp, &ping}) {
    talk->begin();
    const Step step = talk->received(bytes);
    HF_CHECK(!step.end || !step.end->reason.empty());
  }
}

}  // namespace

// The first byte picks the protocol, the rest is what the peer says: every conversation ends with a
// reason, the same however the stream is cut. (Not where TLS begins, which cuts it itself.)
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view stream(reinterpret_cast<const char*>(data) + 1, size - 1);
  const std::size_t kind = data[0] % (kKinds + 1);
  if (kind == kKinds) {
    datagrams(stream);
    return 0;
  }
  const Step whole = end_of(*conversation(kind), stream, std::max<std::size_t>(1, stream.size()));
  const Step single = end_of(*conversation(kind), stream, 1);
  HF_CHECK(whole.end && single.end && !whole.end->reason.empty());
  HF_CHECK(kind == 5 || whole.end->good == single.end->good);
  return 0;
}
