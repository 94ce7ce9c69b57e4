// SPDX-License-Identifier: Apache-2.0
#include "common/netlink.h"

#include <linux/netlink.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>

namespace holdfast {

bool netlink_send(const OwnedFd& socket, std::span<const std::uint8_t> packet) {
  return ::send(socket.get(), packet.data(), packet.size(), MSG_DONTWAIT) >= 0;
}

Receipt netlink_receive(const OwnedFd& socket, std::span<std::uint8_t> buffer,
                        std::span<std::uint8_t>& datagram) {
  for (;;) {
    sockaddr_nl sender{};
    iovec data{buffer.data(), buffer.size()};
    msghdr header{};
    header.msg_name = &sender;
    header.msg_namelen = sizeof sender;
    header.msg_iov = &data;
    header.msg_iovlen = 1;
    const ssize_t size = ::recvmsg(socket.get(), &header, MSG_DONTWAIT);
    if (size < 0 && errno == EINTR) continue;
    if (size < 0) return errno == EAGAIN ? Receipt::kNothing : Receipt::kLost;
    if (sender.nl_pid != 0) continue;  // another process: only the kernel is to be believed
    if ((header.msg_flags & MSG_TRUNC) != 0) {
      errno = ENOBUFS;
      return Receipt::kLost;
    }
    datagram = buffer.first(static_cast<std::size_t>(size));
    return Receipt::kDatagram;
  }
}

// Both begin with the error, negative.
std::optional<int> netlink_answer(const nlmsghdr* message) {
  if (message->nlmsg_type != NLMSG_ERROR && message->nlmsg_type != NLMSG_DONE) return std::nullopt;
  int error = 0;
  if (message->nlmsg_len >= NLMSG_LENGTH(sizeof error)) {
    std::memcpy(&error, NLMSG_DATA(message), sizeof error);
  }
  return -error;
}

}  // namespace holdfast
