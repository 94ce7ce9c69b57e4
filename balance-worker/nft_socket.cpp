// SPDX-License-Identifier: Apache-2.0
#include "balance-worker/nft_socket.h"

#include <linux/netlink.h>

#include <cerrno>
#include <span>
#include <utility>

#include "common/netlink.h"
#include "common/nf_tables.h"
#include "common/os_error.h"
#include "common/socket_buffers.h"

namespace holdfast::balance {
namespace {

constexpr std::size_t kDatagramMax = 64U << 10U;  // the kernel makes none of more than 32 KiB
// A transaction is sent at once, whatever its size: 20000 servers are about 4 MiB.
constexpr int kSendBuffer = 64 << 20;
constexpr int kReadTries = 10;

}  // namespace

NftSocket::NftSocket(OwnedFd socket) : socket_(std::move(socket)), buffer_(kDatagramMax) {}

Result<NftSocket> NftSocket::open() {
  Result<OwnedFd> socket = nft::open_socket();
  if (!socket) return tl::unexpected(socket.error());
  enlarge_send_buffer(*socket, kSendBuffer);
  return NftSocket(std::move(*socket));
}

// The kernel carries it out within send(): then its answers are queued.
int NftSocket::change(const std::vector<std::uint8_t>& packet, std::uint32_t last) {
  sequence_ = last;
  if (!netlink_send(socket_, packet)) return errno;
  int error = 0;
  bool acknowledged = false;
  for (;;) {
    std::span<std::uint8_t> datagram;
    const Receipt receipt = netlink_receive(socket_, buffer_, datagram);
    if (receipt == Receipt::kNothing) break;
    if (receipt == Receipt::kLost) continue;
    const auto* message = reinterpret_cast<const nlmsghdr*>(datagram.data());
    auto rest = static_cast<std::uint32_t>(datagram.size());
    for (; NLMSG_OK(message, rest); message = NLMSG_NEXT(message, rest)) {
      const auto answer = netlink_answer(message);
      if (!answer) continue;
      acknowledged = true;
      if (error == 0) error = *answer;
    }
  }
  return acknowledged ? error : EIO;
}

Result<void> NftSocket::ask(const std::vector<std::uint8_t>& request, const std::string& table,
                            NftContents& contents) {
  const auto failed = [&] {
    return fail_errno("cannot read the table " + table + " of nf_tables");
  };
  contents.answer.reset();
  if (!netlink_send(socket_, request)) return failed();
  while (!contents.answer) {
    // The kernel queues the next part as the one before it is read: there is nothing to wait for.
    std::span<std::uint8_t> datagram;
    if (netlink_receive(socket_, buffer_, datagram) != Receipt::kDatagram) return failed();
    take_datagram(datagram, sequence_, table, contents);
  }
  return {};
}

Result<NftContents> NftSocket::read(const std::string& table) {
  NftContents contents;
  if (auto asked = ask(nft::table_request(table, next()), table, contents); !asked) {
    return tl::unexpected(asked.error());
  }
  if (*contents.answer == ENOENT) return contents;
  if (*contents.answer != 0) return fail(nft::words_for(*contents.answer));
  for (const auto& request : {nft::chains_request, nft::rules_request, nft::sets_request}) {
    if (auto asked = ask(request(table, next()), table, contents); !asked) {
      return tl::unexpected(asked.error());
    }
  }
  return contents;
}

Result<NftContents> NftSocket::read_whole(const std::string& table, const Wanted& wanted) {
  for (int i = 0; i < kReadTries; ++i) {
    Result<NftContents> contents = read(table);
    if (!contents) return contents;
    for (const std::string& set : wanted(*contents)) {
      if (!contents->sets.contains(set)) continue;
      if (auto asked = read_elements(table, set, *contents); !asked) {
        return tl::unexpected(asked.error());
      }
    }
    if (!contents->interrupted) return contents;
  }
  return fail("cannot read the table " + table + " of nf_tables: it changes all the time");
}

Result<void> NftSocket::read_elements(const std::string& table, const std::string& set,
                                      NftContents& contents) {
  if (auto asked = ask(nft::elements_request(table, set, next()), table, contents); !asked) {
    return asked;
  }
  if (*contents.answer == ENOENT) contents.interrupted = true;
  return {};
}

}  // namespace holdfast::balance
