// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "balance-worker/core/health.h"
#include "balance-worker/core/ipvs_table.h"
#include "common/core/messages.h"
#include "common/core/time.h"
#include "config/config.h"

namespace holdfast::balance {

using OrderLookup = std::function<const ServerOrder*(const std::string& server)>;  // null: none

// Of a ServerState, what is worth a report.
struct SaidServer {
  ServerUse use{};
  std::uint32_t weight = 0;
  bool healthy = false;
  bool seen_up = false;
  std::string reason;
};
inline SaidServer said_of(const ServerState& state) {
  return {state.use, state.weight, state.healthy, state.seen_up, state.reason};
}

// One virtual server: which of its servers it uses, with which weight, and why. It follows checks
// and orders; what it has decided is in destinations(), service() and server().
//
// Of a server, an order counts before its health; then health; then the panic that keeps a failed
// one. Without a quorum a sorry server stands for all of them, and what they have is let finish.
class Pool {
 public:
  explicit Pool(VirtualServerConfig config);

  const VirtualServerConfig& config() const { return config_; }

  // What an earlier life or configuration knew; before the first decide().
  void restore(const ServiceState& state);
  void restore(const ServerState& state);
  void inherit(const Pool& former);

  // The health of the servers that this check is for, or of all, and orders have changed.
  void look_at(const std::string& check, const CheckLookup& checks);
  void look_at_all(const CheckLookup& checks, const OrderLookup& orders);
  void take(const ServerOrder& order);

  void decide(Time now);
  std::optional<Time> deadline() const;  // when decide() must be called next, whatever happens

  const Destinations& destinations() const { return destinations_; }
  const ServiceState& service() const { return service_; }
  std::size_t size() const { return servers_.size(); }
  bool has(std::string_view server) const { return index_of(server).has_value(); }  // by name
  const ServerState& server(std::size_t index) const { return servers_[index].state; }
  // What was reported of it last, in this life or another; nothing: it never was.
  std::optional<SaidServer>& said(std::size_t index) { return servers_[index].said; }
  // Every server has a result, or needs none, or gets none yet: the table is not filled in vain.
  bool settled() const;

 private:
  struct Server {  // beside VirtualServerConfig::real_servers
    Health health{};
    std::shared_ptr<const ServerOrder> order{};  // few have one; null: none
    ServerState state{};
    std::optional<SaidServer> said{};
    bool told = false;                 // `state` is of this life, or restored
    std::optional<Time> drained_at{};  // of a failure that drains
  };
  struct Sums {
    std::uint64_t weight = 0;
    std::uint32_t healthy = 0;
    std::uint32_t counted = 0;  // healthy or not, but not taken out
  };
  struct Choice {
    ServerUse use{};
    std::uint32_t weight = 0;
    std::string reason;
  };

  const RealServerConfig& config_of(const Server& server) const {
    return config_.real_servers[static_cast<std::size_t>(&server - servers_.data())];
  }
  std::optional<std::size_t> index_of(std::string_view name) const;
  Sums sums() const;
  void decide_quorum(const Sums& sums, Time now);
  void decide_panic(const Sums& sums);
  void expire_orders(Time now);
  Choice choose(Server& server, Time now) const;
  Choice choose_failed(Server& server, Time now) const;
  void settle(Server& server, const Choice& choice, Time now);
  std::uint32_t weight_of(const Server& server) const;
  std::string words_of(const Sums& sums) const;

  VirtualServerConfig config_;
  std::vector<Server> servers_;
  std::map<std::string, std::vector<std::size_t>, std::less<>> users_;  // of a check
  std::vector<std::size_t> by_name_;                                    // the servers, ordered
  Destinations destinations_;
  ServiceState service_;
  bool quorum_known_ = false;
  bool all_panic_ = false;             // every server that has failed is used
  std::optional<std::size_t> last_{};  // or this one
  std::string panic_reason_;
};

}  // namespace holdfast::balance
