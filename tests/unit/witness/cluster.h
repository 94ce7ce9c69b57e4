// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "vrrp-worker/core/vrrp_core.h"
#include "witness-worker/core/witness_core.h"

namespace holdfast::witness {

// Some nodes with the real cores of both workers, the LAN between them, and an etcd, in virtual
// time: whatever is sent takes a while, drawn from a seed, every link can be cut, and a worker can
// stand still. Knows at every instant whose kernel has the address.
class Cluster {
 public:
  static constexpr Duration kTtl = std::chrono::seconds{3};

  Cluster(WhenUnreachable when_unreachable, std::uint64_t seed, int nodes = 2);

  void run(Duration time);
  // Until it is so; false: it was not within the time.
  bool run_until(const std::function<bool()>& condition, Duration time);

  // ---- Faults.
  void cut_lan(bool cut) { lan_cut_ = cut; }  // all of it
  void cut_lan(int node, bool cut) { nodes_.at(at(node)).lan_cut = cut; }
  void cut_etcd(int node, bool cut) { nodes_.at(at(node)).etcd_cut = cut; }
  void lose_quorum(bool lost) { quorum_lost_ = lost; }
  void change_leader(Duration election);  // meanwhile nobody answers; every lease begins anew
  void kill_vrrp(int node);               // and start another
  void kill_witness(int node);
  void pause_vrrp(int node, Duration time);  // it does nothing, and then all of it
  void pause_witness(int node, Duration time);
  void crash(int node);  // the whole machine
  void start(int node);
  void stop(int node);  // in good order
  bool is_up(int node) const { return nodes_.at(at(node)).vrrp != nullptr; }

  // ---- What is so.
  bool holds(int node) const { return nodes_.at(at(node)).kernel; }
  int holders() const;
  int nodes() const { return static_cast<int>(nodes_.size()); }
  VrrpState state(int node) const;
  std::string reason(int node) const;
  Time now() const { return now_; }
  int two_holders() const { return two_holders_; }  // so many times there came to be two
  Duration without() const { return without_; }     // the sum of times without a holder
  int moves() const { return moves_; }              // so often a node took it

 private:
  struct Node {
    std::unique_ptr<vrrp::VrrpCore> vrrp;
    std::unique_ptr<WitnessCore> witness;
    std::uint64_t vrrp_life = 0;
    std::uint64_t witness_life = 0;
    std::map<std::pair<std::size_t, std::string>, Message> retained;
    std::optional<Time> vrrp_wakes;
    std::optional<Time> witness_wakes;
    bool kernel = false;
    std::optional<Time> ends;  // what the kernel has
    bool etcd_cut = false;
    bool lan_cut = false;
    Time vrrp_paused{};  // until then
    Time witness_paused{};
    Time last_arrival{};  // of its packets, at the others
  };
  struct Lease {
    Time ends{};
    Duration ttl{};
  };

  static std::size_t at(int node) { return static_cast<std::size_t>(node); }
  Config config(int node) const;
  vrrp::Link link(int node) const;
  void after(Duration delay, std::function<void()> what) {
    agenda_.emplace(now_ + delay, std::move(what));
  }
  // To a worker, once it runs.
  void to_vrrp(int node, std::uint64_t life, vrrp::VrrpEvent event);
  void to_witness(int node, std::uint64_t life, WitnessEvent event);
  Duration latency(Duration most);
  bool step(Time until);
  std::optional<Time> next() const;

  void vrrp(int node, const vrrp::VrrpEvent& event);
  void witness(int node, const WitnessEvent& event);
  void start_vrrp(int node, std::optional<Time> last_alive);
  void start_witness(int node);
  void perform(int node, const vrrp::VrrpAction& action);
  void set_kernel(int node, bool has, std::optional<Time> ends = std::nullopt);
  void report(int node, Message message);
  void ask(int node, const Ask& ask);
  Answer answer(int node, const Question& question);
  void expire();

  WhenUnreachable when_unreachable_;
  std::mt19937_64 random_;
  Time now_{std::chrono::seconds{1000}};
  std::multimap<Time, std::function<void()>> agenda_;
  std::vector<Node> nodes_;
  bool lan_cut_ = false;
  bool quorum_lost_ = false;
  Time no_leader_until_{};
  std::map<std::uint64_t, Lease> leases_;
  std::map<std::string, Holder> keys_;
  std::uint64_t last_lease_ = 0;
  int two_holders_ = 0;
  int moves_ = 0;
  Duration without_{0};
};

}  // namespace holdfast::witness
