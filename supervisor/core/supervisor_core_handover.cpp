// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <utility>

#include "supervisor/core/supervisor_core.h"

// A supervisor takes over from another build of itself. Its workers live on: they send adverts, and
// nobody listens to what they say, which may mean something else in this build. One after the other
// is replaced as if it had crashed, so without a change of role.
namespace holdfast::supervisor {

bool SupervisorCore::settled() const {
  if (stopping_ || finished_ || ready_ != generation_ || start_held_) return false;
  return std::all_of(workers_.begin(), workers_.end(), [](const WorkerRecord& worker) {
    return worker.wanted ? worker.listens() && worker.stage == Stage::kRunning : !worker.alive();
  });
}

Handover SupervisorCore::hand_over() const {
  Handover handover;
  handover.build_id = build_id_;
  handover.generation = generation_;
  handover.table_filled = table_filled_;
  for (const WorkerRecord& worker : workers_) {
    if (!worker.alive()) continue;
    handover.workers.push_back(
        {worker.role, worker.lives, worker.last_end, worker.since, worker.life.heard});
  }
  handover.retained = retained_.all();
  handover.told = notices_.told();
  return handover;
}

void SupervisorCore::take_over(const Handover& former) {
  generation_ = former.generation;
  table_filled_ = former.table_filled;
  taken_over_ = former.retained;
  notices_.take_over(former.told);
  for (const HandedWorker& one : former.workers) {
    WorkerRecord& worker = record(one.role);
    worker.since = one.since;
    worker.lives = one.lives;
    worker.last_end = one.last_end;
    if (one.role == Role::kVrrp) left_behind_ = true;
    if (one.pid == 0) {  // its next life resumes, and is no restart to wonder about
      worker.last_alive = one.heard;
      worker.lives = std::max(one.lives, 1U) - 1;
      continue;
    }
    worker.stage = Stage::kForeign;
    worker.life.began = one.since;
    worker.life.heard = worker.life.silent_since = one.heard;
    worker.life.reached = Reached::kProven;
  }
}

// The vrrp-worker first, in the order of the roles, and each only when the one before runs.
void SupervisorCore::replace_next() {
  for (WorkerRecord& worker : workers_) {
    if (worker.stage == Stage::kSpawned || worker.stage == Stage::kGreeted) return;
    if (worker.stage != Stage::kForeign) continue;
    if (worker.role != Role::kVrrp) {
      replace(worker);
    } else if (!worker.life.doom && !worker.life.kill_due) {
      // Best when it has just beaten: its heir resumes by when it was last alive, and that is known
      // by its messages alone.
      worker.life.kill_due = now_ + worker.watchdog;
    }
    return;
  }
}

void SupervisorCore::heard_sign(Role role) {
  WorkerRecord& worker = record(role);
  if (worker.stage != Stage::kForeign || worker.life.doom) return;
  worker.life.heard = now_;
  if (worker.life.kill_due) replace(worker);
}

void SupervisorCore::replace(WorkerRecord& worker) {
  if (worker.life.doom) return;
  worker.life.kill_due.reset();
  worker.life.doom = Doom{EndedBy::kOutside, "replaced in an upgrade"};
  actions_.emplace_back(Kill{worker.role, KillWith::kKill});
}

// Of a foreign worker that we have replaced: no failure of its own.
void SupervisorCore::replaced(WorkerRecord& worker) {
  worker.last_alive = worker.life.heard;
  worker.last_end = worker.life.doom->why;
  enter(worker, Stage::kDown);
  log(LogLevel::kInfo, worker, "of the former version was replaced");
  if (worker.wanted) {
    spawn(worker);
    --worker.lives;  // no restart that an operator should wonder about
  } else if (worker.role == Role::kVrrp && !hands_over_once_more(worker)) {
    taken_out();
  }
  replace_next();
}

}  // namespace holdfast::supervisor
