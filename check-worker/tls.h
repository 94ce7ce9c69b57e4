// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>

#include "common/core/ip.h"
#include "common/core/result.h"
#include "common/core/time.h"
#include "config/config.h"

// TLS as a client, without a socket: bytes in, bytes out. The one file with OpenSSL is tls.cpp.
namespace holdfast::check {

// One connection. Whatever the peer sends, it keeps no more than OpenSSL's own bounds allow.
class TlsStream {
 public:
  class Impl;
  explicit TlsStream(std::unique_ptr<Impl> impl);
  ~TlsStream();

  struct Progress {
    bool established = false;  // now: the handshake is done, the certificate as configured
    bool closed = false;       // the peer has said its last byte
    std::string plain;         // what it said
  };

  void receive(std::string_view bytes);  // from the wire; to be followed by advance()
  // As far as what was received goes; called again until it has nothing to tell. An error is final.
  Result<Progress> advance();
  void write(std::string_view plain);  // once established
  std::string take_outgoing();         // for the wire

  bool established() const;
  std::string protocol() const;  // of an established one: what ALPN agreed upon; or empty
  // Of an established one, for a person: "TLSv1.3, TLS_AES_256_GCM_SHA384, resumed; the certificate
  // is of /CN=shop.example.com and ends in 80 days".
  std::string description() const;

 private:
  std::unique_ptr<Impl> impl_;
};

// What connections share: the files that TLS configurations name, one OpenSSL context a
// configuration, and the sessions that are resumed. A session is used for ten minutes after the
// certificate was last seen and verified, so that a new one is noticed.
class TlsClient {
 public:
  TlsClient();
  ~TlsClient();

  // By path. Contexts are made again if a file has changed.
  void set_files(std::map<std::string, std::string> files);

  // Forgets what connections of other configurations shared.
  void keep_only(const std::set<TlsConfig>& used);
  std::size_t contexts() const { return contexts_.size(); }

  // An error is a fault of this node's own.
  Result<std::unique_ptr<TlsStream>> connect(const TlsConfig& config, const Endpoint& target,
                                             Time now);

  class Context;

 private:
  std::map<std::string, std::string> files_;
  std::map<TlsConfig, std::shared_ptr<Context>> contexts_;
};

}  // namespace holdfast::check
