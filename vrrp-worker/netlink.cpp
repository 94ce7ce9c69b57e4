// SPDX-License-Identifier: Apache-2.0
#include "vrrp-worker/netlink.h"

#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <system_error>
#include <utility>

#include "common/core/overloaded.h"
#include "common/log.h"
#include "common/os_error.h"
#include "vrrp-worker/socket_buffers.h"

namespace holdfast::vrrp {
namespace {

// Room for some thousands of events: the kernel counts each as about 768 bytes.
constexpr int kReceiveBuffer = 4 << 20;
constexpr std::size_t kDatagramMax = 64U << 10U;  // the kernel makes none of more than 32 KiB
// Requests in one send(): not more than have room in its buffer, whatever a container allows.
constexpr std::size_t kBatchMax = 1024;
constexpr std::size_t kAnswerSize = 1024;  // of one that failed, as the kernel counts it
constexpr int kResyncTries = 10;

Result<OwnedFd> open_socket(unsigned groups) {
  OwnedFd socket(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE));
  if (!socket) return fail_errno("cannot open a netlink socket");
  const int on = 1;
  // Without these the kernel's words are missing from the log, and no more.
  ::setsockopt(socket.get(), SOL_NETLINK, NETLINK_EXT_ACK, &on, sizeof on);
  ::setsockopt(socket.get(), SOL_NETLINK, NETLINK_CAP_ACK, &on, sizeof on);
  enlarge_receive_buffer(socket, kReceiveBuffer);
  sockaddr_nl local{};
  local.nl_family = AF_NETLINK;
  local.nl_groups = groups;
  if (::bind(socket.get(), reinterpret_cast<const sockaddr*>(&local), sizeof local) != 0) {
    return fail_errno("cannot bind a netlink socket");
  }
  return socket;
}

// So many that the answers fit into the receive buffer, should all of them fail.
std::size_t batch_for(const OwnedFd& socket) {
  int room = 0;
  socklen_t size = sizeof room;
  if (::getsockopt(socket.get(), SOL_SOCKET, SO_RCVBUF, &room, &size) != 0) return 1;
  return std::clamp<std::size_t>(static_cast<std::size_t>(room) / kAnswerSize, 1, kBatchMax);
}

bool send(const OwnedFd& socket, std::span<const std::uint8_t> packet) {
  return ::send(socket.get(), packet.data(), packet.size(), MSG_DONTWAIT) >= 0;
}

enum class Receipt { kDatagram, kNothing, kLost };

// The next datagram that is queued, cut to `datagram`. kLost: errno tells; ENOBUFS means that there
// was more than the socket had room for.
Receipt receive(const OwnedFd& socket, std::span<std::uint8_t> buffer,
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

// The state that was asked for is there, whoever made it.
bool is_as_asked(const AddressCommand& command, int error) {
  switch (command.verb) {
    case AddressCommand::Verb::kAdd:
      return error == 0 || error == EEXIST;
    case AddressCommand::Verb::kRemove:
      return error == 0 || error == EADDRNOTAVAIL || error == ENODEV;
  }
  return false;
}

}  // namespace

Netlink::Netlink(OwnedFd commands, OwnedFd events)
    : commands_(std::move(commands)),
      events_(std::move(events)),
      batch_(batch_for(commands_)),
      buffer_(kDatagramMax) {}

Result<Netlink> Netlink::open() {
  Result<OwnedFd> commands = open_socket(0);
  if (!commands) return tl::unexpected(commands.error());
  Result<OwnedFd> events = open_socket(RTMGRP_LINK | RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR);
  if (!events) return tl::unexpected(events.error());
  Netlink netlink(std::move(*commands), std::move(*events));
  if (auto read = netlink.resync(); !read) return tl::unexpected(read.error());
  return netlink;
}

// ---- Commands. The kernel carries them out within send(): then their answers are queued, and so
// are the events that they cause.

std::vector<Netlink::Refused> Netlink::execute(std::span<const AddressCommand> commands) {
  std::vector<Refused> refused;
  while (!commands.empty()) {
    const auto batch = commands.first(std::min(commands.size(), batch_));
    commands = commands.subspan(batch.size());
    execute_batch(batch, refused);
  }
  return refused;
}

void Netlink::execute_batch(std::span<const AddressCommand> batch, std::vector<Refused>& refused) {
  for (const AddressCommand& command : batch) {
    if (command.verb == AddressCommand::Verb::kRemove) keep_secondaries(command.link);
  }
  const std::uint32_t first = sequence_ + 1;
  std::vector<std::uint8_t> packet;
  for (const AddressCommand& command : batch) {
    append_request(packet, command, ++sequence_, &command == &batch.back());
  }
  if (!send(commands_, packet)) {
    const std::string error = std::generic_category().message(errno);
    for (const AddressCommand& command : batch) refused.push_back({command, error});
    return;
  }
  std::vector<bool> done(batch.size(), true);
  bool acknowledged = false;
  for (const KernelMessage& message : read_answers(sequence_)) {
    const auto* const answer = std::get_if<Answer>(&message.content);
    const std::uint32_t place = message.sequence - first;
    if (answer == nullptr || place >= batch.size()) continue;
    acknowledged |= place + 1 == batch.size();
    if (is_as_asked(batch[place], answer->error)) continue;
    done[place] = false;
    refused.push_back({batch[place], answer->text});
  }
  if (!acknowledged) {
    stale_ = true;  // What was done, only the kernel knows now.
    return;
  }
  for (std::size_t i = 0; i < batch.size(); ++i) {
    if (done[i]) core_knows(batch[i]);
  }
}

void Netlink::core_knows(const AddressCommand& command) {
  switch (command.verb) {
    case AddressCommand::Verb::kAdd:
      return mirror_.core_knows(command.link, {command.prefix, true});
    case AddressCommand::Verb::kRemove:
      return mirror_.core_knows_gone(command.link, command.prefix);
  }
}

// By default the kernel removes the first address of a subnet together with all others of that
// subnet: those of other instances, or of somebody else.
void Netlink::keep_secondaries(int link) {
  if (!keeping_secondaries_.insert(link).second) return;
  if (!send(commands_, promote_secondaries_request(link, ++sequence_))) return;
  for (const KernelMessage& message : read_answers(sequence_)) {
    const auto* const answer = std::get_if<Answer>(&message.content);
    if (answer == nullptr || answer->error == 0 || answer->error == ENODEV) continue;
    log(LogLevel::kWarning, "cannot set promote_secondaries on interface " + std::to_string(link) +
                                ": " + answer->text);
  }
}

// All that is queued, up to the answer to the request `last`.
std::vector<KernelMessage> Netlink::read_answers(std::uint32_t last) {
  std::vector<KernelMessage> answers;
  std::span<std::uint8_t> datagram;
  for (;;) {
    const Receipt receipt = receive(commands_, buffer_, datagram);
    if (receipt == Receipt::kNothing) return answers;
    if (receipt == Receipt::kLost) continue;
    for (KernelMessage& message : decode_datagram(datagram)) answers.push_back(std::move(message));
    if (!answers.empty() && answers.back().sequence == last) return answers;
  }
}

// ---- Events.

std::optional<VrrpEvent> Netlink::news() {
  drain_events();
  if (stale_) {
    if (auto read = resync(); !read) {
      log(LogLevel::kError, read.error().message);
      return std::nullopt;  // The next event, or the next command, is another try.
    }
  }
  return mirror_.news();
}

void Netlink::drain_events() {
  std::span<std::uint8_t> datagram;
  for (;;) {
    switch (receive(events_, buffer_, datagram)) {
      case Receipt::kDatagram:
        for (const KernelMessage& message : decode_datagram(datagram)) apply(message);
        break;
      case Receipt::kNothing:
        return;
      case Receipt::kLost:
        HF_CHECK(errno == ENOBUFS);
        stale_ = true;
        break;
    }
  }
}

// The events that were queued before a dump are applied after it. In their order they lead to what
// it told, or to what came later.
Result<void> Netlink::resync() {
  for (int i = 0; i < kResyncTries; ++i) {
    mirror_.clear();
    const Result<bool> links = dump(Dump::kLinks);
    if (!links) return tl::unexpected(links.error());
    const Result<bool> addresses = dump(Dump::kAddresses);
    if (!addresses) return tl::unexpected(addresses.error());
    stale_ = !*links || !*addresses;
    drain_events();
    if (!stale_) return {};
  }
  return fail("the interfaces change faster than they can be read");
}

// False: things changed meanwhile, and the kernel may have left something out.
Result<bool> Netlink::dump(Dump what) {
  const std::string trouble =
      what == Dump::kLinks ? "cannot read the interfaces" : "cannot read the addresses";
  const std::uint32_t sequence = ++sequence_;
  if (!send(commands_, dump_request(what, sequence))) return fail_errno(trouble);
  bool consistent = true;
  std::span<std::uint8_t> datagram;
  for (;;) {
    // The kernel queues the next part as the one before it is read: there is nothing to wait for.
    if (receive(commands_, buffer_, datagram) != Receipt::kDatagram) return fail_errno(trouble);
    for (const KernelMessage& message : decode_datagram(datagram)) {
      if (message.sequence != sequence) continue;
      if (message.interrupted) consistent = false;
      if (const auto* const end = std::get_if<Answer>(&message.content)) {
        if (end->error != 0) return fail(trouble + ": " + end->text);
        return consistent;
      }
      apply(message);
    }
  }
}

void Netlink::apply(const KernelMessage& message) {
  std::visit(
      Overloaded{
          [](const Answer&) {},
          [this](const LinkIs& is) { mirror_.set_link(is.link); },
          [this](const LinkIsGone& gone) {
            keeping_secondaries_.erase(gone.index);
            mirror_.remove_link(gone.index);
          },
          [this](const AddressIs& is) { mirror_.set_address(is.link, is.address); },
          [this](const AddressIsGone& gone) { mirror_.remove_address(gone.link, gone.prefix); },
      },
      message.content);
}

}  // namespace holdfast::vrrp
