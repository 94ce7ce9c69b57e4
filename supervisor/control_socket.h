// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "common/core/result.h"
#include "common/event_loop.h"
#include "common/owned_fd.h"

namespace holdfast::supervisor {

// A Unix socket for root. Who connects says one line, and gets one document and its end. Bounded:
// some clients at once, a line of at most kRequestMax bytes, and for the line, the answer and the
// reading of it a time each; more clients wait in the socket's queue.
class ControlSocket {
 public:
  // Wanted once, at once or later. Whoever asked may have gone by then. Not after this socket.
  using Answer = std::function<void(std::string document)>;
  // The line is without its end and lives no longer than the call. It may be anything.
  using Handler = std::function<void(std::string_view line, Answer answer)>;

  static Result<std::unique_ptr<ControlSocket>> open(EventLoop& loop, const std::string& path,
                                                     Handler handler);
  // The socket of the program that this process was before.
  static std::unique_ptr<ControlSocket> take_over(EventLoop& loop, const std::string& path,
                                                  OwnedFd socket, Handler handler);
  ~ControlSocket();
  ControlSocket(const ControlSocket&) = delete;
  ControlSocket& operator=(const ControlSocket&) = delete;

  int descriptor() const { return socket_.get(); }
  bool talking() const;             // somebody asks, or is told, at this moment
  std::vector<int> askers() const;  // the sockets of those whose answer is awaited
  // A client of the former program, who asked there and is to be answered by this.
  Answer adopt_asker(OwnedFd socket);

 private:
  struct Client {
    OwnedFd socket;
    std::string line;  // as far as it has come
    bool asked = false;
    std::string rest;  // of the answer: still to be written
    std::unique_ptr<Timer> deadline;
    Watch watch;
  };
  using Id = std::uint64_t;

  ControlSocket(EventLoop& loop, std::string path, OwnedFd socket, Handler handler);
  void accept();
  Id serve(OwnedFd socket);
  void read(Id id);
  void ask(Id id);
  Answer await_answer(Id id);
  void answer(Id id, std::string document);
  void write(Id id);
  void drop(Id id);

  EventLoop& loop_;
  std::string path_;
  OwnedFd socket_;
  Handler handler_;
  std::map<Id, Client> clients_;
  Id last_ = 0;
  Watch watch_;
};

}  // namespace holdfast::supervisor
