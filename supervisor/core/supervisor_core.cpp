// SPDX-License-Identifier: Apache-2.0
#include "supervisor/core/supervisor_core.h"

#include <algorithm>
#include <utility>

#include "common/core/overloaded.h"
#include "config/has_routing.h"
#include "config/heartbeat.h"

namespace holdfast::supervisor {
namespace {

WorkerPhase phase_of(Stage stage) {
  switch (stage) {
    case Stage::kDown:
      return WorkerPhase::kDown;
    case Stage::kSpawned:
    case Stage::kGreeted:
      return WorkerPhase::kStarting;
    case Stage::kRunning:
    case Stage::kForeign:
      return WorkerPhase::kRunning;
    case Stage::kStopping:
      return WorkerPhase::kStopping;
  }
  return WorkerPhase::kDown;
}

Duration slowest_interval(const Config& config) {
  Duration longest{0};
  for (const InstanceConfig& one : config.instances) {
    longest = std::max(longest, one.advert_interval);
  }
  return longest;
}

// How long addresses wait for their virtual servers when the daemon starts.
constexpr Duration kTableTime = std::chrono::seconds{5};

bool has_witness(const Config& config) {
  return std::any_of(config.instances.begin(), config.instances.end(),
                     [](const InstanceConfig& one) { return one.witness.has_value(); });
}

}  // namespace

bool wanted(Role role, const Config& config) {
  switch (role) {
    case Role::kVrrp:
      return has_routing(config);
    case Role::kCheck:  // those of virtual servers are among them
      return !config.checks.empty();
    case Role::kBalance:
      return !config.virtual_servers.empty() || config.load_balancing.sync;
    case Role::kMonitor:
      return !config.monitoring.listen.empty();
    case Role::kAlert:
      return !config.alerts.receivers.empty();
    case Role::kWitness:
      return !config.witness.endpoints.empty() && has_witness(config);
  }
  return true;
}

SupervisorCore::SupervisorCore(std::string build_id) : build_id_(std::move(build_id)) {
  for (const Role role : kRoles) record(role).role = role;
}

bool SupervisorCore::wants(Role role) const {
  return wanted(role, *config_) && !(maintenance_ && role == Role::kVrrp);
}

SupervisorActions SupervisorCore::handle(const SupervisorEvent& event, Time now) {
  if (finished_) return {};
  now_ = now;
  std::visit(Overloaded{
                 [this](const ConfigLoaded& loaded) { config_loaded(loaded); },
                 [this](const MessageFrom& message) { received(message); },
                 [this](const Violation& what) { violated(record(what.role), what.what); },
                 [this](const WorkerExited& end) { exited(end); },
                 [this](const SpawnFailed& failed) { spawn_failed(failed); },
                 [this](const Observed& seen) { observed(seen); },
                 [this](const Ordered& one) { ordered(one); },
                 [this](const Maintain& one) { maintain(one.on); },
                 [this](const ScriptEnded& end) { script_ended(end); },
                 [this](const AskedForChecks& asked) { asked_for_checks(asked.ticket); },
                 [this](const AskedToRun& asked) { asked_to_run(asked); },
                 [this](const AskedToTest& asked) { asked_to_test(asked); },
                 [this](const SignOfLife& sign) { heard_sign(sign.role); },
                 [this](const Terminate& how) { terminate(how.keep_table); },
                 [this](const Wake&) {
                   if (start_held_ && *start_held_ <= now_) release_start();
                   for (WorkerRecord& worker : workers_) wake(worker);
                 },
             },
             event);
  return std::exchange(actions_, {});
}

std::optional<Time> SupervisorCore::deadline() const {
  if (finished_) return std::nullopt;
  std::optional<Time> first = start_held_;
  for (const WorkerRecord& worker : workers_) {
    const std::optional<Time> due = deadline(worker);
    if (due && (!first || *due < *first)) first = due;
  }
  return first;
}

Generation SupervisorCore::generation() const {
  return generation_;
}

const Config& SupervisorCore::config() const {
  return *config_;
}

std::vector<WorkerInfo> SupervisorCore::workers() const {
  std::vector<WorkerInfo> infos;
  for (const WorkerRecord& worker : workers_) {
    if (!worker.wanted && !worker.alive()) continue;
    infos.push_back({worker.role, phase_of(worker.stage), worker.lives > 0 ? worker.lives - 1 : 0,
                     worker.last_end, worker.since});
  }
  return infos;
}

bool SupervisorCore::listens(Role role) const {
  return workers_[static_cast<std::size_t>(role)].listens();
}

std::vector<Message> SupervisorCore::retained() const {
  return retained_.all();
}

// ---- Configuration.

void SupervisorCore::config_loaded(const ConfigLoaded& event) {
  if (stopping_) return;
  const auto former = std::exchange(config_, event.config);
  const auto previous = std::exchange(subjects_, std::make_shared<Subjects>(*config_));
  ++generation_.value;
  if (!std::exchange(loaded_, true)) {
    start_workers();
    return;
  }
  retained_.forget_all_but(*subjects_);
  notify(notices_.forget_all_but(*config_, *former), former);
  for (WorkerRecord& worker : workers_) {
    const Duration before = std::exchange(worker.watchdog, watchdog_time(*config_, worker.role));
    worker.wanted = wants(worker.role);
    if (!worker.wanted) worker.restart_at.reset();
    if (worker.wanted && !worker.alive() && !worker.restart_at) spawn(worker);
    if (!worker.listens()) continue;
    worker.life.former.push_back({previous, before});
    configure(worker);
  }
  ready_if_all_are();  // of none, in a maintenance
}

void SupervisorCore::start_workers() {
  for (const Message& message : std::exchange(taken_over_, {})) retained_.keep(message, *subjects_);
  notify(notices_.forget_all_but(*config_, *config_));
  for (WorkerRecord& worker : workers_) {
    worker.watchdog = watchdog_time(*config_, worker.role);
    worker.wanted = wants(worker.role);
    worker.life.slowest = slowest_interval(*config_);
    if (worker.wanted && !worker.alive()) spawn(worker);
  }
  if (!has_routing(*config_)) left_behind_ = true;  // for all that is known
  replace_next();
  ready_if_all_are();
}

void SupervisorCore::configure(WorkerRecord& worker) {
  // Counted from here: this process may have been held up since it started the worker.
  worker.life.answer_due = now_ + kAnswerTime;
  worker.life.slowest = std::max(worker.life.slowest, slowest_interval(*config_));
  actions_.emplace_back(Send{worker.role, Configure{generation_}});
}

void SupervisorCore::ready_if_all_are() {
  const bool all = std::all_of(workers_.begin(), workers_.end(), [this](const auto& worker) {
    return !worker.wanted ||
           (worker.stage == Stage::kRunning && worker.life.next_answer.value > generation_.value);
  });
  if (!all || ready_ == generation_) return;
  ready_ = generation_;
  actions_.emplace_back(Ready{});
  clear_away();
}

// No vrrp-worker runs that would remove what the one of a killed daemon left behind. But first of
// all servers are to be served.
void SupervisorCore::clear_away() {
  const bool served = !record(Role::kBalance).wanted || table_filled_;
  if (ready_ != generation_ || !served || has_routing(*config_)) return;
  if (!record(Role::kVrrp).alive()) withdraw();
}

// ---- What workers say.

void SupervisorCore::received(const MessageFrom& event) {
  WorkerRecord& worker = record(event.role);
  if (!worker.alive() || worker.life.doom) return;
  if (!worker.life.budget.take(now_)) {
    violated(worker, "more messages than anybody could need");
    return;
  }
  const Result<Rule> rule = admit(event.role, worker.stage, event.message, event.descriptor);
  if (!rule) {
    violated(worker, rule.error().message);
    return;
  }
  const std::string_view subject = subject_of(event.message);
  const bool known = subjects_->has(rule->subject, subject);
  if (!known && !knew(worker, *rule, subject)) {
    violated(worker, std::string(name_of(event.message)) + " about '" + std::string(subject) +
                         "', which is not configured");
    return;
  }
  worker.life.heard = worker.life.silent_since = now_;
  if (known) forward(event.message, *rule);
  std::visit(Overloaded{
                 [&](const Hello& hello) { greet(worker, hello); },
                 [&](const Configured& answer) { configured(worker, answer.generation); },
                 [&](const Heartbeat&) { heard_heartbeat(worker); },
                 [&](const RouterState& state) { notify(notices_.heard(state, *config_)); },
                 [&](const ServiceState& state) { notify(notices_.heard(state, *config_)); },
                 [&](const TableFilled&) {
                   table_filled_ = true;
                   release_start();
                   clear_away();
                 },
                 [&](const RunScript& run) { run_script(worker, run); },
                 [&](const AlertScript& script) { run_alert_script(worker, script); },
                 [&](const AskSocket& asked) { open_socket(worker, asked); },
                 [&](const CheckDetails& page) { told(worker, page); },
                 [&](const CheckRun& step) { told(worker, step); },
                 [&](const Forbidden& last) {
                   doom(worker, KillWith::kKill, EndedBy::kItself,
                        "made the forbidden system call " + last.system_call);
                 },
                 [](const auto&) {},
             },
             event.message);
}

// Keeps what is about something configured, and passes it to those who are to have a copy.
void SupervisorCore::forward(const Message& message, const Rule& rule) {
  retained_.keep(message);
  for (const WorkerRecord& reader : workers_) {
    if (!rule.copied_to.contains(reader.role) || !reader.listens()) continue;
    actions_.emplace_back(Send{reader.role, message});
  }
}

void SupervisorCore::observed(const Observed& event) {
  say(event.observation);
}

void SupervisorCore::ordered(const Ordered& event) {
  say(event.order);
}

// The supervisor's own words.
void SupervisorCore::say(const Message& message) {
  const Rule& rule = *rule_of(message);
  if (subjects_->has(rule.subject, subject_of(message))) forward(message, rule);
}

// One that a reload has removed is not run: its worker is about to hear of that.
void SupervisorCore::run_script(const WorkerRecord& worker, const RunScript& run) {
  if (stopping_ || !subjects_->has(Subject::kScript, run.check)) return;
  actions_.emplace_back(StartScript{run.check, run.attempt, worker.lives});
}

void SupervisorCore::run_alert_script(const WorkerRecord& worker, const AlertScript& script) {
  if (stopping_ || !subjects_->has(Subject::kAlertScript, script.receiver)) return;
  actions_.emplace_back(StartAlertScript{script, worker.lives});
}

// A new life counts its attempts anew.
void SupervisorCore::script_ended(const ScriptEnded& event) {
  const WorkerRecord& worker = record(event.role);
  if (worker.lives != event.life || worker.stage != Stage::kRunning || !worker.listens()) return;
  actions_.emplace_back(Send{event.role, event.result});
}

// Each is answered: who asks counts what it waits for.
void SupervisorCore::open_socket(const WorkerRecord& worker, const AskSocket& asked) {
  if (!worker.listens()) return;
  const MarkedSocket gone{asked.ticket, asked.stream, false, 0, "the check has no mark any more"};
  actions_.emplace_back(Send{worker.role, subjects_->socket_of(asked).value_or(gone)});
}

void SupervisorCore::notify(const NoticeList& notices) {
  notify(notices, config_);
}

void SupervisorCore::notify(const NoticeList& notices, const std::shared_ptr<const Config>& by) {
  for (const Notice& notice : notices) actions_.emplace_back(Notify{notice, by});
}

// A message about what a reload has removed may have been on its way.
bool SupervisorCore::knew(const WorkerRecord& worker, const Rule& rule, std::string_view subject) {
  const std::vector<Former>& former = worker.life.former;
  return std::any_of(former.begin(), former.end(),
                     [&](const Former& one) { return one.subjects->has(rule.subject, subject); });
}

void SupervisorCore::violated(WorkerRecord& worker, const std::string& what) {
  if (!worker.alive() || worker.life.doom) return;
  doom(worker, KillWith::kKill, EndedBy::kItself, "broke the protocol: " + what);
}

void SupervisorCore::greet(WorkerRecord& worker, const Hello& hello) {
  if (hello.role != worker.role || hello.build_id != build_id_) {
    violated(worker, "Hello from a " + std::string(to_string(hello.role)) + " of build '" +
                         hello.build_id + "', expected build '" + build_id_ + "'");
    return;
  }
  enter(worker, Stage::kGreeted);
  worker.life.next_answer = generation_;
  configure(worker);
  for (const Message& message : retained_.for_new_life(worker.role)) {
    actions_.emplace_back(Send{worker.role, message});
  }
  // An address that is announced is to have its virtual servers. But one that stays with a
  // restarted worker has them.
  if (worker.role == Role::kVrrp && record(Role::kBalance).wanted && !table_filled_ &&
      !worker.last_alive) {
    if (!start_held_) start_held_ = now_ + kTableTime;
    return;
  }
  actions_.emplace_back(Send{worker.role, Start{worker.last_alive}});
  const bool last = std::exchange(worker.life.hands_over, false);
  const bool rests = worker.rests_until || worker.given_up;
  if (last && (stopping_ || !worker.wanted || rests)) stop(worker);
}

void SupervisorCore::release_start() {
  const WorkerRecord& vrrp = record(Role::kVrrp);
  if (!std::exchange(start_held_, std::nullopt)) return;
  if (!table_filled_) {
    log(LogLevel::kWarning, record(Role::kBalance),
        "has not filled the kernel's table yet; the virtual routers start without");
    table_filled_ = true;  // so that nobody waits again
  }
  if (vrrp.listens()) actions_.emplace_back(Send{Role::kVrrp, Start{vrrp.last_alive}});
}

void SupervisorCore::configured(WorkerRecord& worker, Generation generation) {
  Life& life = worker.life;
  if (generation != life.next_answer || generation.value > generation_.value) {
    violated(worker, "Configured for generation " + std::to_string(generation.value) +
                         " instead of " + std::to_string(life.next_answer.value));
    return;
  }
  ++life.next_answer.value;
  if (life.reached == Reached::kNothing) life.reached = Reached::kConfigured;
  if (worker.stage == Stage::kGreeted) {
    enter(worker, Stage::kRunning);
    log(LogLevel::kInfo, worker, "runs");
    replace_next();
  }
  if (generation != generation_) return;
  life.former.clear();
  life.answer_due.reset();
  if (!worker.wanted && worker.stage != Stage::kStopping) stop(worker);
  ready_if_all_are();
}

// The first heartbeat comes with Configured. The next is sent by a loop that has gone through Start
// and still turns.
void SupervisorCore::heard_heartbeat(WorkerRecord& worker) {
  Life& life = worker.life;
  if (life.reached != Reached::kConfigured) return;
  if (life.beat) life.reached = Reached::kProven;
  life.beat = true;
}

// ---- Small things.

void SupervisorCore::enter(WorkerRecord& worker, Stage stage) {
  worker.stage = stage;
  worker.since = now_;
}

void SupervisorCore::log(LogLevel level, const WorkerRecord& worker, const std::string& text) {
  actions_.emplace_back(LogLine{level, std::string(to_string(worker.role)) + " " + text});
}

}  // namespace holdfast::supervisor
