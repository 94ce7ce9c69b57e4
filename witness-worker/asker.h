// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "common/core/ip.h"
#include "common/core/result.h"
#include "common/event_loop.h"
#include "config/check_endpoint.h"

namespace holdfast::witness {

// A request to a member of etcd.
struct Post {
  CheckEndpoint endpoint;
  IpAddress address;  // where that is
  bool tls = false;
  std::string path;
  std::string body;
  std::string token;        // empty: none
  std::string ca;           // PEM, with TLS
  std::string certificate;  // PEM, ours; empty: none
  std::string key;          // of it
  bool fresh = false;       // not by a connection that is there
  Duration timeout{};
};

// Asks by libcurl, in this loop: without threads, files, proxies or redirects.
class Asker {
 public:
  // `status`: 0, there was no answer, and `body` is why.
  using Done = std::function<void(long status, const std::string& body)>;

  // Once, while files can be read still.
  static Result<void> prepare();

  explicit Asker(EventLoop& loop);
  ~Asker();
  Asker(const Asker&) = delete;
  Asker& operator=(const Asker&) = delete;

  // `done` is never called from within.
  void ask(Post post, Done done);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace holdfast::witness
