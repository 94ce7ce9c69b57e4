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

namespace holdfast::monitor {

struct Page {
  unsigned status = 200;
  std::string type = "application/json";
  std::string body;
  // What a browser may do with it, beside showing it: nothing.
  std::string policy = "default-src 'none'; frame-ancestors 'none'";
};

// HTTP/1.1 over sockets that somebody else has accepted, in the one loop of this process. Answers
// GET and HEAD of one path a connection, and closes it; nobody has more time than the limit. An
// answer serves everyone who asks for its path within a quarter of a second, so that many clients
// cost little more than one.
class HttpServer {
 public:
  using Find = std::function<Page(std::string_view path)>;

  struct Limits {
    std::uint32_t connections = 0;  // at once; of one address half as many
    Duration timeout{0};            // of a connection, from its first moment to its last
    bool operator==(const Limits&) const = default;
  };

  // An error: the library does not start.
  static Result<std::unique_ptr<HttpServer>> start(EventLoop& loop, const Limits& limits,
                                                   Find find);
  ~HttpServer();
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  // A connection, non-blocking. One too many is closed.
  void serve(OwnedFd socket, const sockaddr* address, socklen_t size);

 private:
  class Impl;
  explicit HttpServer(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace holdfast::monitor
