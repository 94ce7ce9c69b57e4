// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "check-worker/core/check_core.h"
#include "common/core/messages.h"
#include "config/config.h"
#include "tests/simulator/world.h"
#include "vrrp-worker/core/advert.h"
#include "vrrp-worker/core/vrrp_core.h"

namespace holdfast::simulator {

class Host;
class Worker;

using WireName = std::pair<Family, Vrid>;  // of a virtual router on a LAN

// Sees every event and what came of it, and judges what can be judged at that moment:
//  S3  no change of state without a cause, and a reason that fits it; a packet that is none, or
//      bad, changes nothing
//  S5  a reload touches what it changes and nothing else; if it changes nothing, nothing at all
//  S7  a worker that behaves is never killed: neither for what it says nor for being silent
//  and after a stop in good order nothing of ours is left in the kernel.
class Witness {
 public:
  struct Transition {
    Time at;
    int host = 0;
    std::string router;
    VrrpState from{};
    VrrpState to{};
  };

  explicit Witness(World& world) : world_(world) {}

  void new_life(int host);  // of a vrrp-worker
  void host_crashed(int host) { new_life(host); }
  void heard(const Host& host, int lan, std::span<const std::uint8_t> packet,
             const vrrp::VrrpActions& actions);
  void reported(const Host& host, const Config& config, const RouterState* before,
                const RouterState& after);
  void reconfigured(const Host& host, const Config& before, const Config& after,
                    const vrrp::VrrpActions& actions, bool deadline_moved);
  void reconfigured(const Host& host, const Config& before, const Config& after,
                    const check::CheckActions& actions, bool deadline_moved);
  void sent(int host, int lan, std::span<const std::uint8_t> packet, bool to_everybody);
  void announced(int host, int lan, std::span<const std::uint8_t> frame);
  void killed(const Host& host, const Worker& worker);
  void stopped(const Host& host, Role role);

  const std::vector<Transition>& transitions() const { return transitions_; }
  // When a router that is active no more stopped to be, everybody was told by an advert. Only of
  // times without faults, since others may not have listened.
  void forget_leaves() { took_leave_.clear(); }
  bool took_leave(int host, const std::string& router) const;
  // The last announcement of an address by a host; nothing: never.
  std::optional<Time> last_announced(int host, int lan, const IpAddress& address) const;

 private:
  // What a backup has heard that keeps it one.
  struct Silence {
    Time since{};           // of the last advert that binds it, or of becoming backup
    Duration interval{0};   // what that advert promised
    bool promised = false;  // whether it has heard any; else its own interval is the promise
    bool released = false;
    std::optional<Time> lower_since{};
  };

  void bind(const Host& host, int lan, const vrrp::Advert& advert, const vrrp::Datagram& datagram);
  static std::set<std::string> changed_groups(const Config& before, const Config& after);
  void reconsider_silence(const Host& host, const InstanceConfig& before,
                          const InstanceConfig& after);
  void judge_reason(const Host& host, VrrpState from, const RouterState& after);
  void judge_take_over(const Host& host, const InstanceConfig& config, const RouterState& after);
  void fail(const Host& host, const char* invariant, const std::string& what);

  World& world_;
  std::vector<Transition> transitions_;
  std::map<std::pair<int, std::string>, Silence> silence_;  // by host and router
  std::map<std::tuple<int, int, IpAddress>, Time> announced_;
  std::map<std::tuple<int, int, WireName>, Time>
      told_all_;  // the last advert that reached everybody
  std::set<std::pair<int, std::string>> took_leave_;
};

}  // namespace holdfast::simulator
