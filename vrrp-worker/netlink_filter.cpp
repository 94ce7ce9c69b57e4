// SPDX-License-Identifier: Apache-2.0
#include "vrrp-worker/netlink_filter.h"

#include <algorithm>
#include <cerrno>
#include <system_error>
#include <utility>

#include "common/log.h"
#include "common/nf_tables.h"
#include "common/os_error.h"
#include "vrrp-worker/netlink_messages.h"
#include "vrrp-worker/netlink_socket.h"

namespace holdfast::vrrp {
namespace {

constexpr std::size_t kDatagramMax = 64U << 10U;  // the kernel makes none of more than 32 KiB
constexpr std::size_t kBatchMax = 1024;           // commands in one transaction: less than 64 KiB
constexpr int kReadTries = 10;

bool makes(std::span<const FilterCommand> commands) {
  return std::any_of(commands.begin(), commands.end(), [](const FilterCommand& command) {
    return std::holds_alternative<MakeFilter>(command);
  });
}

}  // namespace

NetlinkFilter NetlinkFilter::open() {
  NetlinkFilter filter;
  filter.buffer_.resize(kDatagramMax);
  Result<OwnedFd> commands = nft::open_socket();
  Result<OwnedFd> events = nft::open_socket();
  if (!commands || !events) {
    log(LogLevel::kDebug, (commands ? events : commands).error().message);
    return filter;
  }
  filter.commands_ = std::move(*commands);
  filter.events_ = std::move(*events);
  filter.port_ = port_of(filter.commands_);
  return filter;
}

// ---- Commands. The kernel carries them out within send().

Result<void> NetlinkFilter::execute(std::span<const FilterCommand> commands) {
  if (!commands_) return fail(nft::words_for(EPROTONOSUPPORT));
  if (makes(commands)) {
    listen();
    stale_ = true;  // The core wants to hear that it is there.
  }
  while (!commands.empty()) {
    const auto batch = commands.first(std::min(commands.size(), kBatchMax));
    commands = commands.subspan(batch.size());
    if (auto done = execute_one(batch); !done) return done;
  }
  return {};
}

Result<void> NetlinkFilter::execute_one(std::span<const FilterCommand> commands) {
  std::vector<std::uint8_t> packet;
  sequence_ = append_transaction(packet, commands, sequence_ + 1);
  if (!netlink_send(commands_, packet)) return fail(nft::words_for(errno));
  int error = 0;
  bool acknowledged = false;
  std::span<std::uint8_t> datagram;
  for (;;) {
    const Receipt receipt = netlink_receive(commands_, buffer_, datagram);
    if (receipt == Receipt::kNothing) break;
    if (receipt == Receipt::kLost) continue;
    for (const KernelMessage& message : decode_datagram(datagram)) {
      const auto* const answer = std::get_if<Answer>(&message.content);
      if (answer == nullptr) continue;
      acknowledged = true;
      if (error == 0) error = answer->error;
    }
  }
  if (!acknowledged) return fail("the kernel does not answer");
  if (error == 0) return {};
  // Somebody else took the table, or a part of it, away.
  if (error == ENOENT && !makes(commands)) {
    stale_ = true;
    return {};
  }
  return fail(nft::words_for(error));
}

// ---- What there is.

void NetlinkFilter::listen() {
  if (listening_) return;
  listening_ = hear_of_filters(events_);
  if (listening_) return;
  log(LogLevel::kWarning,
      "cannot hear of changes of the packet filter: " + std::generic_category().message(errno));
}

std::optional<FilterRead> NetlinkFilter::news() {
  if (!commands_) return std::nullopt;
  drain_events();
  for (int i = 0; stale_ && i < kReadTries; ++i) {
    const Result<Filter> filter = read();
    if (!filter) {
      log(LogLevel::kError, filter.error().message);
      return std::nullopt;
    }
    if (interrupted_) continue;
    // What changes from now on, events tell.
    if (filter->there && !listening_) {
      listen();
      if (listening_) continue;
    }
    stale_ = false;
    return FilterRead{*filter};
  }
  return std::nullopt;
}

void NetlinkFilter::drain_events() {
  std::span<std::uint8_t> datagram;
  for (;;) {
    switch (netlink_receive(events_, buffer_, datagram)) {
      case Receipt::kDatagram: {
        const std::vector<std::uint32_t> authors = filter_news_in(datagram).authors;
        stale_ |= std::any_of(authors.begin(), authors.end(),
                              [&](std::uint32_t author) { return author != port_; });
        break;
      }
      case Receipt::kNothing:
        return;
      case Receipt::kLost:
        stale_ = true;
        break;
    }
  }
}

Result<Filter> NetlinkFilter::read() {
  interrupted_ = false;
  Filter filter;
  FilterNews news;
  const auto ends_well = [&](const std::vector<std::uint8_t>& request) -> Result<bool> {
    const Result<int> error = ask(request, news);
    if (!error) return tl::unexpected(error.error());
    return *error == 0;
  };
  // A kernel without nf_tables says so, in one way or another: there is no table.
  const Result<bool> there = ends_well(nft::table_request(kFilterTable, ++sequence_));
  if (!there) return tl::unexpected(there.error());
  filter.there = *there && news.table;
  if (!filter.there) return filter;
  const Result<bool> rules = ends_well(nft::rules_request(kFilterTable, ++sequence_));
  if (!rules) return tl::unexpected(rules.error());
  filter.whole = *rules && news.rules == comments_of_filter();
  for (const FilterSet set : kFilterSets) {
    const Result<bool> entries = ends_well(entries_request(set, ++sequence_));
    if (!entries) return tl::unexpected(entries.error());
    filter.whole = filter.whole && *entries;
  }
  if (filter.whole) filter.entries = std::move(news.entries);
  return filter;
}

Result<int> NetlinkFilter::ask(const std::vector<std::uint8_t>& request, FilterNews& news) {
  const std::uint32_t sequence = sequence_;
  if (!netlink_send(commands_, request)) return fail_errno("cannot read the packet filter");
  std::span<std::uint8_t> datagram;
  for (;;) {
    // The kernel queues the next part as the one before it is read: there is nothing to wait for.
    if (netlink_receive(commands_, buffer_, datagram) != Receipt::kDatagram) {
      return fail_errno("cannot read the packet filter");
    }
    FilterNews more = filter_news_in(datagram);
    interrupted_ = interrupted_ || more.interrupted;
    news.table = news.table || more.table;
    news.rules.insert(news.rules.end(), more.rules.begin(), more.rules.end());
    news.entries.merge(more.entries);
    for (const KernelMessage& message : decode_datagram(datagram)) {
      const auto* const answer = std::get_if<Answer>(&message.content);
      if (answer == nullptr || message.sequence != sequence) continue;
      interrupted_ = interrupted_ || message.interrupted;
      return answer->error;
    }
  }
}

}  // namespace holdfast::vrrp
