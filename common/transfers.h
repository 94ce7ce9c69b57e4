// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "common/core/ip.h"
#include "common/core/result.h"
#include "common/core/time.h"
#include "common/event_loop.h"

namespace holdfast {

struct HttpPost {
  std::vector<std::string> headers;  // NAME: VALUE
  std::string body;
};
struct MailPost {
  std::string from;
  std::vector<std::string> to;
  std::string text;
  bool tls = true;   // else not even if it is offered
  std::string user;  // empty: none
  std::string password;
};

// Of a connection: it has one of its own, a new one that others may use after it, or any.
enum class Reuse : std::uint8_t { kNone, kAfter, kAny };

struct Transfer {
  std::string url;
  std::string host;  // of the URL, or empty if an address stands there
  std::uint16_t port = 0;
  IpAddress address;  // where that is
  Duration timeout{};
  std::string ca;           // PEM; empty where there is no TLS
  std::string certificate;  // PEM, ours; empty: none
  std::string key;          // of it
  Reuse reuse = Reuse::kNone;
  std::size_t answer_max = 65'536;  // bytes; with more it fails
  std::variant<HttpPost, MailPost> what;
};

struct TransferEnd {
  std::string trouble;  // why there was no answer; empty: there was one
  long status = 0;      // of HTTP or SMTP
  std::string answer;
};

// Tells and asks others by HTTP(S) and SMTP(S), by libcurl in an event loop: without threads,
// files, names to look up, proxies or redirects.
class Transfers {
 public:
  using Done = std::function<void(const TransferEnd& end)>;

  // Once, while files can be read still.
  static Result<void> prepare();

  // `host_connections`: so many at once to one host; 0: any number.
  explicit Transfers(EventLoop& loop, long host_connections = 0);
  ~Transfers();
  Transfers(const Transfers&) = delete;
  Transfers& operator=(const Transfers&) = delete;

  // `done` is never called from within.
  void begin(Transfer transfer, Done done);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace holdfast
