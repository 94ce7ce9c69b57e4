// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <chrono>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "common/event_loop.h"
#include "supervisor/census.h"
#include "supervisor/control_socket.h"
#include "supervisor/core/chronicle.h"
#include "supervisor/core/control_request.h"
#include "supervisor/core/handover.h"
#include "supervisor/core/maintenance.h"
#include "supervisor/core/order_book.h"
#include "supervisor/core/supervisor_core.h"
#include "supervisor/document.h"
#include "supervisor/file_watch.h"
#include "supervisor/history.h"
#include "supervisor/listeners.h"
#include "supervisor/messenger.h"
#include "supervisor/notify.h"
#include "supervisor/process_watch.h"
#include "supervisor/programs.h"
#include "supervisor/reaper.h"
#include "supervisor/runtime_directory.h"
#include "supervisor/scripts.h"
#include "supervisor/spawn.h"
#include "supervisor/status.h"
#include "supervisor/system_files.h"
#include "supervisor/worker_process.h"

namespace holdfast::supervisor {

// How this program was started, so that another build of it can be started the same way.
struct Invocation {
  std::string program;                 // its file
  std::vector<std::string> arguments;  // without its name
};

// The shell around SupervisorCore: what happens becomes events, actions become system calls.
class Daemon {
 public:
  // `state`: the directory of what outlives a restart.
  Daemon(EventLoop& loop, Programs programs, RuntimeDirectory directory, ConfigSource source,
         std::string state, Invocation invocation);
  Daemon(const Daemon&) = delete;
  Daemon& operator=(const Daemon&) = delete;

  // `former`: it takes over from that.
  Result<void> start(Document document, const std::optional<Handover>& former);
  int exit_status() const { return exiting_.value_or(1); }  // after the loop has stopped

 private:
  // The vrrp-worker run once more, to remove what is left behind.
  struct Withdrawal {
    std::unique_ptr<Child> child;
    std::unique_ptr<Timer> deadline;
  };

  // The new version, tried before this one becomes it.
  struct UpgradeTrial {
    Program program;
    OwnedFd output;
    std::unique_ptr<Child> child;
    Timer timer;
    Time deadline;  // of coming to rest
  };

  void handle(SupervisorEvent event);
  void perform(const SupervisorAction& action);

  // A new configuration (daemon_reload.cpp).
  Document adopt(Document document);  // the former one
  // `confirm`: goes back to the former one after that time, unless confirm() is called. Why it is
  // refused, as an answer; nothing: it is taken.
  std::optional<std::string> reload(std::optional<std::chrono::seconds> confirm);
  std::string refuse(const Loading& loading);
  Result<void> confirm();
  void roll_back();
  std::string configuration() const;  // as a document of the control socket
  void set_up_log() const;

  void terminate(bool keep_table);
  void wake();

  // An upgrade (daemon_upgrade.cpp).
  void upgrade();

  // A restart (daemon_restart.cpp).
  void step_aside(const ControlSocket::Answer& answer);
  void step_aside_if_settled();
  Result<void> may_step_aside() const;
  Result<void> step_aside();

  Result<void> begin_upgrade();
  void trial_ended(int status, int signal);
  void look_for_quiet();
  Handover hand_over();
  Result<void> become_the_new_version();
  void fail_upgrade(const std::string& why);
  void take_over(const Handover& former);
  void upgraded();
  static void hear_signals();

  WorkerProcess::Callbacks callbacks_of(Role role);
  void spawn(Role role);
  void start_worker(Role role);
  bool is_child(pid_t pid) const;  // one that we wait for by its own descriptor

  // What workers are sent (daemon_send.cpp).
  void send(const Send& send);
  static Result<void> send_marked_socket(WorkerProcess& worker, MarkedSocket wanted);
  Result<void> send_ping_sockets(WorkerProcess& worker) const;
  Result<void> send_system_files(WorkerProcess& worker) const;
  void system_files_changed();
  Result<void> send_listeners(WorkerProcess& worker);
  Result<void> send_files(WorkerProcess& worker, const std::vector<OwnedFd>& files) const;

