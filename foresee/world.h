// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <queue>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "foresee/node.h"

namespace holdfast::foresee {

// Nodes, the wires between them, and time, which passes only here. Interfaces are on one wire if
// one virtual router is on both, or if they have one name. A packet takes kOnTheWay, none is lost;
// one to an address, as of unicast, finds whoever has that address.
class World {
 public:
  static constexpr Duration kOnTheWay = std::chrono::microseconds{200};

  World(const std::vector<NodePlan>& plans, vrrp::KeyedHash hash);
  World(const World&) = delete;  // a core's parts point at one another
  World& operator=(const World&) = delete;

  // Every node is switched on, in their order.
  void start();
  // Goes on until nothing has changed for longer than any timer takes. False: something always
  // does.
  bool settle();

  std::size_t size() const { return nodes_.size(); }
  const Node& node(std::size_t number) const { return nodes_[number]; }
  const std::set<std::string>& instances() const { return instances_; }

  // What goes wrong, or right again. A node that dies says nothing any more; one that is booted
  // has no memory.
  void set_alive(std::size_t node, bool alive);
  void set(std::size_t node, const Subject& subject, bool up);

  // What became of a virtual router since watch().
  struct Watched {
    std::set<std::size_t> holders;  // nodes that have all its addresses, now
    // How long nobody held it; and if the last advert of who did was sent just before watch(), so
    // that the others wait for longest.
    Duration unheld{0};
    Duration shared{0};     // how long two or more held it: a moment, as an heir takes over
    bool released = false;  // somebody let go of it with priority 0, and was heard
  };
  void watch();
  Watched watched(const std::string& instance) const;

 private:
  struct Packet {
    Time arrives;
    std::uint64_t number = 0;  // those of one moment arrive in the order in which they were sent
    std::size_t to = 0;
    int link = 0;
    IpAddress source;
    IpAddress destination;
    std::uint8_t ttl = 0;
    vrrp::Payload payload;
    bool operator>(const Packet& other) const {
      return std::tie(arrives, number) > std::tie(other.arrives, other.number);
    }
  };
  struct Holding {
    std::set<std::size_t> holders;
    Time since;  // of that
    Duration unheld{0};
    Duration shared{0};
    bool released = false;
    std::optional<Time> advert;  // the last that a holder sent
    Duration silence{0};         // from it to watch()
  };

  void lay_wires();
  bool step(Time until);
  void perform(std::size_t node, const vrrp::VrrpActions& actions);
  void send(std::size_t from, const vrrp::SendPacket& packet);
  void deliver(std::size_t to, int link, const vrrp::SendPacket& packet);
  void note_advert(std::size_t from, const vrrp::SendPacket& packet, bool heard);
  void look(std::size_t node);  // who holds what now
  Duration patience() const;
  static void account(Holding& holding, Time now);

  std::vector<Node> nodes_;
  std::vector<std::map<int, std::size_t>> wires_;  // by node, then link
  std::set<std::string> instances_;
  std::map<std::string, Holding> holdings_;
  std::priority_queue<Packet, std::vector<Packet>, std::greater<>> packets_;
  std::uint64_t sent_ = 0;
  Time now_{};
  Time changed_{};
};

}  // namespace holdfast::foresee
