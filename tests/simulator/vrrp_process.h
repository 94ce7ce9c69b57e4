// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <queue>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "tests/simulator/worker.h"
#include "vrrp-worker/core/vrrp_core.h"

namespace holdfast::simulator {

// The vrrp-worker: the real VrrpCore on the simulated kernel and LANs.
class VrrpProcess : public Worker {
 public:
  using Worker::Worker;

  // From the kernel: a packet on an interface, and word that interfaces or addresses changed.
  void packet_came(int link, std::shared_ptr<const std::vector<std::uint8_t>> packet);
  void netlink_has_news();

  // What it has said of a router; null: nothing.
  const RouterState* router(const std::string& name) const;
  bool knows_the_kernel() const;
  bool holds(int link, const IpPrefix& prefix) const;

 private:
  static constexpr std::size_t kNetlink = 3;
  static constexpr std::size_t kPackets = 4;
  static constexpr std::size_t kSocketBuffer = 256;  // packets; more are lost

  Sources sources() const override;
  void serve(std::size_t source) override;
  void start_up() override;
  void configure(const Config& before) override;
  void tell(const Message& retained) override;
  void start(std::optional<Time> last_alive) override { happen(vrrp::Begin{last_alive}); }
  void shut_down() override { happen(vrrp::Stop{}); }
  void wake() override { happen(vrrp::Wake{}); }

  bool is_for_us(int link, const std::vector<std::uint8_t>& packet) const;
  void happen(const vrrp::VrrpEvent& event) { follow_up(consult(event)); }
  void follow_up(const vrrp::VrrpActions& actions);
  void links_changed();
  void take_packet();
  vrrp::VrrpActions consult(const vrrp::VrrpEvent& event);
  void perform(const vrrp::VrrpActions& actions);
  void add(const vrrp::AddAddress& add);
  void remove(const vrrp::RemoveAddress& remove);
  void send_packet(const vrrp::SendPacket& packet);
  void say(const Message& message);
  std::optional<vrrp::VrrpEvent> news();

  vrrp::VrrpCore core_;
  vrrp::Listening listening_;
  std::queue<vrrp::AddressRefused> refused_;
  std::map<int, vrrp::Link> told_;  // what the core knows of links, and takes as done
  Time news_ = kNever;
  Mailbox<std::pair<int, std::shared_ptr<const std::vector<std::uint8_t>>>> packets_;
};

}  // namespace holdfast::simulator
