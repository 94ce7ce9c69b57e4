// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "common/core/result.h"
#include "common/owned_fd.h"
#include "vrrp-worker/core/vrrp_core.h"
#include "vrrp-worker/netlink_filter_messages.h"

namespace holdfast::vrrp {

// Our table of this network namespace's packet filter, by nf_tables' netlink: one socket for
// commands, another for the kernel's events. Those are asked for only once there is such a table:
// other programs' tables may change all the time.
class NetlinkFilter {
 public:
  // Does not fail: who never asks for a table must not suffer for want of nf_tables.
  static NetlinkFilter open();

  // Does all of it in as few transactions as will do. An error says what the kernel did not do:
  // then nothing is known of the table. If somebody else removed it meanwhile, that is no error,
  // but news.
  Result<void> execute(std::span<const FilterCommand> commands);

  int event_fd() const { return events_.get(); }  // readable: call news(); -1: there are none
  // What there is, if that may be other than the core knows. At first, after a table was made, and
  // whenever somebody else changed it.
  std::optional<FilterRead> news();
  // It is not known what there is, and it could not be read yet: call news() a little later.
  bool stale() const { return stale_; }

 private:
  NetlinkFilter() = default;

  Result<void> execute_one(std::span<const FilterCommand> commands);
  void listen();
  void drain_events();
  Result<Filter> read();
  // Adds the answers to `news`; an errno, or 0, that the last of them ended with.
  Result<int> ask(const std::vector<std::uint8_t>& request, FilterNews& news);

  OwnedFd commands_;
  OwnedFd events_;
  std::uint32_t port_ = 0;  // of the commands
  std::vector<std::uint8_t> buffer_;
  std::uint32_t sequence_ = 0;
  bool listening_ = false;
  bool interrupted_ = false;  // something changed while it was read
  bool stale_ = true;
};

}  // namespace holdfast::vrrp
