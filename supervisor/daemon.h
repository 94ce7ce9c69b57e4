// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <chrono>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/event_loop.h"
#include "supervisor/control_socket.h"
#include "supervisor/core/control_request.h"
#include "supervisor/core/order_book.h"
#include "supervisor/core/supervisor_core.h"
#include "supervisor/document.h"
#include "supervisor/file_watch.h"
#include "supervisor/messenger.h"
#include "supervisor/notify.h"
#include "supervisor/process_watch.h"
#include "supervisor/runtime_directory.h"
#include "supervisor/scripts.h"
#include "supervisor/spawn.h"
#include "supervisor/status.h"
#include "supervisor/system_files.h"
#include "supervisor/worker_process.h"

namespace holdfast::supervisor {

struct Programs {
  static Result<Programs> open();
  const Program& of(Role role) const {
    if (role == Role::kVrrp) return vrrp;
    return role == Role::kCheck ? check : balance;
  }

  Program vrrp;
  Program check;
  Program balance;
};

// The shell around SupervisorCore: what happens becomes events, actions become system calls.
class Daemon {
 public:
  // `state`: the directory of what outlives a restart.
  Daemon(EventLoop& loop, Programs programs, RuntimeDirectory directory, std::string config_file,
         std::string state);
  Daemon(const Daemon&) = delete;
  Daemon& operator=(const Daemon&) = delete;

  Result<void> start(Document document);
  int exit_status() const { return exiting_.value_or(1); }  // after the loop has stopped

 private:
  // The vrrp-worker run once more, to remove what is left behind.
  struct Withdrawal {
    std::unique_ptr<Child> child;
    std::unique_ptr<Timer> deadline;
  };

  void handle(SupervisorEvent event);
  void perform(const SupervisorAction& action);
  void adopt(Document document);
  void reload();
  void terminate();
  void wake();

  void spawn(Role role);
  void start_worker(Role role);
  void send(const Send& send);
  Result<void> send_ping_sockets(WorkerProcess& worker) const;
  Result<void> send_system_files(WorkerProcess& worker) const;
  void system_files_changed();
  void kill(const Kill& kill);
  void withdraw();
  void withdrawn(int status, int signal);
  void run(const StartScript& script);
  void exit(int status);
  void leave_if_done();

  void ready();
  void feed_watchdog();
  void tell_status();
  std::string status();
  Surroundings surroundings();
  void read_orders();
  void tell_orders();
  std::string order(const OrderServer& request);
  void control(std::string_view line, const ControlSocket::Answer& answer);
  void answer(Ticket ticket, const std::string& document);

  std::unique_ptr<WorkerProcess>& process(Role role) {
    return processes_[static_cast<std::size_t>(role)];
  }

  EventLoop& loop_;
  Programs programs_;
  RuntimeDirectory directory_;
  std::string config_file_;
  std::string state_;
  OrderBook orders_;
  Notifier notifier_;
  SupervisorCore core_;

  std::uint16_t ping_identifier_;  // of every check-worker

  Document document_;
  SystemFiles system_files_;
  FileWatch files_;
  ProcessWatch programs_seen_;
  Scripts check_scripts_;
  Messenger messenger_;
  std::optional<FailedReload> failed_reload_;
  std::chrono::system_clock::time_point boot_;
  std::array<std::unique_ptr<WorkerProcess>, kRoles.size()> processes_;
  Withdrawal withdrawal_;
  bool spawn_after_withdrawal_ = false;  // the vrrp-worker
  std::optional<int> exiting_;
  bool all_told_ = false;  // at the end
  std::map<Ticket, ControlSocket::Answer> asked_;
  Ticket last_ticket_ = 0;
  std::deque<SupervisorEvent> events_;
  bool handling_ = false;
  bool stopping_ = false;

  std::unique_ptr<ControlSocket> control_socket_;
  Timer deadline_;
  Timer watchdog_;
  Timer status_;
  std::vector<std::unique_ptr<SignalWatch>> signals_;
};

}  // namespace holdfast::supervisor
