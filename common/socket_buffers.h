// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/socket.h>

#include "common/owned_fd.h"

namespace holdfast {

// Room for a burst, which costs nothing until it comes. A container may deny to exceed the limit of
// the system; then there is as much as that allows.
inline void enlarge_receive_buffer(const OwnedFd& socket, int bytes) {
  if (::setsockopt(socket.get(), SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof bytes) != 0) {
    ::setsockopt(socket.get(), SOL_SOCKET, SO_RCVBUF, &bytes, sizeof bytes);
  }
}

inline void enlarge_send_buffer(const OwnedFd& socket, int bytes) {
  if (::setsockopt(socket.get(), SOL_SOCKET, SO_SNDBUFFORCE, &bytes, sizeof bytes) != 0) {
    ::setsockopt(socket.get(), SOL_SOCKET, SO_SNDBUF, &bytes, sizeof bytes);
  }
}

}  // namespace holdfast
