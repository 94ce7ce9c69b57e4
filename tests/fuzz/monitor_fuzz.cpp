// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>

#include "common/core/messages.h"
#include "monitor-worker/core/metrics.h"
#include "monitor-worker/core/node_copy.h"
#include "status/status.h"
#include "tests/unit/monitor/node.h"

// A node of which the supervisor says anything that decodes, each message after its length: what is
// shown of it is written, and bounded by the configuration.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace holdfast;
  std::span<const std::uint8_t> rest(data, size);
  monitor::NodeCopy node;
  node.configure(monitor::node_config());
  while (!rest.empty()) {
    const std::size_t length = std::min<std::size_t>(rest.front(), rest.size() - 1);
    const Result<Message> message = decode(rest.subspan(1, length));
    rest = rest.subspan(1 + length);
    if (message) node.hear(*message);
  }
  node.configure(monitor::node_config());
  HF_CHECK(node.retained().size() <= 16);
  const NodeStatus status{
      node.config(), node.daemon(), node.workers(), node.retained(), Time{std::chrono::hours{1}},
      WallTime{}};
  HF_CHECK(!status_document(status).empty());
  HF_CHECK(!servers_document(status).empty());
  static_cast<void>(node.unreadiness());
  static_cast<void>(monitor::metrics_of(node, {"1", "b"}, {}, RealTime{}));
  return 0;
}
