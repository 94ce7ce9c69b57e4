// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "common/core/ids.h"
#include "common/core/log_line.h"
#include "common/core/messages.h"
#include "common/core/time.h"
#include "config/config.h"
#include "supervisor/core/handover.h"
#include "supervisor/core/inquiries.h"
#include "supervisor/core/notices.h"
#include "supervisor/core/retained.h"
#include "supervisor/core/worker_record.h"

namespace holdfast::supervisor {

// ---- What happens to a supervisor. What a worker had sent before is told before its WorkerExited
// and before a Wake: the last words of a worker count, and a busy supervisor must not take its own
// delay for a worker's.

struct ConfigLoaded {  // valid; the first one starts the workers
  explicit ConfigLoaded(std::shared_ptr<const Config> loaded) : config(std::move(loaded)) {}
  explicit ConfigLoaded(Config loaded) : config(std::make_shared<Config>(std::move(loaded))) {}

  std::shared_ptr<const Config> config;  // shared with the shell: it may be large
};
struct MessageFrom {
  Role role{};
  Message message;
  bool descriptor = false;  // came with one; the shell has closed it
};
struct Violation {  // what came is no message, or the channel broke
  Role role{};
  std::string what;
};
struct WorkerExited {
  Role role{};
  int status = 0;  // exit status, if not killed
  int signal = 0;  // that killed it, or 0
};
struct SpawnFailed {  // answers a Spawn; no WorkerExited follows
  Role role{};
  std::string error;
};
struct Observed {  // of a file or of processes: the supervisor's own word
  Observation observation;
};
struct Ordered {  // by the operator; of a server that is not configured: nothing
  ServerOrder order;
};
struct Maintain {  // the operator takes this node out, or lets it back
  bool on = false;
};
struct ScriptEnded {  // answers a StartScript or a StartAlertScript
  ScriptResult result;
  std::uint32_t life = 0;
  Role role = Role::kCheck;  // that wants to know
};
struct AskedForChecks {  // by root; a ChecksGathered answers
  Ticket ticket = 0;
};
struct AskedToRun {  // by root; a CheckWasRun or a Refused answers, or that of a StartScript
  Ticket ticket = 0;
  std::string check;
};
struct AskedToTest {  // a receiver of alerts, by root; a ReceiverWasTested or a Refused answers
  Ticket ticket = 0;
  std::string receiver;
};
struct SignOfLife {  // a foreign worker said something, whatever that means
  Role role{};
};
struct Terminate {          // SIGTERM, SIGINT, or root
  bool keep_table = false;  // of virtual servers, whatever is configured
};
struct Wake {};  // deadline() has come

using SupervisorEvent =
    std::variant<ConfigLoaded, MessageFrom, Violation, WorkerExited, SpawnFailed, Observed, Ordered,
                 Maintain, ScriptEnded, AskedForChecks, AskedToRun, AskedToTest, SignOfLife,
                 Terminate, Wake>;

// ---- What it does, in order.

struct Spawn {
  Role role{};
  bool operator==(const Spawn&) const = default;
};
// The shell adds the sealed document of the generation to a Configure, and to a MarkedSocket
// without a fault the socket. To a foreign worker it says Shutdown by closing its channel, and
// nothing else.
struct Send {
  Role role{};
  Message message;
  bool operator==(const Send&) const = default;
};
// Says no more to it: a balance-worker whose supervisor is gone leaves its table to serve, and
// ends.
struct LetGo {
  Role role{};
  bool operator==(const LetGo&) const = default;
};
enum class KillWith : std::uint8_t { kAbort, kKill };  // SIGABRT and SIGCONT: a core dump; SIGKILL
struct Kill {
  Role role{};
  KillWith how{};
  bool operator==(const Kill&) const = default;
};
// Runs the vrrp-worker once more, only to remove what is marked as ours. A Spawn of the vrrp-worker
// and an Exit wait until that is done.
struct Withdraw {
  bool operator==(const Withdraw&) const = default;
};
struct StartScript {  // of a check; a ScriptEnded answers, unless it was asked for by root
  std::string check;
  std::uint64_t attempt = 0;
  std::uint32_t life = 0;         // of the check-worker that wants to know
  std::optional<Ticket> asked{};  // then nobody but root does
  bool operator==(const StartScript&) const = default;
};
struct StartAlertScript {  // of a receiver of alerts; a ScriptEnded answers
  AlertScript script;
  std::uint32_t life = 0;  // of the alert-worker
  bool operator==(const StartAlertScript&) const = default;
};
struct Notify {  // scripts and a FIFO, in order for each subject
  Notice notice;
  std::shared_ptr<const Config> by;  // whose scripts: the former's of what a reload removes
  bool operator==(const Notify&) const = default;
};
struct ReceiverWasTested {  // of alerts
  Ticket ticket = 0;
  std::string receiver;
  ScriptVerdict verdict{};
  std::string reason;
  bool operator==(const ReceiverWasTested&) const = default;
};
struct Ready {  // every worker runs the newest configuration: sd_notify
  bool operator==(const Ready&) const = default;
};
struct Exit {  // the last action of all
  int status = 0;
  bool operator==(const Exit&) const = default;
};

using SupervisorAction =
    std::variant<Spawn, Send, LetGo, Kill, Withdraw, StartScript, StartAlertScript, Notify, Ready,
                 Exit, ChecksGathered, CheckWasRun, ReceiverWasTested, Refused, LogLine>;
using SupervisorActions = std::vector<SupervisorAction>;

// Whether there is something for it to do.
bool wanted(Role role, const Config& config);

// For the status command.
struct WorkerInfo {
  Role role{};
  WorkerPhase phase{};
  std::uint32_t restarts = 0;
  std::string last_end;  // why its last life ended, for a person; empty: none did
  Time since;            // of the phase
};

// Decides everything the supervisor does: which worker runs, what each is told, what is retained,
// and when one is given up. Pure; the shell forks, kills, and passes bytes.
class SupervisorCore {
 public:
  explicit SupervisorCore(std::string build_id);

