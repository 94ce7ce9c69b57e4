// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "common/core/ip.h"
#include "common/core/result.h"
#include "common/event_loop.h"
#include "config/config.h"

namespace holdfast::alert {

// A message on its way by HTTP(S) or SMTP(S).
struct HttpPart {
  std::vector<std::string> headers;  // NAME: VALUE
  std::string body;
};
struct MailPart {
  std::string from;
  std::vector<std::string> to;
  std::string text;
  MailTls tls{};
  std::string user;  // empty: none
  std::string password;
};
struct Parcel {
  std::string url;
  CheckEndpoint endpoint;  // the host of the URL
  IpAddress address;       // where that is
  std::string ca;          // PEM; empty where there is no TLS
  Duration timeout{};
  std::variant<HttpPart, MailPart> part;
};

// Carries parcels by libcurl, in this loop: without threads, files, proxies or redirects. At most
// one of each number is under way.
class Courier {
 public:
  using Done = std::function<void(bool good, const std::string& reason)>;

  // Once, while files can be read still.
  static Result<void> prepare();

  explicit Courier(EventLoop& loop);
  ~Courier();
  Courier(const Courier&) = delete;
  Courier& operator=(const Courier&) = delete;

  // `done` is never called from within.
  void send(Parcel parcel, Done done);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace holdfast::alert
