// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <chrono>
#include <utility>

#include "supervisor/core/life_end.h"
#include "supervisor/core/supervisor_core.h"

// The lives of the workers: when one is started, found hung, killed, given up, and stopped.
namespace holdfast::supervisor {
namespace {

constexpr Duration kAbortTime = std::chrono::milliseconds{50};  // from SIGABRT to SIGKILL
constexpr Duration kShortStopTime = std::chrono::seconds{1};
// Takes out ten thousand servers, perhaps after a reload of as many that it is in the midst of.
constexpr Duration kBalanceStopTime = std::chrono::seconds{20};
constexpr Duration kVrrpStopMargin = std::chrono::seconds{2};

std::string text_of(Duration duration) {
  const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(duration).count();
  return ms % 1000 == 0 ? std::to_string(ms / 1000) + " s" : std::to_string(ms) + " ms";
}

// A hand-over ends when the heir is heard, or at the latest when the slowest backup has taken over:
// also that of an instance which a reload has just removed.
Duration stop_time(const WorkerRecord& worker) {
  switch (worker.role) {
    case Role::kCheck:
    case Role::kMonitor:
    case Role::kAlert:
    case Role::kWitness:
      return kShortStopTime;
    case Role::kBalance:
      return kBalanceStopTime;
    case Role::kVrrp:
      break;
  }
  return 3 * worker.life.slowest + kVrrpStopMargin;
}

// After such a silence a router no longer resumes: a peer may have taken over.
bool outlasts_a_resume(Duration silence, const Config& config) {
  return std::any_of(config.instances.begin(), config.instances.end(),
                     [&](const InstanceConfig& one) { return silence >= 2 * one.advert_interval; });
}

}  // namespace

// ---- Time.

std::optional<Time> SupervisorCore::deadline(const WorkerRecord& worker) const {
  const Life& life = worker.life;
  if (!worker.alive()) return worker.restart_at;
  if (life.kill_due || life.doom || worker.stage == Stage::kStopping) return life.kill_due;
  if (worker.stage != Stage::kRunning) return life.answer_due;
  const Time silent = life.silent_since + patience(worker);
  return life.answer_due ? std::min(*life.answer_due, silent) : silent;
}

// A worker beats as its own configuration says, which may be an older one.
Duration SupervisorCore::patience(const WorkerRecord& worker) const {
  Duration longest = worker.watchdog;
  for (const Former& former : worker.life.former) longest = std::max(longest, former.watchdog);
  return longest;
}

void SupervisorCore::wake(WorkerRecord& worker) {
  const std::optional<Time> due = deadline(worker);
  if (!due || *due > now_) return;
  Life& life = worker.life;
  if (!worker.alive()) {
    spawn(worker);
  } else if (life.doom) {
    life.kill_due.reset();
    actions_.emplace_back(Kill{worker.role, KillWith::kKill});
  } else if (worker.stage == Stage::kForeign) {
    replace(worker);
  } else if (worker.stage == Stage::kStopping) {
    doom(worker, KillWith::kKill, EndedBy::kItself,
         "did not stop within " + text_of(stop_time(worker)));
  } else if (life.answer_due && *life.answer_due <= now_) {
    doom(worker, KillWith::kAbort, EndedBy::kItself,
         "did not answer its configuration within " + text_of(kAnswerTime));
  } else {
    watch(worker);
  }
}

void SupervisorCore::watch(WorkerRecord& worker) {
  Life& life = worker.life;
  const Duration limit = patience(worker);
  // If this process itself, or the whole machine, was held up by more than a heartbeat, the silence
  // proves nothing. Once: else a machine that is always late would never find a hung worker.
  const bool overslept = now_ - life.silent_since > limit + limit / 4;
  if (overslept && life.silent_since == life.heard) {
    life.silent_since = now_;
    return;
  }
  doom(worker, KillWith::kAbort, EndedBy::kWatchdog, "hung: no sign of life for " + text_of(limit));
}

// ---- Lives.

void SupervisorCore::spawn(WorkerRecord& worker) {
  worker.restart_at.reset();
  worker.rests_until.reset();
  worker.given_up = false;
  worker.life = Life{};
  worker.life.began = worker.life.heard = now_;
  worker.life.answer_due = now_ + kAnswerTime;
  ++worker.lives;
  enter(worker, Stage::kSpawned);
  if (worker.role == Role::kVrrp) left_behind_ = true;
  actions_.emplace_back(Spawn{worker.role});
}

void SupervisorCore::doom(WorkerRecord& worker, KillWith how, EndedBy by, const std::string& why) {
  worker.life.doom = Doom{by, why};
  worker.life.kill_due.reset();
  if (how == KillWith::kAbort) worker.life.kill_due = now_ + kAbortTime;
  log(LogLevel::kError, worker, why + "; killing it");
  actions_.emplace_back(Kill{worker.role, how});
}

void SupervisorCore::exited(const WorkerExited& event) {
  WorkerRecord& worker = record(event.role);
  if (!worker.alive()) return;
  give_up_inquiries(event.role);
  const std::optional<Doom>& doom = worker.life.doom;
  if (worker.stage == Stage::kForeign && doom && !stopping_) {
    replaced(worker);
    return;
  }
  const bool stop_asked = worker.stage == Stage::kStopping;
  if (stop_asked && !doom && event.signal == 0 && event.status == 0) {
    enter(worker, Stage::kDown);
    worker.last_end = "stopped";
    stopped(worker, true);
    return;
  }
  const EndedBy by = event.signal == kSigkill ? EndedBy::kOutside : EndedBy::kItself;
  ended(worker, doom ? doom->by : by, doom ? doom->why : how_it_ended(event.status, event.signal));
}

void SupervisorCore::spawn_failed(const SpawnFailed& event) {
  WorkerRecord& worker = record(event.role);
  if (!worker.alive()) return;
  ended(worker, EndedBy::kItself, "could not be started: " + event.error);
}

// Any end but the one that was asked for.
void SupervisorCore::ended(WorkerRecord& worker, EndedBy by, const std::string& how) {
  const Life& life = worker.life;
  const LifeEnd end{by, life.reached, now_ - life.began};
  if (life.reached != Reached::kNothing) worker.last_alive = life.heard;
  if (worker.stage == Stage::kStopping && stopping_) stop_failed_ = true;
  enter(worker, Stage::kDown);
  worker.last_end = how;
  if (stopping_) {
    log(LogLevel::kWarning, worker, life.doom ? "was killed" : how);
    if (hands_over_once_more(worker)) return;
    stopped(worker, false);
  } else {
    restart(worker, end);
  }
}

void SupervisorCore::restart(WorkerRecord& worker, const LifeEnd& end) {
  if (!worker.wanted) {
    log(LogLevel::kWarning, worker, worker.life.doom ? "was killed" : worker.last_end);
    if (hands_over_once_more(worker)) return;
    if (worker.role == Role::kVrrp) taken_out();
    replace_next();
    return;
  }
  // Why we killed it was said then.
  const std::string how = worker.life.doom ? "was killed" : worker.last_end;
  if (worker.rests_until || worker.given_up) {
    log(LogLevel::kWarning, worker, how + " before it had handed over");
    rested(worker);
    return;
  }
  const Duration delay = worker.policy.ended(end);
  if (worker.role == Role::kVrrp && worker.policy.hopeless()) {
    log(LogLevel::kError, worker, how);
    if (hands_over_once_more(worker)) {
      worker.given_up = true;
    } else {
      give_up();
    }
  } else if (delay == Duration{0}) {
    log(LogLevel::kWarning, worker, how + "; starting it again at once");
    spawn(worker);
  } else {
    log(LogLevel::kError, worker, how + "; starting it again in " + text_of(delay));
    rest(worker, delay);
  }
}

// Nobody of ours may answer for the addresses for so long that a peer announces them: then they are
// handed over, by one more life, so that the peer need not wait for our silence.
void SupervisorCore::rest(WorkerRecord& worker, Duration delay) {
  worker.restart_at = now_ + delay;
  if (worker.role != Role::kVrrp || !outlasts_a_resume(delay, *config_)) return;
  if (hands_over_once_more(worker)) {
    worker.rests_until = now_ + delay;
  } else {
    withdraw();
  }
}

// The life that only handed over has ended, well or not.
void SupervisorCore::rested(WorkerRecord& worker) {
  withdraw();
  if (worker.given_up) {
    give_up();
    return;
  }
  worker.restart_at = worker.rests_until;
  replace_next();
}

void SupervisorCore::give_up() {
  const WorkerRecord& vrrp = record(Role::kVrrp);
  log(LogLevel::kError, vrrp,
      "given up: it fails again and again, with no quiet minute between; the last life " +
          vrrp.last_end + ". This node lets go of its addresses and exits");
  withdraw();
  for (const WorkerRecord& worker : workers_) {
    if (worker.alive()) actions_.emplace_back(Kill{worker.role, KillWith::kKill});
  }
  exit(1);
}

void SupervisorCore::withdraw() {
  if (!std::exchange(left_behind_, false)) return;
  actions_.emplace_back(Withdraw{});
  if (!stopping_) notify(notices_.withdrawn());
  give_up_leases();
}

// No vrrp-worker is there to say so, and another node may wait for them.
void SupervisorCore::give_up_leases() {
  for (const InstanceConfig& one : config_->instances) {
    if (!one.witness) continue;
    const Message message = LeaseWish{one.name, false};
    forward(message, *rule_of(message));
  }
}

// ---- The end of one; of all: supervisor_core_end.cpp.

void SupervisorCore::stop(WorkerRecord& worker) {
  worker.restart_at.reset();
  if (!worker.alive() && owes_hand_over(worker)) spawn(worker);
  if (!worker.alive() || worker.life.doom) return;
  if (worker.stage == Stage::kSpawned) {
    worker.life.hands_over = worker.life.hands_over || owes_hand_over(worker);
    if (worker.life.hands_over) return;  // it is told when it can hear
    doom(worker, KillWith::kKill, EndedBy::kItself, "was stopped before it had started");
    return;
  }
  enter(worker, Stage::kStopping);
  worker.life.hands_over = true;
  worker.life.kill_due = now_ + stop_time(worker);
  if (keeps_table_ && worker.role == Role::kBalance) {
    actions_.emplace_back(LetGo{worker.role});
  } else {
    actions_.emplace_back(Send{worker.role, Shutdown{}});
  }
}

}  // namespace holdfast::supervisor
