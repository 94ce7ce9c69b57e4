// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace holdfast::check {

// What carries a conversation. The first two are streams of bytes, the others datagrams.
enum class Transport : std::uint8_t { kTcp, kTls, kUdp, kIcmp };

// What a conversation came to.
struct Conclusion {
  bool good = false;
  std::string reason;  // for a person, no full stop: "status 503, expected 200 to 299"
  std::optional<std::uint8_t> weight{};  // 0..100 percent that the target asks for itself
  bool operator==(const Conclusion&) const = default;
};

// What a conversation wants next; an empty step: to go on listening. Done in the order of the
// members: the bytes are sent, then TLS begins, and so on.
struct Step {
  std::string send{};               // on a datagram transport one datagram
  bool start_tls = false;           // of TCP: then secured() is called, and all goes through TLS
  std::optional<Transport> anew{};  // close, connect again to the same target, begin() again
  std::optional<Conclusion> end{};  // no call follows
  bool operator==(const Step&) const = default;
};

inline Step say(std::string bytes) {
  return {.send = std::move(bytes)};
}
inline Step conclude(bool good, std::string reason) {
  return {.end = Conclusion{good, std::move(reason)}};
}

// One protocol as one probe speaks it: bytes in, wants out. A conversation has no socket, no clock
// and no library but the standard one; the engine owns the connection and the timeout of the whole
// check. Each file of core/ has one, with a unit test that feeds it byte by byte.
//
// Of what the peer says it keeps at most kKeptMax bytes, however much comes, and it ends after a
// bounded number of them: what may go on for ever is a bad target with a named reason. It never
// aborts or throws on what is received.
class Conversation {
 public:
  static constexpr std::size_t kKeptMax = std::size_t{64} * 1024;

  Conversation() = default;
  virtual ~Conversation() = default;
  Conversation(const Conversation&) = delete;
  Conversation& operator=(const Conversation&) = delete;

  // Of TLS, before begin(): the protocol that ALPN agreed upon, or nothing.
  virtual void negotiated(std::string_view /*protocol*/) {}

  // Connected (TLS: and verified); for datagrams at once. Called again after Step::anew.
  virtual Step begin() = 0;

  // A stream's next bytes, cut anywhere; or one whole datagram, perhaps empty. Of ICMP the message
  // from its type on.
  virtual Step received(std::string_view bytes) = 0;

  // The peer closed its side of the stream. Without a conclusion in the step the engine takes
  // "closed the connection" for a bad one.
  virtual Step closed() { return conclude(false, "closed the connection too early"); }

  // The TLS that Step::start_tls asked for stands, and the certificate is as configured.
  virtual Step secured() { return {}; }

  // What it means that nothing more came within the timeout. The engine adds the time: "no answer"
  // is told as "no answer within 1 s".
  virtual Conclusion silence() const { return {false, "no answer"}; }
};

}  // namespace holdfast::check
