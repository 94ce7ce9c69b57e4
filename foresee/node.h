// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <compare>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "common/core/ip.h"
#include "common/core/messages.h"
#include "common/core/time.h"
#include "config/config.h"
#include "vrrp-worker/core/vrrp_core.h"

namespace holdfast::foresee {

// What may fail: a node, or what it tracks. An instance's own interface counts as tracked.
enum class Kind : std::uint8_t { kNode, kLink, kCheck, kService, kAddress, kRoute };

struct Subject {
  Kind kind{};
  std::string name{};  // of a node: empty
  auto operator<=>(const Subject&) const = default;
};
Subject subject_of(const TrackAddress& track);
std::string to_string(const Subject& subject);  // "interface eth0", "check nginx", "the node"

// One node, as it is before anything happens.
struct NodePlan {
  std::string name;
  Config config;                       // of this node, rendered
  std::vector<Secret> secrets{};       // of every key that it names
  std::map<Subject, bool> up{};        // how things stand; what is not here is as is best for it
  std::vector<RouterState> resumed{};  // where its routers are; empty: they start anew
};

// The address that the adverts of each instance come from.
using Home = std::map<std::string, IpAddress>;

// A machine: the core of its vrrp-worker, the interfaces and addresses that its configuration
// names, and what it tracks. It does not act by itself: each event answers what the core does.
class Node {
 public:
  Node(NodePlan plan, const Home& home, vrrp::KeyedHash hash);

  const std::string& name() const { return plan_.name; }
  const Config& config() const { return plan_.config; }
  const InstanceConfig* instance(const std::string& name) const;

  bool alive() const { return core_.has_value(); }
  vrrp::VrrpActions boot(Time now);  // the first time its routers are where it was told they are
  void die();                        // without a word

  // `subject` is not kNode. What the core is not told while the node is dead it finds at boot.
  vrrp::VrrpActions set(const Subject& subject, bool up, Time now);
  bool is_up(const Subject& subject) const { return up_.at(subject); }
  bool best_of(const Subject& subject) const;  // up, unless all of its trackers have it reversed
  std::vector<Subject> tracked() const;        // by any of its instances, each once
  static std::vector<Subject> tracked_by(const InstanceConfig& instance);

  vrrp::VrrpActions receive(int link, const vrrp::Datagram& datagram, Time now);
  vrrp::VrrpActions wake(Time now);
  std::optional<Time> deadline() const { return deadline_; }

  const std::map<int, vrrp::Link>& links() const { return links_; }
  bool hears(int link, const IpAddress& group) const;
  std::optional<int> link_with(const IpAddress& address) const;  // one that is up

  const RouterState* state(const std::string& instance) const;  // null: it has said none
  bool holds(const InstanceConfig& instance) const;  // all its addresses, where others reach them

 private:
  vrrp::VrrpActions tell(const vrrp::VrrpEvent& event, Time now);
  void note(const vrrp::VrrpActions& actions);
  void make_links(const Home& home);
  vrrp::Link& link_named(const std::string& name);
  std::optional<vrrp::VrrpEvent> event_of(const Subject& subject, Time now) const;
  void put_addresses();
  vrrp::RoutesSeen routes() const;

  NodePlan plan_;
  vrrp::KeyedHash hash_;
  std::optional<vrrp::VrrpCore> core_;
  std::optional<Time> deadline_;
  vrrp::Listening listening_;
  std::map<Subject, bool> up_;
  std::map<int, vrrp::Link> links_;
  std::map<std::string, RouterState> states_;
};

}  // namespace holdfast::foresee
