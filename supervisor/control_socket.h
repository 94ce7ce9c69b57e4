// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <functional>
#include <list>
#include <memory>
#include <string>

#include "common/core/result.h"
#include "common/event_loop.h"
#include "common/owned_fd.h"

namespace holdfast::supervisor {

// A Unix socket for root. Who connects gets one document and its end; nothing is read from anyone,
// so that there is nothing to parse. Bounded: some clients at once, each for a short time; more of
// them wait in the socket's queue.
class ControlSocket {
 public:
  using Document = std::function<std::string()>;

  static Result<std::unique_ptr<ControlSocket>> open(EventLoop& loop, const std::string& path,
                                                     Document document);
  ~ControlSocket();
  ControlSocket(const ControlSocket&) = delete;
  ControlSocket& operator=(const ControlSocket&) = delete;

 private:
  struct Client {
    OwnedFd socket;
    std::string rest;  // still to be written
    std::unique_ptr<Timer> deadline;
    Watch watch;
  };
  using Clients = std::list<Client>;

  ControlSocket(EventLoop& loop, std::string path, OwnedFd socket, Document document);
  void accept();
  void serve(OwnedFd socket);
  void write(Clients::iterator client);
  void drop(Clients::iterator client);

  EventLoop& loop_;
  std::string path_;
  OwnedFd socket_;
  Document document_;
  Clients clients_;
  Watch watch_;
};

}  // namespace holdfast::supervisor
