// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/core/messages.h"
#include "common/event_loop.h"
#include "common/owned_fd.h"

namespace holdfast {

// One end of a SOCK_SEQPACKET socketpair between the supervisor and a worker: a message a packet,
// or as many as fit into it, at most one descriptor beside the first.
class Channel {
 public:
  struct Callbacks {
    // `descriptor` is empty if none came.
    std::function<void(Message, OwnedFd descriptor)> message;
    // The peer sent what is no message. The channel goes on; the supervisor kills for it.
    std::function<void(std::string what)> violation;
    // The peer is gone, or reading failed. Called once; nothing is called after it.
    std::function<void()> closed;
  };

  Channel(EventLoop& loop, OwnedFd socket, Callbacks callbacks);
  ~Channel();
  Channel(const Channel&) = delete;
  Channel& operator=(const Channel&) = delete;

  // Never blocks. A full queue is an error: the peer is stuck. `descriptor` stays the caller's.
  Result<void> send(const Message& message, int descriptor = -1);
  // The same, of many in few packets: each packet is a system call here and there, and may wake the
  // peer at once.
  Result<void> send(std::span<const Message> messages);

  // Hands over what has come, as the loop does when it sees it, and at most as much. True if there
  // may be more.
  bool receive();

  int descriptor() const { return socket_.get(); }  // stays the channel's; -1: the peer is gone

  static Result<std::pair<OwnedFd, OwnedFd>> make_pair();  // close-on-exec, non-blocking

 private:
  bool receive_packet(int& left);  // `left`: messages that may still be handed over
  // `first`: the name of the first message, for an error.
  Result<void> send_packet(std::vector<std::uint8_t>& bytes, int descriptor,
                           std::string_view first);

  OwnedFd socket_;
  // A callback may destroy the channel: the callbacks live until it returns, `alive_` tells.
  std::shared_ptr<const Callbacks> callbacks_;
  std::shared_ptr<bool> alive_;
  Watch watch_;
};

}  // namespace holdfast
