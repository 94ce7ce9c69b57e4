// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "check-worker/core/inquiry.h"
#include "check-worker/core/transcript.h"
#include "check-worker/idle_sockets.h"
#include "check-worker/marked_sockets.h"
#include "check-worker/pings.h"
#include "check-worker/tls.h"
#include "common/core/time.h"
#include "common/edge_watch.h"
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
  std::optional<std::uint8_t> weight{};  // 0..100 percent that the target asks for
};

// What only some probes need, and must outlive them.
struct ProbeSupplies {
  Pings* pings = nullptr;            // of kIcmp
  MarkedSockets* marked = nullptr;   // where packets carry a mark,
  std::string check{};               // and of this check
  Transcript* transcript = nullptr;  // none: nobody reads it
  IdleSockets* idle = nullptr;       // none: each connection has a socket of its own
};

// One probe: opens the connection that an inquiry asks for, and carries its conversation until that
// has come to an end. Whoever stops asking destroys it; a connection is closed by reset. The time
// limit is the caller's.
class Probe {
 public:
  // `ready` is called when result() may be there, never from within this constructor.
  Probe(EventLoop& loop, TlsClient& tls, Inquiry inquiry, ConnectConfig from,
        std::function<void()> ready, ProbeSupplies supplies = {});
  ~Probe();
  Probe(const Probe&) = delete;
  Probe& operator=(const Probe&) = delete;

  bool has_ended() const { return result_.has_value(); }

  // Nothing while more is awaited. Does what can be done without waiting. Its words may be moved
  // from, once it is the last.
  std::optional<ProbeResult>& result();

  // What it means that no more time is left; bad or good without the time that was given.
  ProbeResult silence() const;

 private:
  bool is_stream() const;
  bool is_waiting_for_socket() const;
  bool may_use_idle() const;

  void open(Transport transport);
  void open_ping();
  void opened(Result<OwnedFd> socket);
  void take(WatchedSocket idle);
  void set_out();
  void connect(bool told);
  void begin();
  void advance();
  void perform(Step step);
  void send(std::string_view bytes);
  void ping(std::string_view request);
  std::size_t put(std::string_view bytes);
  void flush();
  void read();
  void start_tls();
  void drive_tls();
  void closed();
  void end(Conclusion conclusion);
  void fail_with(int error);
  std::string own_fault() const;
  void expect_readiness();
  Watch::Callback when_ready();
  void hear(std::string_view bytes);
  void note(const std::string& what);

  EventLoop& loop_;
  TlsClient& tls_;
  ProbeSupplies supplies_;
  Inquiry inquiry_;
  ConnectConfig from_;
  std::function<void()> ready_;
  Time started_;
  Transport transport_{};
  OwnedFd socket_;  // none of kIcmp, nor while a marked one is waited for
  MarkedSockets::Waiting marked_;
  Pings::Waiting waiting_;
  std::optional<Ready> told_;  // by the loop just now; nothing: what there is has to be tried
  bool connected_ = false;
  std::unique_ptr<TlsStream> stream_;  // none: the bytes of the wire are the conversation's
  std::string outgoing_;               // what the socket does not take yet
  std::optional<ProbeResult> result_;
  std::optional<EdgeWatch> watch_;  // by edges: the socket is closed with it
};

}  // namespace holdfast::check