  SupervisorActions handle(const SupervisorEvent& event, Time now);
  std::optional<Time> deadline() const;  // when handle(Wake{}, now) must be called next

  Generation generation() const;  // of the newest ConfigLoaded; 0 before the first
  const Config& config() const;
  const std::string& build_id() const { return build_id_; }
  std::vector<WorkerInfo> workers() const;
  bool listens(Role role) const;          // it has greeted, and is to be given what is new
  std::vector<Message> retained() const;  // ordered by type, then subject
  const Retained::Messages& retained_by_subject() const { return retained_.messages(); }
  template <typename Kind>
  std::vector<Message> retained_of() const {  // ordered by subject
    return retained_.of(kType<Kind>);
  }

  // Every worker runs the newest configuration, and nothing is on its way to another state: the
  // time for an upgrade.
  bool settled() const;
  // What the supervisor that takes over must know; the shell adds processes and descriptors.
  Handover hand_over() const;
  // Before the first event, of a supervisor that was settled.
  void take_over(const Handover& former);

 private:
  void config_loaded(const ConfigLoaded& event);
  void start_workers();
  void received(const MessageFrom& event);
  void forward(const Message& message, const Rule& rule);
  void say(const Message& message);
  void observed(const Observed& event);
  void ordered(const Ordered& event);
  void maintain(bool on);
  void taken_out();
  bool wants(Role role) const;
  void run_script(const WorkerRecord& worker, const RunScript& run);
  void run_alert_script(const WorkerRecord& worker, const AlertScript& script);
  void script_ended(const ScriptEnded& event);
  void open_socket(const WorkerRecord& worker, const AskSocket& asked);
  void release_start();
  void asked_for_checks(Ticket ticket);
  void asked_to_run(const AskedToRun& event);
  void told(WorkerRecord& worker, const CheckDetails& page);
  void told(WorkerRecord& worker, const CheckRun& step);
  void asked_to_test(const AskedToTest& event);
  void give_up_inquiries(Role role);
  void notify(const NoticeList& notices);
  void notify(const NoticeList& notices, const std::shared_ptr<const Config>& by);
  void violated(WorkerRecord& worker, const std::string& what);
  void exited(const WorkerExited& event);
  void spawn_failed(const SpawnFailed& event);
  void terminate(bool keep_table);
  void wake(WorkerRecord& worker);

  void replace_next();
  void heard_sign(Role role);
  void replace(WorkerRecord& worker);
  void replaced(WorkerRecord& worker);

  void greet(WorkerRecord& worker, const Hello& hello);
  void configure(WorkerRecord& worker);
  void configured(WorkerRecord& worker, Generation generation);
  void heard_heartbeat(WorkerRecord& worker);
  void watch(WorkerRecord& worker);
  void ready_if_all_are();
  void clear_away();

  void spawn(WorkerRecord& worker);
  void ended(WorkerRecord& worker, EndedBy by, const std::string& how);
  void restart(WorkerRecord& worker, const LifeEnd& end);
  void rest(WorkerRecord& worker, Duration delay);
  void rested(WorkerRecord& worker);
  void stop(WorkerRecord& worker);
  bool owes_hand_over(const WorkerRecord& worker) const;
  bool hands_over_once_more(WorkerRecord& worker);
  void stopped(WorkerRecord& worker, bool cleanly);
  void give_up();
  void withdraw();
  void give_up_leases();
  void exit_if_all_are_down();
  void exit(int status);
  void doom(WorkerRecord& worker, KillWith how, EndedBy by, const std::string& why);

  static bool knew(const WorkerRecord& worker, const Rule& rule, std::string_view subject);
  Duration patience(const WorkerRecord& worker) const;
  std::optional<Time> deadline(const WorkerRecord& worker) const;
  WorkerRecord& record(Role role) { return workers_[static_cast<std::size_t>(role)]; }
  void enter(WorkerRecord& worker, Stage stage);
  void log(LogLevel level, const WorkerRecord& worker, const std::string& text);

  // Of the event in hand.
  Time now_{};
  SupervisorActions actions_;

  std::string build_id_;
  std::shared_ptr<const Config> config_ = std::make_shared<Config>();
  std::shared_ptr<const Subjects> subjects_ = std::make_shared<Subjects>();  // of that
  Generation generation_;
  Generation ready_;  // the last that Ready was said for
  std::array<WorkerRecord, kRoles.size()> workers_;
  Retained retained_;
  Notices notices_;
  Inquiries inquiries_;              // of the check-worker
  Inquiries alert_tests_;            // of the alert-worker
  std::vector<Message> taken_over_;  // from the former supervisor, until there is a configuration
  bool loaded_ = false;              // a configuration
  bool table_filled_ = false;        // by a balance-worker, once
  std::optional<Time> start_held_;   // the vrrp-worker's Start, at most until then
  bool left_behind_ = false;         // a vrrp-worker ran, and addresses of it may be there
  bool maintenance_ = false;         // no vrrp-worker runs, or it is stopping
  bool stopping_ = false;
  bool keeps_table_ = false;  // at the stop
  bool stop_failed_ = false;
  bool finished_ = false;
};

}  // namespace holdfast::supervisor
