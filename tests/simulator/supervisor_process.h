// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "supervisor/core/supervisor_core.h"
#include "tests/simulator/channel.h"
#include "tests/simulator/process.h"

namespace holdfast::simulator {

class Host;

// holdfastd: the real SupervisorCore, which starts and kills simulated workers.
class SupervisorProcess : public Process {
 public:
  explicit SupervisorProcess(Host& host);

  // From outside: a configuration that was read and is valid, or a signal.
  void order(supervisor::SupervisorEvent event);
  void worker_exited(const supervisor::WorkerExited& exit);
  void withdrawn();

  const supervisor::SupervisorCore& core() const { return core_; }
  // Nothing is under way between it and a worker.
  bool drained() const;
  std::optional<int> exit_status() const { return exit_status_; }
  const std::string& last_words() const { return last_words_; }  // of its log
  void close_channels();

 private:
  struct Withdrawn {};
  using Reaped = std::variant<supervisor::WorkerExited, Withdrawn>;

  static constexpr std::size_t kReaped = 2;  // before them: the channels, in the order of kRoles
  static constexpr std::size_t kOrders = 3;
  static constexpr std::size_t kAlarm = 4;

  Sources sources() const override;
  void serve(std::size_t source) override;

  void read(Role role);
  void read_all();
  void reap();
  void wake();
  void handle(supervisor::SupervisorEvent event);
  void consult(const supervisor::SupervisorEvent& event);
  void kill(const supervisor::Kill& kill);
  void perform(const supervisor::SupervisorAction& action);
  void spawn(Role role);
  void send(const supervisor::Send& send);
  std::shared_ptr<Channel>& channel(Role role) { return channels_[static_cast<std::size_t>(role)]; }

  Host& host_;
  supervisor::SupervisorCore core_;
  std::shared_ptr<const Config> document_;
  std::array<std::shared_ptr<Channel>, kRoles.size()> channels_;
  Mailbox<Reaped> reaped_;
  Mailbox<supervisor::SupervisorEvent> orders_;
  Alarm alarm_;
  bool leaving_ = false;                            // what it does now is its last
  std::deque<supervisor::SupervisorEvent> events_;  // caused by what is being performed
  bool handling_ = false;
  bool withdrawing_ = false;
  bool spawn_after_withdrawal_ = false;
  std::optional<int> exit_after_withdrawal_;
  std::optional<int> exit_status_;
  std::string last_words_;
};

}  // namespace holdfast::simulator
