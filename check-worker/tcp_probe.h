// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "common/core/ip.h"
#include "common/core/time.h"
#include "common/event_loop.h"
#include "common/owned_fd.h"

namespace holdfast::check {

enum class Verdict : std::uint8_t {
  kGood,
  kBad,
  kNotMade,  // for a lack of this node's own: no descriptor, no port, a packet filter
};

struct ProbeResult {
  Verdict verdict{};
  std::string reason;  // "connected in 0.4 ms", "connection refused", "too many open files"
};

// One attempt to connect: the handshake is the whole question. Whoever stops asking destroys it.
class TcpProbe {
 public:
  // `ready` is called when result() may be there, never from within this constructor.
  TcpProbe(EventLoop& loop, const Endpoint& target, std::function<void()> ready);

  const std::optional<ProbeResult>& result();  // nothing while the answer is awaited

 private:
  std::optional<ProbeResult> connect();

  Endpoint target_;
  Time started_;
  OwnedFd socket_;
  std::optional<ProbeResult> result_;
  Watch watch_;  // let go of before the socket is closed
};

}  // namespace holdfast::check