  void tell_watchers();
  bool tell_monitor(const Message& message);
  void tell_census();
  void tell_history();
  void kill(const Kill& kill);
  void withdraw();
  void withdrawn(int status, int signal);
  void run(const StartScript& script);
  void run(const StartAlertScript& script);
  void exit(int status);
  void leave_if_done();

  void ready();
  void give_back_memory() const;
  void feed_watchdog();
  void tell_status();
  std::string status();
  Surroundings surroundings();
  void read_orders();
  void tell_orders();
  void end_orders();
  void limit_orders();
  std::string order(const OrderServer& request);

  // Maintenance and the history (daemon_history.cpp).
  void read_maintenance();
  void limit_maintenance();
  std::string maintain(const OrderMaintenance& request);
  Result<void> set_maintenance(const std::optional<MaintenanceOrder>& order);
  void maintenance_over();
  void remember(const SupervisorEvent& event);
  void remember(HistoryEvent event);
  void remember(EventOf of, const std::string& subject, const std::string& to,
                const std::string& reason);
  std::string history() const;

  // What the control socket asks for (daemon_control.cpp).
  void control(std::string_view line, const ControlSocket::Answer& answer);
  void stop(const StopDaemon& request, const ControlSocket::Answer& answer);
  void reload(const Reload& request, const ControlSocket::Answer& answer);
  void answer_reloads();
  Ticket await(const ControlSocket::Answer& answer);
  void answer(Ticket ticket, const std::string& document);

  std::unique_ptr<WorkerProcess>& process(Role role) {
    return processes_[static_cast<std::size_t>(role)];
  }

  EventLoop& loop_;
  Programs programs_;
  RuntimeDirectory directory_;
  ConfigSource source_;
  std::string state_;
  OrderBook orders_;
  std::optional<MaintenanceOrder> maintenance_;
  History history_;
  Chronicle chronicle_;
  Notifier notifier_;
  SupervisorCore core_;

  std::uint16_t ping_identifier_;  // of every check-worker

  Document document_;
  std::optional<Document> unconfirmed_;  // which one to go back to
  SystemFiles system_files_;
  FileWatch files_;
  ProcessWatch programs_seen_;
  Scripts check_scripts_;
  Messenger messenger_;
  Listeners listeners_;
  // What this life of the monitor-worker and of the alert-worker was told of us.
  std::array<std::vector<Message>, kRoles.size()> known_of_us_;
  std::optional<FailedReload> failed_reload_;
  std::chrono::system_clock::time_point boot_;
  std::array<std::unique_ptr<WorkerProcess>, kRoles.size()> processes_;
  Withdrawal withdrawal_;
  bool spawn_after_withdrawal_ = false;  // the vrrp-worker
  std::optional<int> exiting_;
  bool all_told_ = false;  // at the end
  std::map<Ticket, ControlSocket::Answer> asked_;
  Ticket last_ticket_ = 0;
  std::set<Ticket> stop_askers_;
  std::set<Ticket> reload_askers_;
  std::set<Ticket> restart_askers_;
  Time restart_due_;  // when they are refused
  Invocation invocation_;
  std::unique_ptr<UpgradeTrial> upgrade_;
  std::set<Ticket> upgrade_askers_;
  std::map<int, std::unique_ptr<Child>> orphans_;  // scripts of the former program, by pid
  std::deque<SupervisorEvent> events_;
  bool handling_ = false;
  bool stopping_ = false;

  std::unique_ptr<ControlSocket> control_socket_;
  Timer confirmation_;
  Timer reload_patience_;
  Timer deadline_;
  Timer watchdog_;
  Timer status_;
  Timer quiet_;
  Timer settled_;
  Timer maintenance_over_;
  Timer orders_over_;
  Timer used_no_more_;  // what memory a configuration took
  Census census_;
  std::uint64_t last_event_ = 0;  // the number of it
  std::vector<std::unique_ptr<SignalWatch>> signals_;
  std::optional<Reaper> reaper_;  // of the first process
};

}  // namespace holdfast::supervisor
