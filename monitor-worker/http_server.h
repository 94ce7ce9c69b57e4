// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/socket.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "common/core/result.h"
#include "common/core/time.h"
#include "common/event_loop.h"
#include "common/owned_fd.h"
#include "monitor-worker/core/metrics.h"

namespace holdfast::monitor {

struct Page {
  unsigned status = 200;
  std::string type = "application/json";
  std::string body;
  // What a browser may do with it, beside showing it: nothing.
  std::string policy = "default-src 'none'; frame-ancestors 'none'";
};

// What is served at kEventsPath: server-sent events.
struct EventFeed {
  // What a reader is told first, after the event that it says it had last; empty: it had none.
  std::function<std::string(std::string_view last_id)> first_words;
  std::string policy = Page{}.policy;
};
inline constexpr std::string_view kEventsPath = "/v1/events";

// HTTP/1.1 over sockets that somebody else has accepted, in the one loop of this process. Answers
// GET and HEAD of one path a connection, and closes it; nobody has more time than the limit. An
// answer serves everyone who asks for its path within a quarter of a second, so that many clients
// cost little more than one.
//
// Who asks for kEventsPath is told what happens for as long as it reads: at most kStreamsMax, and
// a quarter of all connections, at once. Who does not read is dropped, and counted.
class HttpServer {
 public:
  using Find = std::function<Page(std::string_view path)>;
  static constexpr std::size_t kStreamsMax = 32;

  struct Limits {
    std::uint32_t connections = 0;  // at once; of one address half as many
    Duration timeout{0};            // of a connection, from its first moment to its last
    bool operator==(const Limits&) const = default;
  };

  // An error: the library does not start.
  static Result<std::unique_ptr<HttpServer>> start(EventLoop& loop, const Limits& limits, Find find,
                                                   EventFeed feed);
  ~HttpServer();
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  // A connection, non-blocking. One too many is closed.
  void serve(OwnedFd socket, const sockaddr* address, socklen_t size);

  void tell(std::string_view message);  // to everyone who reads events
  StreamCounts streams() const;

 private:
  class Impl;
  explicit HttpServer(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace holdfast::monitor
