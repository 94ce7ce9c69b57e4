// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <queue>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "common/event_loop.h"
#include "common/worker.h"
#include "vrrp-worker/core/vrrp_core.h"
#include "vrrp-worker/netlink.h"
#include "vrrp-worker/netlink_filter.h"
#include "vrrp-worker/receiver.h"
#include "vrrp-worker/sender.h"

namespace holdfast::vrrp {

// The shell around the core: it turns what the supervisor, the kernel and the network say into
// events, and the core's actions into system calls. It decides nothing.
class VrrpWorker {
 public:
  VrrpWorker(EventLoop& loop, Netlink netlink, NetlinkFilter filter, Sender sender);

 private:
  Result<void> configure(OwnedFd document);
  void message(const Message& message);
  void follow_the_clock(Time now);
  void tell_news();

  // Tells the core one event, and does what it answers.
  void happen(const VrrpEvent& event);
  void hear(int link, std::span<const Datagram> datagrams);
  void settle();
  void catch_up();

  // Actions (worker_actions.cpp).
  struct InHand {
    VrrpActions actions;
    std::vector<const VrrpAction*> left;  // of these
  };
  void perform(VrrpActions actions);
  void keep_up();
  void perform_some(std::span<const VrrpAction* const> actions);
  template <typename Item>
  void send(const std::vector<const Item*>& items);
  void execute(std::vector<AddressCommand>& commands);
  void note(const Netlink::Refused& refused);
  void change(const DeviceChange& change);
  void execute(std::vector<RouteCommand>& commands);
  void execute(std::vector<RuleCommand>& commands);
  void execute(std::vector<FilterCommand>& commands);

  void listen();
  void warn(int link, const std::string& trouble);  // 0: it concerns none

  EventLoop& loop_;
  Netlink netlink_;
  NetlinkFilter filter_;
  Sender sender_;
  VrrpCore core_;
  Duration real_time_ahead_{};     // as the core knows it
  std::queue<InHand> in_hand_;     // what is to be done, in order
  bool performing_ = false;        // the first of it
  std::queue<VrrpEvent> refused_;  // of the actions performed last
  bool reading_ = false;           // a packet is in hand
  bool news_at_once_ = false;      // of what was made, which the core waits for
  std::map<std::pair<int, std::string>, std::uint64_t> troubles_;
  Receiver receiver_;
  Timer timer_;
  Timer reread_;  // what there is, after events were lost
  Watch kernel_events_;
  std::optional<Watch> filter_events_;  // if the kernel has any
  Worker supervisor_;
};

}  // namespace holdfast::vrrp
