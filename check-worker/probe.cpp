// SPDX-License-Identifier: Apache-2.0
#include "check-worker/probe.h"

#include <errno.h>
#include <sys/socket.h>

#include <array>
#include <string>
#include <utility>

#include "check-worker/carrier.h"
#include "check-worker/probe_socket.h"
#include "common/clock.h"

namespace holdfast::check {
namespace {

// Of one turn: a peer that never pauses must not keep the loop from everybody else.
constexpr int kReadsPerTurn = 8;
constexpr std::size_t kReadSize = std::size_t{16} * 1024;  // and more than most datagrams

constexpr const char* kNoRoute = "this node has no route to the target";

void append_time(std::string& words, Duration took) {
  const std::int64_t tenths = (took.count() + 50) / 100;
  words.append(" in ").append(std::to_string(tenths / 10)).append(".");
  words.append(std::to_string(tenths % 10)).append(" ms");
}

}  // namespace

Probe::Probe(EventLoop& loop, TlsClient& tls, Inquiry inquiry, ConnectConfig from,
             std::function<void()> ready, ProbeSupplies supplies)
    : loop_(loop),
      tls_(tls),
      supplies_(std::move(supplies)),
      inquiry_(std::move(inquiry)),
      from_(std::move(from)),
      ready_(std::move(ready)),
      started_(monotonic_now()) {
  open(inquiry_.transport);
  if (!result_) expect_readiness();
}

// What a good answer came by is fit for another one.
Probe::~Probe() {
  if (!watch_ || !may_use_idle() || !result_ || result_->verdict != Verdict::kGood) return;
  supplies_.idle->put(inquiry_.endpoint.address.family(), {std::move(socket_), std::move(*watch_)});
}

std::optional<ProbeResult>& Probe::result() {
  if (!result_) {
    advance();
    if (!result_) expect_readiness();
  }
  return result_;
}

ProbeResult Probe::silence() const {
  if (is_waiting_for_socket()) return {Verdict::kNotMade, "no socket from the supervisor in time"};
  Conclusion silence{false, "no answer"};
  if (connected_) {
    silence = stream_ && !stream_->established() ? Conclusion{false, "no end of the TLS handshake"}
                                                 : inquiry_.conversation->silence();
  }
  if (!silence.good) {
    if (std::string fault = own_fault(); !fault.empty()) return {Verdict::kNotMade, fault};
  }
  return {silence.good ? Verdict::kGood : Verdict::kBad, std::move(silence.reason), silence.weight};
}

// What cuts this node itself off: it has no route, or its interface is down or has no carrier.
// Which says nothing of the target, unless the operator wants it to. Empty: nothing does.
std::string Probe::own_fault() const {
  if (from_.down_without_route) return {};
  if (!has_route(inquiry_.endpoint, from_)) return kNoRoute;
  const std::string interface = interface_without_carrier(inquiry_.endpoint.address, from_);
  return interface.empty() ? "" : "the interface " + interface + " of this node has no carrier";
}

bool Probe::is_waiting_for_socket() const {
  return transport_ != Transport::kIcmp && !socket_;
}

bool Probe::is_stream() const {
  return transport_ == Transport::kTcp || transport_ == Transport::kTls;
}

// Then each has the same options, and no place that it must come from.
bool Probe::may_use_idle() const {
  return supplies_.idle != nullptr && is_stream() && inquiry_.speaks_first && from_.mark == 0 &&
         from_.interface.empty() && !from_.source && from_.source_port == 0;
}

void Probe::open(Transport transport) {
  watch_.reset();
  socket_.reset();
  connected_ = false;
  stream_.reset();
  outgoing_.clear();
  transport_ = transport;
  if (transport == Transport::kIcmp) {
    open_ping();
    return;
  }
  if (from_.mark != 0) {
    HF_CHECK(supplies_.marked != nullptr);
    marked_ = supplies_.marked->open(supplies_.check, is_stream(), [this](Result<OwnedFd> socket) {
      opened(std::move(socket));
      const std::function<void()> ready = ready_;  // which may destroy this probe
      ready();
    });
    return;
  }
  const Family family = inquiry_.endpoint.address.family();
  auto idle = may_use_idle() ? supplies_.idle->take(family) : std::nullopt;
  if (idle) {
    take(std::move(*idle));
  } else {
    opened(open_socket(transport, family));
  }
}

void Probe::take(WatchedSocket idle) {
  socket_ = std::move(idle.socket);
  watch_.emplace(std::move(idle.watch));
  watch_->hand_over(when_ready());
  set_out();
}

void Probe::opened(Result<OwnedFd> socket) {
  const Result<void> prepared =
      socket ? prepare_socket(*socket, transport_, inquiry_.endpoint.address.family(), from_)
             : tl::unexpected(socket.error());
  if (!prepared) {
    result_ = ProbeResult{Verdict::kNotMade, prepared.error().message};
    return;
  }
  socket_ = std::move(*socket);
  if (is_stream() && inquiry_.speaks_first) hold_back_acknowledgement(socket_);
  set_out();
}

void Probe::set_out() {
  if (is_stream() && supplies_.transcript != nullptr) {
    note("connects to " + inquiry_.endpoint.to_string());
  }
  connect(false);
}

void Probe::open_ping() {
  if (supplies_.pings == nullptr || !supplies_.pings->can(inquiry_.endpoint.address.family())) {
    result_ = ProbeResult{Verdict::kNotMade, "the supervisor could not open an ICMP socket"};
    return;
  }
  connected_ = true;
  begin();
}

// `told`: writable and without an error. So it is connected, and nobody needs to be asked.
void Probe::connect(bool told) {
  const int error = told ? 0 : connect_socket(socket_, inquiry_.endpoint);
  switch (error) {
    case EINPROGRESS:
    case EALREADY:
    case EINTR:
      return;
    case 0:
    // Before the handshake a reset reads ECONNREFUSED. These two were accepted and then dropped:
    // connected as if we had looked a moment earlier, or it would be a matter of luck.
    case ECONNRESET:
    case EPIPE:
      break;
    default:
      fail_with(error);
      return;
  }
  connected_ = true;
  if (is_stream()) note("connected");
  if (transport_ == Transport::kTls) {
    start_tls();
  } else {
    begin();
  }
}

void Probe::begin() {
  Step step = inquiry_.conversation->begin();
  // A datagram without a byte is one, too, and a closed port answers it.
  if (transport_ == Transport::kUdp && step.send.empty()) send({});
  if (!result_) perform(std::move(step));
}

void Probe::advance() {
  if (is_waiting_for_socket()) return;
  const std::optional<Ready> told = std::exchange(told_, std::nullopt);
  if (!connected_) {
    connect(told && told->writable && !told->failed);
    // Its first words may have come with the end of the handshake: that is told once. After a
    // request just sent there is nothing to look for.
    if (!connected_ || result_ || (told && !told->readable)) return;
  }
  if (transport_ == Transport::kIcmp) return;  // what comes is told by Pings
  flush();
  if (!told || told->readable) read();
}

void Probe::perform(Step step) {
  if (!step.send.empty()) send(step.send);
  if (result_) return;
  if (step.start_tls) start_tls();
  if (result_) return;
  if (step.anew) {
    open(*step.anew);
  } else if (step.end) {
    end(std::move(*step.end));
  }
}

void Probe::send(std::string_view bytes) {
  if (supplies_.transcript != nullptr) supplies_.transcript->sent(monotonic_now(), bytes);
  if (is_stream()) {
    if (stream_) {
      stream_->write(bytes);
      outgoing_ += stream_->take_outgoing();
      flush();
    } else {
      if (outgoing_.empty()) bytes.remove_prefix(put(bytes));
      outgoing_ += bytes;
    }
    return;
  }
  if (transport_ == Transport::kIcmp) {
    ping(bytes);
    return;
  }
  const ssize_t sent = ::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
  // A datagram that the queue has no place for is one that is lost.
  if (sent < 0 && errno != EAGAIN && errno != EINTR) fail_with(errno);
}

void Probe::ping(std::string_view request) {
  const auto received = [this](std::string_view message) {
    hear(message);
    if (!result_) return;
    const std::function<void()> ready = ready_;  // which may destroy this probe
    ready();
  };
  const int error = supplies_.pings->send(inquiry_.endpoint.address, std::string(request), from_,
                                          received, waiting_);
  if (error != 0) fail_with(error);
}

// How many of them need not be sent any more.
std::size_t Probe::put(std::string_view bytes) {
  std::size_t done = 0;
  while (done < bytes.size() && !result_) {
    const ssize_t sent =
        ::send(socket_.get(), bytes.data() + done, bytes.size() - done, MSG_NOSIGNAL);
    if (sent >= 0) {
      done += static_cast<std::size_t>(sent);
    } else if (errno == EAGAIN) {
      return done;
    } else if (errno == EPIPE || errno == ECONNRESET) {
      return bytes.size();  // What was said before, if anything, is still to be read.
    } else if (errno != EINTR) {
      fail_with(errno);
    }
  }
  return done;
}

void Probe::flush() {
  if (!outgoing_.empty()) outgoing_.erase(0, put(outgoing_));
}

void Probe::read() {
  std::array<char, kReadSize> buffer;  // NOLINT: the kernel fills what is read
  for (int i = 0; i < kReadsPerTurn && !result_ && connected_; ++i) {
    const ssize_t size = ::recv(socket_.get(), buffer.data(), buffer.size(), 0);
    if (size < 0 && errno == EAGAIN) return;
    if (size < 0 && errno == EINTR) continue;
    if (size < 0) {
      fail_with(errno);
    } else if (size == 0 && is_stream()) {
      closed();
    } else if (stream_) {
      stream_->receive({buffer.data(), static_cast<std::size_t>(size)});
      drive_tls();
    } else {
      hear({buffer.data(), static_cast<std::size_t>(size)});
    }
  }
  if (!result_ && connected_ && watch_) watch_->again();
}

void Probe::start_tls() {
  HF_CHECK(inquiry_.tls != nullptr);
  auto stream = tls_.connect(*inquiry_.tls, inquiry_.endpoint, monotonic_now());
  if (!stream) {
    result_ = ProbeResult{Verdict::kNotMade, stream.error().message};
    return;
  }
  stream_ = std::move(*stream);
  send_without_delay(socket_);
  drive_tls();
}

// A step may connect anew: then the stream is another one, or none.
void Probe::drive_tls() {
  while (!result_ && connected_ && stream_) {
    const bool by_transport = transport_ == Transport::kTls;
    const Result<TlsStream::Progress> progress = stream_->advance();
    outgoing_ += stream_->take_outgoing();
    flush();
    if (result_) return;
    if (!progress) {
      end({false, progress.error().message});
    } else if (progress->established) {
      if (supplies_.transcript != nullptr) note(stream_->description());
      inquiry_.conversation->negotiated(stream_->protocol());
      perform(by_transport ? inquiry_.conversation->begin() : inquiry_.conversation->secured());
    } else if (!progress->plain.empty()) {
      hear(progress->plain);
    } else {
      if (progress->closed) closed();
      return;
    }
  }
}

void Probe::hear(std::string_view bytes) {
  if (supplies_.transcript != nullptr) supplies_.transcript->received(monotonic_now(), bytes);
  perform(inquiry_.conversation->received(bytes));
}

void Probe::note(const std::string& what) {
  if (supplies_.transcript != nullptr) supplies_.transcript->note(monotonic_now(), what);
}

void Probe::closed() {
  note("the peer closed the connection");
  if (stream_ && !stream_->established()) {
    end({false, "closed the connection during the TLS handshake"});
    return;
  }
  perform(inquiry_.conversation->closed());
  if (!result_ && connected_) end({false, "closed the connection"});
}

void Probe::end(Conclusion conclusion) {
  if (conclusion.good && inquiry_.takes_echo && reached_itself(socket_, inquiry_.endpoint)) {
    end({false, "nobody listens: the connection reached itself"});
    return;
  }
  std::string reason = std::move(conclusion.reason);
  if (conclusion.good) append_time(reason, monotonic_now() - started_);
  result_ = ProbeResult{conclusion.good ? Verdict::kGood : Verdict::kBad, std::move(reason),
                        conclusion.weight};
}

void Probe::fail_with(int error) {
  // Nobody refuses a datagram: this is how the kernel tells of an ICMP error.
  const bool unreachable = transport_ == Transport::kUdp && error == ECONNREFUSED;
  if (is_unreachable(error) || error == EINVAL) {
    if (std::string fault = own_fault(); !fault.empty()) {
      result_ = ProbeResult{Verdict::kNotMade, std::move(fault)};
      return;
    }
  }
  result_ = ProbeResult{is_our_own_lack(error) ? Verdict::kNotMade : Verdict::kBad,
                        unreachable ? "port unreachable" : in_words(error)};
}

void Probe::expect_readiness() {
  if (watch_ || transport_ == Transport::kIcmp || is_waiting_for_socket()) return;
  // A datagram that does not fit is lost.
  const Ready interest{true, is_stream()};
  watch_.emplace(loop_, socket_.get(), interest, when_ready());
}

Watch::Callback Probe::when_ready() {
  return [this](Ready ready) {
    told_ = ready;
    const std::function<void()> call = ready_;  // which may destroy this probe
    call();
  };
}

}  // namespace holdfast::check
