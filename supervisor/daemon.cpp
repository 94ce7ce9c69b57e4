// SPDX-License-Identifier: Apache-2.0
#include "supervisor/daemon.h"

#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <random>
#include <utility>

#include "common/clock.h"
#include "common/core/overloaded.h"
#include "common/log.h"
#include "common/memory.h"
#include "common/worker.h"
#include "config/log_setup.h"
#include "supervisor/core/life_end.h"

namespace holdfast::supervisor {
namespace {

constexpr Duration kWithdrawalTime = std::chrono::seconds{2};
// From a configuration that is in force: the workers have said what follows from it by then.
constexpr Duration kUsedNoMore = std::chrono::seconds{2};
constexpr Duration kStatusInterval = std::chrono::seconds{1};

// As the arguments of the vrrp-worker, which takes it before it is confined.
std::vector<std::string> standing_of(const ProcessConfig& process) {
  std::vector<std::string> words;
  if (process.memory_locked) words.emplace_back("--memory-locked");
  if (process.real_time) {
    words.push_back("--real-time=" + std::to_string(process.real_time->priority));
    words.push_back("--real-time-limit=" + std::to_string(process.real_time->limit.count()));
  }
  if (!process.cpu_affinity.empty()) {
    std::string list;
    for (const std::uint16_t one : process.cpu_affinity) list += ',' + std::to_string(one);
    words.push_back("--cpus=" + list.substr(1));
  }
  if (process.oom_score) words.push_back("--oom-score=" + std::to_string(*process.oom_score));
  return words;
}

}  // namespace

Daemon::Daemon(EventLoop& loop, Programs programs, RuntimeDirectory directory, ConfigSource source,
               std::string state, Invocation invocation)
    : loop_(loop),
      programs_(std::move(programs)),
      directory_(std::move(directory)),
      source_(std::move(source)),
      state_(std::move(state)),
      history_(state_),
      core_(kBuildId),
      ping_identifier_(static_cast<std::uint16_t>(std::random_device{}())),
      system_files_(loop, [this] { system_files_changed(); }),
      files_(loop, [this](const Observation& seen) { handle(Observed{seen}); }),
      programs_seen_(loop, [this](const Observation& seen) { handle(Observed{seen}); }),
      check_scripts_(loop, QueueLimits{.running = 64, .waiting = 1}),
      messenger_(loop,
                 [this](ScriptVerdict verdict) { census_.ended(ScriptKind::kOfNotify, verdict); }),
      listeners_(directory_.monitor_socket()),
      invocation_(std::move(invocation)),
      confirmation_(loop, [this] { roll_back(); }),
      reload_patience_(loop, [this] { answer_reloads(); }),
      deadline_(loop, [this] { wake(); }),
      watchdog_(loop, [this] { feed_watchdog(); }),
      status_(loop, [this] { tell_status(); }),
      quiet_(loop, [this] { look_for_quiet(); }),
      settled_(loop, [this] { step_aside_if_settled(); }),
      maintenance_over_(loop, [this] { maintenance_over(); }),
      orders_over_(loop, [this] { end_orders(); }),
      used_no_more_(loop, [this] { give_back_memory(); }),
      census_(loop, [this] { tell_census(); }) {}

Result<void> Daemon::start(Document document, const std::optional<Handover>& former) {
  const auto handler = [this](std::string_view line, const ControlSocket::Answer& answer) {
    control(line, answer);
  };
  if (former && former->control >= 0) {
    control_socket_ = ControlSocket::take_over(loop_, directory_.control_socket(),
                                               OwnedFd(former->control), handler);
  } else {
    auto opened = ControlSocket::open(loop_, directory_.control_socket(), handler);
    if (!opened) return tl::unexpected(opened.error());
    control_socket_ = std::move(*opened);
  }
  for (const int number : {SIGTERM, SIGINT}) {
    signals_.push_back(std::make_unique<SignalWatch>(loop_, number, [this] { terminate(false); }));
  }
  signals_.push_back(std::make_unique<SignalWatch>(loop_, SIGHUP, [this] {
    static_cast<void>(reload(std::nullopt));  // what is wrong is in the log
  }));
  signals_.push_back(std::make_unique<SignalWatch>(loop_, SIGUSR2, [this] { upgrade(); }));
  if (::getpid() == 1) reaper_.emplace(loop_, [this](pid_t pid) { return is_child(pid); });
  feed_watchdog();
  if (notifier_.listening()) tell_status();
  read_orders();
  read_maintenance();
  const bool upgraded = former && former->lock >= 0;
  remember(EventOf::kDaemon, "",
           upgraded ? "upgraded"
           : former ? "restarted"
                    : "started",
           kBuildId);
  if (former) {
    document_.config = document.config;
    set_up_log();
    take_over(*former);
  }
  static_cast<void>(adopt(std::move(document)));
  hear_signals();
  return {};
}

// ---- Events.

// Performing an action may cause an event; it waits for its turn.
void Daemon::handle(SupervisorEvent event) {
  events_.push_back(std::move(event));
  if (std::exchange(handling_, true)) return;
  while (!events_.empty()) {
    const SupervisorEvent next = std::move(events_.front());
    events_.pop_front();
    for (const SupervisorAction& action : core_.handle(next, monotonic_now())) perform(action);
    remember(next);  // on the disk, for which nobody waits
  }
  handling_ = false;
  for (const HistoryEvent& one : chronicle_.saw(core_.workers())) remember(one);
  deadline_.set(core_.deadline());
  tell_watchers();
}

void Daemon::wake() {
  for (const auto& process : processes_) {
    if (process) process->hear();
  }
  handle(Wake{});
}

void Daemon::terminate(bool keep_table) {
  if (!stopping_) remember(EventOf::kDaemon, "", "stopping", "told to stop");
  stopping_ = true;
  log(LogLevel::kInfo, "stopping");
  notifier_.stopping();
  messenger_.prepare_the_end();
  handle(Terminate{keep_table});
}

void Daemon::set_up_log() const {
  log_setup("supervisor", document_.config->log);
}

// ---- Actions.

void Daemon::perform(const SupervisorAction& action) {
  std::visit(Overloaded{
                 [this](const Spawn& one) { spawn(one.role); },
                 [this](const Send& one) { send(one); },
                 [this](const LetGo& one) {
                   if (process(one.role)) process(one.role)->let_go();
                 },
                 [this](const Kill& one) { kill(one); },
                 [this](const Withdraw&) { withdraw(); },
                 [this](const StartScript& one) { run(one); },
                 [this](const StartAlertScript& one) { run(one); },
                 [this](const Notify& one) { messenger_.tell(one.notice, *one.by); },
                 [this](const Ready&) { ready(); },
                 [this](const Exit& one) { exit(one.status); },
                 [this](const ChecksGathered& all) {
                   const std::string text = checks_document(core_, surroundings(), all.details);
                   for (const Ticket ticket : all.tickets) answer(ticket, text);
                 },
                 [this](const CheckWasRun& run) { answer(run.ticket, run_document(run)); },
                 [this](const ReceiverWasTested& one) {
                   answer(one.ticket, test_document(one.receiver, one.verdict, one.reason));
                 },
                 [this](const Refused& one) { answer(one.ticket, error_document(one.why)); },
                 [](const LogLine& line) { log(line); },
             },
             action);
}

void Daemon::spawn(Role role) {
  if (role == Role::kVrrp && withdrawal_.child) {
    spawn_after_withdrawal_ = true;
  } else {
    start_worker(role);
  }
}

WorkerProcess::Callbacks Daemon::callbacks_of(Role role) {
  return {
      [this, role](const Message& message, bool descriptor) {
        if (const auto* beat = std::get_if<Heartbeat>(&message)) census_.heard(role, *beat);
        handle(MessageFrom{role, message, descriptor});
      },
      [this, role](const std::string& what) {
        handle(Violation{role, what});
      },
      [this, role](int status, int signal) {
        process(role).reset();
        handle(WorkerExited{role, status, signal});
      },
      [this, role] { handle(SignOfLife{role}); },
  };
}

void Daemon::start_worker(Role role) {
  std::vector<std::string> arguments{"--root", directory_.root()};
  if (role == Role::kVrrp) {
    const std::vector<std::string> standing = standing_of(document_.vrrp_process);
    arguments.insert(arguments.end(), standing.begin(), standing.end());
  }
  auto started = WorkerProcess::start(loop_, programs_.of(role), arguments, callbacks_of(role));
  known_of_us_.at(static_cast<std::size_t>(role)).clear();
  if (started) {
    process(role) = std::move(*started);
  } else {
    handle(SpawnFailed{role, started.error().message});
  }
}

bool Daemon::is_child(pid_t pid) const {
  const auto is = [pid](const auto& child) { return child && child->pid() == pid; };
  const auto has = [pid](const std::vector<int>& pids) {
    return std::find(pids.begin(), pids.end(), pid) != pids.end();
  };
  return std::any_of(processes_.begin(), processes_.end(), is) || is(withdrawal_.child) ||
         (upgrade_ && is(upgrade_->child)) || orphans_.contains(pid) ||
         has(check_scripts_.pids()) || has(messenger_.pids());
}

void Daemon::kill(const Kill& kill) {
  if (kill.role == Role::kVrrp && std::exchange(spawn_after_withdrawal_, false)) {
    handle(SpawnFailed{kill.role, "no longer wanted"});
    return;
  }
  const auto& worker = process(kill.role);
  if (!worker) return;
  worker->signal(kill.how == KillWith::kAbort ? SIGABRT : SIGKILL);
  if (kill.how == KillWith::kAbort) worker->signal(SIGCONT);  // a stopped process does not abort
}

void Daemon::withdraw() {
  if (withdrawal_.child) return;
  auto started = Child::start(loop_, programs_.vrrp, {"--release", "--root", directory_.root()}, -1,
                              [this](int status, int signal) { withdrawn(status, signal); });
  if (!started) {
    log(LogLevel::kError, "cannot remove the addresses: " + started.error().message);
    return;
  }
  withdrawal_.child = std::move(*started);
  withdrawal_.deadline =
      std::make_unique<Timer>(loop_, [this] { withdrawal_.child->signal(SIGKILL); });
  withdrawal_.deadline->set(monotonic_now() + kWithdrawalTime);
}

void Daemon::withdrawn(int status, int signal) {
  withdrawal_ = Withdrawal{};
  if (status == 0 && signal == 0) {
    log(LogLevel::kInfo, "no address of ours is left behind");
  } else {
    log(LogLevel::kError,
        "the removal of the addresses " + how_it_ended(status, signal) + "; look with: ip address");
  }
  if (std::exchange(spawn_after_withdrawal_, false)) start_worker(Role::kVrrp);
  leave_if_done();
}

void Daemon::run(const StartScript& script) {
  const auto& checks = document_.config->checks;
  const auto check = std::find_if(checks.begin(), checks.end(),
                                  [&](const CheckConfig& one) { return one.name == script.check; });
  HF_CHECK(check != checks.end());
  const auto& [command, dynamic_weight] = std::get<ScriptCheck>(check->target);
  const auto answer = [this, script](const ScriptOutcome& outcome) {
    if (script.asked) {
      this->answer(
          *script.asked,
          run_document({*script.asked, script.check, {}, outcome.verdict, outcome.reason}));
      return;
    }
    census_.ended(ScriptKind::kOfCheck, outcome.verdict);
    handle(ScriptEnded{
        {script.check, script.attempt, outcome.verdict, bounded(outcome.reason), outcome.weight},
        script.life});
  };
  check_scripts_.run({(script.asked ? "asked " : "") + script.check,
                      command,
                      document_.users.at(command.user),
                      {"HOLDFAST_NODE=" + document_.config->node, "HOLDFAST_CHECK=" + script.check},
                      check->timeout,
                      true,
                      answer,
                      dynamic_weight});
}

void Daemon::exit(int status) {
  exiting_ = status;
  check_scripts_.kill_all();
  messenger_.finish([this] {
    all_told_ = true;
    leave_if_done();
  });
}

void Daemon::leave_if_done() {
  if (!exiting_ || !all_told_ || withdrawal_.child) return;
  for (const Ticket ticket : std::exchange(stop_askers_, {})) answer(ticket, done_document());
  loop_.stop();
}

// Of real servers another configuration soon follows; of virtual routers alone hardly ever.
void Daemon::give_back_memory() const {
  give_back_free_memory(document_.config->virtual_servers.empty() ? Reserve::kNone
                                                                  : Reserve::kAsMuchAsUsed);
}

// ---- To the world.

void Daemon::ready() {
  log(LogLevel::kInfo,
      "configuration " + std::to_string(core_.generation().value) + " is in force");
  notifier_.ready();
  answer_reloads();
  upgraded();
  used_no_more_.set(monotonic_now() + kUsedNoMore);
}

void Daemon::feed_watchdog() {
  if (!notifier_.watchdog_interval()) return;
  notifier_.alive();
  watchdog_.set(monotonic_now() + *notifier_.watchdog_interval());
}

void Daemon::tell_status() {
  notifier_.status(status_line(core_));
  status_.set(monotonic_now() + kStatusInterval);
}

std::string Daemon::status() {
  return status_document(core_, surroundings());
}

Surroundings Daemon::surroundings() {
  boot_ = boot_time(boot_);
  Surroundings around{
      source_.file, document_.sha256, document_.loaded_at, failed_reload_, {}, monotonic_now(),
      boot_};
  if (maintenance_) {
    const auto time = [](std::int64_t seconds) {
      return wall_time(RealTime{std::chrono::seconds{seconds}});
    };
    around.maintenance = Maintenance{time(maintenance_->since), {}};
    if (maintenance_->until) around.maintenance->until = time(*maintenance_->until);
  }
  for (const Role role : kRoles) {
    if (process(role)) around.pids.at(static_cast<std::size_t>(role)) = process(role)->pid();
  }
  return around;
}

}  // namespace holdfast::supervisor
