// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "common/core/messages.h"
#include "config/config.h"
#include "monitor-worker/core/history.h"

namespace holdfast::monitor {

// What the supervisor has told of the node: a copy of what it retains, and of what it knows itself.
// Of a subject that is not configured nothing is kept, so this is bounded by the configuration.
class NodeCopy {
 public:
  NodeCopy();

  void configure(Config config);
  // True: an event that was not known.
  bool hear(const Message& message);

  const Config& config() const { return config_; }
  const DaemonState& daemon() const { return daemon_; }
  const std::vector<WorkerState>& workers() const { return workers_; }  // one a role, in order
  const std::vector<Message>& retained() const { return retained_; }

  // The last word on a subject; null: there was none.
  template <typename T>
  const T* find(const std::string& subject) const {
    const auto place = places_.find(Key{Message(T{}).index(), subject});
    return place == places_.end() ? nullptr : std::get_if<T>(&retained_[place->second]);
  }

  const History& history() const { return history_; }
  const std::vector<ProcessUse>& use() const { return use_; }              // one a process
  const std::vector<ScriptCounters>& scripts() const { return scripts_; }  // one a kind

  // The operator has taken it out: else its routers have a vrrp-worker, be it a dead one.
  bool in_maintenance() const;

  // What keeps it from doing its work: a worker that does not run. Empty: nothing does.
  std::vector<std::string> ills() const;
  // And what keeps it from taking over: an instance that is neither MASTER nor BACKUP.
  std::vector<std::string> unreadiness() const;

 private:
  using Key = std::pair<std::size_t, std::string>;  // type and subject

  Config config_;
  DaemonState daemon_;
  std::vector<WorkerState> workers_;
  std::vector<Message> retained_;
  std::map<Key, std::size_t> places_;  // in that
  History history_;
  std::vector<ProcessUse> use_;
  std::vector<ScriptCounters> scripts_;
};

}  // namespace holdfast::monitor
