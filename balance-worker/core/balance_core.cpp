// SPDX-License-Identifier: Apache-2.0
#include "balance-worker/core/balance_core.h"

#include <algorithm>
#include <chrono>

#include "balance-worker/core/kernel_terms.h"
#include "common/core/overloaded.h"

namespace holdfast::balance {
namespace {

// How often it is looked for what others did to the table, and tried again what failed.
constexpr Duration kRepairInterval = std::chrono::seconds{30};
constexpr Duration kRetryInterval = std::chrono::seconds{2};

std::string foreign_sync_text(SyncRole role, const SyncDaemon& daemon) {
  const std::string name = role == SyncRole::kMaster ? "master" : "backup";
  return "the kernel runs a connection synchronization " + name + " on " + daemon.interface +
         " with id " + std::to_string(daemon.id) +
         " that is not configured here, and is left alone; if an earlier configuration left it: "
         "ipvsadm --stop-daemon " +
         name;
}

}  // namespace

BalanceActions BalanceCore::handle(Config config, Time now) {
  now_ = now;
  configure(std::move(config));
  return std::exchange(actions_, {});
}

BalanceActions BalanceCore::handle(const BalanceEvent& event, Time now) {
  now_ = now;
  std::visit(Overloaded{
                 [this](const Config& config) { configure(config); },
                 [this](const CheckState& state) { check_changed(state); },
                 [this](const RouterState& state) { router_changed(state); },
                 [this](const ServiceState& state) {
                   if (begun_) return;
                   const auto pool = pools_.find(state.service);
                   if (pool != pools_.end()) pool->second.restore(state);
                   said_services_.insert_or_assign(state.service, state);
                 },
                 [this](const ServerState& state) {
                   Pool* const pool = begun_ ? nullptr : pool_of(state.server);
                   if (pool != nullptr) pool->restore(state);
                 },
                 [this](const ServerOrder& order) { ordered(order); },
                 [this](const Begin&) { begin(); },
                 [this](const TableRead& read) { table_read(read); },
                 [this](const ReadFailed& failure) { read_failed(failure.reason); },
                 [this](const Executed& done) { executed(done); },
                 [this](const Stop&) { stop(); },
                 [this](const Wake&) { wake(); },
             },
             event);
  return std::exchange(actions_, {});
}

std::optional<Time> BalanceCore::deadline() const {
  if (!begun_ || stopped_) return std::nullopt;
  std::optional<Time> first = read_at_;
  if (!changed_.empty()) first = std::min(first.value_or(changed_since_), changed_since_);
  for (const auto& [name, pool] : pools_) {
    const std::optional<Time> due = pool.deadline();
    if (due && (!first || *due < *first)) first = due;
  }
  return first;
}

CheckLookup BalanceCore::checks() const {
  return [this](const std::string& name) -> const CheckState* {
    const auto found = checks_.find(name);
    return found == checks_.end() ? nullptr : &found->second;
  };
}

OrderLookup BalanceCore::orders() const {
  return [this](const std::string& server) -> const ServerOrder* {
    const auto found = orders_.find(server);
    return found == orders_.end() ? nullptr : &found->second;
  };
}

// ---- What is wanted.

void BalanceCore::configure(Config config) {
  const bool other = begun_ && config.load_balancing.backend != config_.backend;
  if (other) leave_backend();
  config_ = config.load_balancing;
  auto former = std::exchange(pools_, {});
  users_.clear();
  Names checks;
  for (VirtualServerConfig& one : config.virtual_servers) {
    const auto known = former.find(one.name);
    if (known != former.end() && known->second.config() == one) {
      pools_.insert(former.extract(known));
    } else {
      const std::string name = one.name;
      Pool& pool = pools_.emplace(name, Pool(std::move(one))).first->second;
      if (known != former.end()) pool.inherit(known->second);
    }
  }
  for (const auto& [name, pool] : pools_) {
    for (const RealServerConfig& server : pool.config().real_servers) {
      for (const std::string& check : server.checks) users_[check].insert(name);
      checks.insert(server.checks.begin(), server.checks.end());
    }
  }
  std::erase_if(checks_, [&](const auto& one) { return !checks.contains(one.first); });
  std::erase_if(orders_, [&](const auto& one) { return pool_of(one.first) == nullptr; });
  std::erase_if(said_services_, [&](const auto& one) { return !pools_.contains(one.first); });
  std::erase_if(changed_, [&](const auto& one) { return !pools_.contains(one); });
  own();
  if (other) {
    read_table();
  } else if (begun_) {
    update_all();
  }
}

Pool* BalanceCore::pool_of(std::string_view server) {
  const auto pool = pools_.find(server.substr(0, server.find('/')));
  return pool != pools_.end() && pool->second.has(server) ? &pool->second : nullptr;
}

VirtualServers BalanceCore::virtual_servers() const {
  VirtualServers all;
  for (const auto& [name, pool] : pools_) all.push_back(&pool.config());
  return all;
}

// What is configured is ours, once it has its mark.
void BalanceCore::own() {
  if (table_) book_.assign(virtual_servers(), config_.mark_start, *table_, owned_);
  for (const auto& [name, pool] : pools_) {
    for (const ServiceKey& key : keys_of(pool.config(), marks())) owned_.insert(key);
  }
}

// The kernel does not say whose they are. One of the configured interface and id can be nobody
// else's, in whichever role an earlier life left it; of another the operator is told, once.
void BalanceCore::own_sync() {
  const SyncDaemons desired = desired_sync();
  for (const auto& [role, daemon] : table_->sync) {
    if (config_.sync && daemon.interface == config_.sync->interface &&
        daemon.id == config_.sync->id) {
      owned_sync_.insert(role);
    }
    const bool known = owned_sync_.contains(role) || desired.contains(role);
    if (known || !foreign_sync_.insert(role).second) continue;
    log(LogLevel::kWarning, foreign_sync_text(role, daemon));
  }
}

void BalanceCore::check_changed(const CheckState& state) {
  const auto users = users_.find(state.check);
  if (users == users_.end()) return;
  checks_.insert_or_assign(state.check, state);
  if (!begun_) return;
  for (const std::string& service : users->second) {
    pools_.find(service)->second.look_at(state.check, checks());
    if (changed_.empty()) changed_since_ = now_;
    changed_.insert(service);
  }
}

void BalanceCore::router_changed(const RouterState& state) {
  routers_.insert_or_assign(state.router, state.state);
  if (!begun_) return;
  Names suspendable;
  for (const auto& [name, pool] : pools_) {
    const std::vector<std::string>& by = pool.config().ha_suspend;
    if (std::find(by.begin(), by.end(), state.router) != by.end()) suspendable.insert(name);
  }
  if (!suspendable.empty() || (config_.sync && config_.sync->instance == state.router)) {
    update(suspendable);
  }
}

void BalanceCore::ordered(const ServerOrder& order) {
  orders_.insert_or_assign(order.server, order);
  if (!begun_) return;
  const std::string service = order.server.substr(0, order.server.find('/'));
  const auto pool = pools_.find(service);
  if (pool == pools_.end()) return;
  pool->second.take(order);
  update({service});
}

void BalanceCore::begin() {
  begun_ = true;
  read_table();
}

// ---- What is there.

void BalanceCore::table_read(const TableRead& event) {
  table_ = event.table;
  owned_.insert(event.ours.begin(), event.ours.end());
  owned_.merge(std::exchange(unremoved_, {}));
  owned_sync_.merge(std::exchange(unstopped_, {}));
  own();
  own_sync();
  read_at_ = now_ + kRepairInterval;
  if (!trouble_.empty()) log(LogLevel::kInfo, "the kernel's table can be changed again");
  trouble_.clear();
  if (stopped_) {
    empty_table();
  } else {
    update_all();
  }
}

void BalanceCore::read_failed(const std::string& reason) {
  table_.reset();
  if (stopped_) return;
  read_at_ = now_ + kRetryInterval;
  if (trouble_ != reason) {
    trouble_ = reason;
    log(LogLevel::kError, "no load balancing: " + reason);
  }
  Names all;
  for (auto& [name, pool] : pools_) {
    pool.look_at_all(checks(), orders());
    pool.decide(now_);
    changed_.erase(name);
    all.insert(name);
  }
  report(all);
}

void BalanceCore::wake() {
  if (read_at_ && *read_at_ <= now_) {
    read_at_.reset();
    read_table();
    return;
  }
  Names due = changed_;
  for (const auto& [name, pool] : pools_) {
    const auto when = pool.deadline();
    if (when && *when <= now_) due.insert(name);
  }
  update(due);
}

void BalanceCore::stop() {
  if (std::exchange(stopped_, true) || config_.keep_at_stop) return;
  if (table_) {
    empty_table();
  } else {
    read_table();  // It is not known what there is; what is ours goes all the same.
  }
}

void BalanceCore::leave_backend() {
  empty_table();
  table_.reset();
  owned_.clear();
  owned_sync_.clear();
  unremoved_.clear();
  unstopped_.clear();
  trouble_.clear();
  refused_.clear();
}

// What is ours goes.
void BalanceCore::empty_table() {
  if (!table_) return;
  const IpvsTable nothing{{}, {}, {}};
  execute(commands_to(*table_, nothing, owned_, owned_sync_));
}

// ---- What is done.

void BalanceCore::update_all() {
  Names all;
  for (auto& [name, pool] : pools_) {
    pool.look_at_all(checks(), orders());
    all.insert(name);
  }
  update(all);
}

void BalanceCore::update(const Names& services) {
  for (const std::string& name : services) {
    pools_.find(name)->second.decide(now_);
    changed_.erase(name);
  }
  IpvsCommands commands;
  if (table_ && !stopped_) commands = commands_for(services);
  if (commands.empty()) {
    report(services);
  } else {
    in_hand_ = services;
    execute(std::move(commands));
  }
}

IpvsCommands BalanceCore::commands_for(const Names& services) {
  Reconciler reconciler;
  reconciler.timeouts(table_->timeouts, timeouts_of(config_));
  const SyncDaemons sync = desired_sync();
  reconciler.sync(table_->sync, sync, owned_sync_);
  owned_sync_.clear();
  for (const auto& [role, daemon] : sync) owned_sync_.insert(role);
  std::set<ServiceKey> wanted;
  if (table_->services.empty()) {  // all of it is to be added
    std::size_t additions = 0;
    for (const auto& [name, pool] : pools_) additions += 1 + pool.destinations().size();
    reconciler.expect(additions);
  }
  for (const std::string& name : services) {
    const Pool& pool = pools_.find(name)->second;
    const ServiceOptions options = options_of(pool.config());
    for (const ServiceKey& key : keys_of(pool.config(), marks())) {
      const auto have = table_->services.find(key);
      reconciler.service(key, have == table_->services.end() ? nullptr : &have->second, options,
                         pool.destinations());
      wanted.insert(key);
    }
  }
  if (services.size() == pools_.size()) {
    if (table_->damaged) reconciler.sweep();
    reconciler.marks(table_->marks, book_.addresses(virtual_servers()));
    for (const ServiceKey& key : owned_) {
      if (!wanted.contains(key) && table_->services.contains(key)) reconciler.unwanted(key);
    }
    owned_ = std::move(wanted);
  }
  return reconciler.take();
}

void BalanceCore::execute(IpvsCommands commands) {
  if (commands.empty()) return;
  for (const IpvsCommand& command : commands) apply(command, *table_);
  actions_.emplace_back(Execute{std::move(commands)});
}

// What was refused is tried again after the table is read.
void BalanceCore::executed(const Executed& event) {
  const Names services = std::exchange(in_hand_, {});
  std::map<ServiceKey, std::string> refused;
  for (const Refusal& one : event.refused) {
    const auto key = service_of(one.command);
    if (const auto* const stays = std::get_if<RemoveService>(&one.command)) {
      unremoved_.insert(stays->key);
    } else if (const auto* const runs = std::get_if<StopSync>(&one.command)) {
      unstopped_.insert(runs->role);
    }
    if (key) refused.try_emplace(*key, one.error);
    const auto before = key ? refused_.find(*key) : refused_.end();
    if (before == refused_.end() || before->second != one.error) {
      log(LogLevel::kError, one.error);
    }
  }
  for (const std::string& name : services) {
    const auto pool = pools_.find(name);
    if (pool == pools_.end()) continue;
    for (const ServiceKey& key : keys_of(pool->second.config(), marks())) refused_.erase(key);
  }
  refused_.insert(refused.begin(), refused.end());
  if (!event.refused.empty()) read_at_ = now_ + kRetryInterval;
  if (!stopped_) {
    report(services);
  } else if (!event.refused.empty() && !std::exchange(tried_again_, true)) {
    read_table();
  }
}

SyncDaemons BalanceCore::desired_sync() const {
  if (!config_.sync) return {};
  const auto daemon = [this](SyncRole role) {
    return std::pair{role, sync_daemon_of(*config_.sync, role)};
  };
  if (config_.sync->instance.empty()) return {daemon(SyncRole::kMaster), daemon(SyncRole::kBackup)};
  const auto router = routers_.find(config_.sync->instance);
  const bool active = router != routers_.end() && router->second == VrrpState::kActive;
  return {daemon(active ? SyncRole::kMaster : SyncRole::kBackup)};
}

}  // namespace holdfast::balance
