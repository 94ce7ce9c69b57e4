// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "balance-worker/core/ipvs_table.h"
#include "balance-worker/core/mark_book.h"
#include "balance-worker/core/pool.h"
#include "balance-worker/core/reconciler.h"
#include "common/core/log_line.h"
#include "common/core/messages.h"
#include "common/core/time.h"
#include "config/config.h"

namespace holdfast::balance {

// ---- What happens to a balance-worker.

struct Begin {  // everything retained was told
};
struct TableRead {  // answers a ReadTable
  IpvsTable table;
  std::set<ServiceKey> ours{};  // of them, by a mark in the kernel: whatever is configured now
};
struct ReadFailed {  // the same
  std::string reason;
};
struct Refusal {
  IpvsCommand command;
  std::string error;  // for a person
};
struct Executed {  // answers an Execute
  std::vector<Refusal> refused;
};
struct Stop {  // take out what is ours, unless it is to stay
};
struct Wake {};  // deadline() has come

using BalanceEvent = std::variant<Config, CheckState, RouterState, ServiceState, ServerState,
                                  ServerOrder, Begin, TableRead, ReadFailed, Executed, Stop, Wake>;

// ---- What it does, in order.

struct ReadTable {  // of this backend from now on
  BalanceBackend backend{};
  bool operator==(const ReadTable&) const = default;
};
struct Execute {  // not empty
  IpvsCommands commands;
  bool operator==(const Execute&) const = default;
};
struct Report {  // to the supervisor; of ten thousand servers at once, and a Message is far larger
  std::variant<ServiceState, ServerState, TableFilled> what;
  bool operator==(const Report&) const = default;
  Message message() const {
    return std::visit([](const auto& one) -> Message { return one; }, what);
  }
};

using BalanceAction = std::variant<ReadTable, Execute, Report, LogLine>;
using BalanceActions = std::vector<BalanceAction>;

// All virtual servers of a node: configuration, results of checks and orders in; commands to the
// kernel and reports out. It knows the kernel's table by what it read and commanded; it reads it at
// the beginning, after a failure, and once in a while to repair what others did.
//
// Results of checks are decided upon together, in a Wake that is due at once: a decision looks at
// every server of a virtual server, which with ten thousand takes 5 ms, and when a rack dies, five
// thousand results come in one go.
//
// Services that are not configured are not touched, but for those that were: of an earlier
// configuration of this life, or marked in the kernel as ours. Before Begin nothing is done, unless
// it is told to stop: then what is ours goes.
class BalanceCore {
 public:
  BalanceActions handle(const BalanceEvent& event, Time now);
  BalanceActions handle(Config config, Time now);  // which goes into it, without a copy
  std::optional<Time> deadline() const;            // when handle(Wake{}, now) must be called next
  const MarksByName& marks() const { return book_.marks(); }
  VirtualServers virtual_servers() const;  // that are configured

 private:
  using Names = std::set<std::string, std::less<>>;

  void configure(Config config);
  Pool* pool_of(std::string_view server);  // by its name; null: it is not configured
  void own();
  void own_sync();
  void check_changed(const CheckState& state);
  void router_changed(const RouterState& state);
  void ordered(const ServerOrder& order);
  void begin();
  void table_read(const TableRead& event);
  void read_failed(const std::string& reason);
  void executed(const Executed& event);
  void wake();
  void stop();

  void read_table() { actions_.emplace_back(ReadTable{config_.backend}); }
  void leave_backend();
  void empty_table();
  void update(const Names& services);
  void update_all();
  SyncDaemons desired_sync() const;
  IpvsCommands commands_for(const Names& services);
  void execute(IpvsCommands commands);
  void report(const Names& services);
  void report_service(const Pool& pool);
  bool suspended(const VirtualServerConfig& service) const;
  ServerState as_it_is(const Pool& pool, ServerState state) const;
  void report_server(const Pool& pool, const ServerState& state, std::optional<SaidServer>& said);
  void say_filled();
  CheckLookup checks() const;
  OrderLookup orders() const;
  void log(LogLevel level, std::string text) {
    actions_.emplace_back(LogLine{level, std::move(text)});
  }

  // Of the event in hand.
  Time now_{};
  BalanceActions actions_;

  LoadBalancingConfig config_;
  MarkBook book_;
  std::map<std::string, Pool, std::less<>> pools_;
  std::map<std::string, Names, std::less<>> users_;  // of a check: virtual servers
  std::map<std::string, CheckState, std::less<>> checks_;
  std::map<std::string, ServerOrder, std::less<>> orders_;
  std::map<std::string, ServiceState, std::less<>> said_services_;
  std::map<std::string, VrrpState, std::less<>> routers_;

  std::optional<IpvsTable> table_;  // the kernel's
  std::set<ServiceKey> owned_;      // services that are, or were, configured
  std::set<SyncRole> owned_sync_;
  std::set<SyncRole> foreign_sync_;  // that the operator was told of
  // Ours still, since the kernel did not take their removal: until the table is read again.
  std::set<ServiceKey> unremoved_;
  std::set<SyncRole> unstopped_;
  std::string trouble_;                        // why the table cannot be changed; empty: it can
  std::map<ServiceKey, std::string> refused_;  // what the kernel did not take, and why
  Names changed_;  // whose checks said something that was not decided upon yet
  Time changed_since_{};
  Names in_hand_;  // whose commands are being executed
  std::optional<Time> read_at_;
  bool begun_ = false;
  bool filled_ = false;
  bool stopped_ = false;
  bool tried_again_ = false;  // to take out what is ours
};

}  // namespace holdfast::balance
