// SPDX-License-Identifier: Apache-2.0
#include "common/channel.h"

#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <vector>

#include "common/os_error.h"

namespace holdfast {
namespace {

// At one wake-up, and those of the last packet: a flood must not keep the loop from its timers.
constexpr int kMessagesPerWakeup = 64;

// Room for all that 4,000 virtual routers say at once, several times over: the kernel counts a
// small message as about 1 KiB.
constexpr int kSendBuffer = 16 << 20;

constexpr std::size_t kDescriptorsMax = 253;  // the kernel's SCM_MAX_FD

struct Packet {
  ssize_t size = -1;  // 0: the peer has closed; -1: errno tells
  int flags = 0;      // MSG_TRUNC, MSG_CTRUNC
  std::vector<OwnedFd> descriptors;
};

// Takes ownership of every descriptor of the packet, whatever else is wrong with it.
Packet read_packet(int socket, std::span<std::uint8_t> buffer) {
  iovec data{buffer.data(), buffer.size()};
  alignas(cmsghdr) std::array<char, CMSG_SPACE(kDescriptorsMax * sizeof(int))> control{};
  msghdr header{};
  header.msg_iov = &data;
  header.msg_iovlen = 1;
  header.msg_control = control.data();
  header.msg_controllen = control.size();

  Packet packet;
  do {
    packet.size = ::recvmsg(socket, &header, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
    // A peer that went away without reading all we sent is reported first. What it said before is
    // still to be read, and then its end.
  } while (packet.size < 0 && (errno == EINTR || errno == ECONNRESET));
  if (packet.size < 0) return packet;
  packet.flags = header.msg_flags;
  for (cmsghdr* part = CMSG_FIRSTHDR(&header); part != nullptr; part = CMSG_NXTHDR(&header, part)) {
    if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_RIGHTS) continue;
    const std::size_t count = (part->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    for (std::size_t i = 0; i < count; ++i) {
      int descriptor = -1;
      std::memcpy(&descriptor, CMSG_DATA(part) + i * sizeof(int), sizeof(int));
      packet.descriptors.emplace_back(descriptor);
    }
  }
  return packet;
}

std::string what_is_wrong(const Packet& packet) {
  if ((packet.flags & MSG_TRUNC) != 0) {
    return "a packet of more than " + std::to_string(kMessageSizeMax) + " bytes";
  }
  if ((packet.flags & MSG_CTRUNC) != 0) return "descriptors that could not all be received";
  if (packet.descriptors.size() > 1) {
    return std::to_string(packet.descriptors.size()) + " descriptors in one packet";
  }
  return "";
}

}  // namespace

Channel::Channel(EventLoop& loop, OwnedFd socket, Callbacks callbacks)
    : socket_(std::move(socket)),
      callbacks_(std::make_shared<const Callbacks>(std::move(callbacks))),
      alive_(std::make_shared<bool>(true)),
      watch_(loop, socket_.get(), Ready{true, false}, [this](Ready) { receive(); }) {}

Channel::~Channel() {
  *alive_ = false;
}

bool Channel::receive() {
  const auto alive = alive_;
  for (int left = kMessagesPerWakeup; left > 0;) {
    if (!receive_packet(left) || !*alive) return false;
  }
  return true;
}

bool Channel::receive_packet(int& left) {
  if (!socket_) return false;
  std::array<std::uint8_t, kMessageSizeMax> buffer;  // NOLINT: the kernel fills what is read
  Packet packet = read_packet(socket_.get(), buffer);
  const auto callbacks = callbacks_;
  if (packet.size < 0 && errno == EAGAIN) return false;
  if (packet.size <= 0) {
    watch_ = Watch();
    socket_.reset();
    callbacks->closed();
    return false;
  }
  const std::string wrong = what_is_wrong(packet);
  if (!wrong.empty()) {
    --left;
    callbacks->violation(wrong);
    return true;
  }
  packet.descriptors.resize(1);  // none came: one that is empty
  std::span<const std::uint8_t> rest =
      std::span(buffer).first(static_cast<std::size_t>(packet.size));
  const auto alive = alive_;
  while (*alive && !rest.empty()) {
    --left;
    Result<Message> message = take_message(rest);
    if (!message) {
      callbacks->violation(message.error().message);
      break;
    }
    callbacks->message(std::move(*message), std::move(packet.descriptors.front()));
  }
  return true;
}

Result<void> Channel::send(const Message& message, int descriptor) {
  std::vector<std::uint8_t> bytes = encode(message);
  return send_packet(bytes, descriptor, name_of(message));
}

Result<void> Channel::send(std::span<const Message> messages) {
  std::vector<std::uint8_t> packet;
  std::string_view first;
  Result<void> sent;
  for (const Message& one : messages) {
    const std::vector<std::uint8_t> bytes = encode(one);
    if (packet.size() + bytes.size() > kMessageSizeMax) {
      sent = send_packet(packet, -1, first);
      if (!sent) return sent;
      packet.clear();
    }
    if (packet.empty()) first = name_of(one);
    packet.insert(packet.end(), bytes.begin(), bytes.end());
  }
  return packet.empty() ? sent : send_packet(packet, -1, first);
}

Result<void> Channel::send_packet(std::vector<std::uint8_t>& bytes, int descriptor,
                                  std::string_view first) {
  iovec data{bytes.data(), bytes.size()};
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int))> control{};
  msghdr header{};
  header.msg_iov = &data;
  header.msg_iovlen = 1;
  if (descriptor >= 0) {
    header.msg_control = control.data();
    header.msg_controllen = control.size();
    cmsghdr* const part = CMSG_FIRSTHDR(&header);
    part->cmsg_level = SOL_SOCKET;
    part->cmsg_type = SCM_RIGHTS;
    part->cmsg_len = CMSG_LEN(sizeof(int));
    std::memcpy(CMSG_DATA(part), &descriptor, sizeof(int));
  }
  if (::sendmsg(socket_.get(), &header, MSG_DONTWAIT | MSG_NOSIGNAL) >= 0) return {};
  const std::string what = "cannot send " + std::string(first);
  if (errno == EAGAIN) return fail(what + ": the peer is stuck, its queue is full");
  if (!socket_ || errno == EPIPE || errno == ECONNRESET) return fail(what + ": the peer is gone");
  return fail_errno(what);
}

Result<std::pair<OwnedFd, OwnedFd>> Channel::make_pair() {
  std::array<int, 2> ends{};
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends.data()) != 0) {
    return fail_errno("cannot make a channel");
  }
  for (const int end : ends) {
    // Only root may exceed the limit of the system; for others the largest allowed has to do.
    if (::setsockopt(end, SOL_SOCKET, SO_SNDBUFFORCE, &kSendBuffer, sizeof kSendBuffer) != 0) {
      ::setsockopt(end, SOL_SOCKET, SO_SNDBUF, &kSendBuffer, sizeof kSendBuffer);
    }
  }
  return std::pair{OwnedFd(ends[0]), OwnedFd(ends[1])};
}

}  // namespace holdfast
