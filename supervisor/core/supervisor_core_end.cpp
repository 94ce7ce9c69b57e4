// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <utility>

#include "supervisor/core/supervisor_core.h"

// The end of the daemon, and of the vrrp-worker in a maintenance.
namespace holdfast::supervisor {
namespace {

// A backup has not taken over yet, after such a silence of ours.
bool still_ours(Duration silence, const InstanceConfig& instance) {
  return silence < (instance.down_timer_adverts - 1) * instance.advert_interval;
}

}  // namespace

// It is to stop between two lives, with addresses in nobody's hands that a peer believes to be in
// ours. So there is one more life, or the one that is starting goes on: it resumes, and hands over
// as any. Only one, and none after one that was told to hand over.
bool SupervisorCore::owes_hand_over(const WorkerRecord& worker) const {
  const bool between = worker.stage == Stage::kDown || worker.stage == Stage::kSpawned;
  if (worker.role != Role::kVrrp || !between || worker.life.hands_over) return false;
  if (!left_behind_ || !worker.last_alive) return false;
  const Duration silence = now_ - *worker.last_alive;
  const std::vector<Message> states = retained_.for_new_life(Role::kVrrp);
  return std::any_of(config_->instances.begin(), config_->instances.end(), [&](const auto& one) {
    return still_ours(silence, one) &&
           std::any_of(states.begin(), states.end(), [&](const auto& said) {
             const auto* const router = std::get_if<RouterState>(&said);
             return router != nullptr && router->router == one.name &&
                    router->state == VrrpState::kActive;
           });
  });
}

bool SupervisorCore::hands_over_once_more(WorkerRecord& worker) {
  if (!owes_hand_over(worker)) return false;
  log(LogLevel::kInfo, worker, "is started once more, to hand over");
  stop(worker);
  return true;
}

void SupervisorCore::terminate(bool keep_table) {
  if (std::exchange(stopping_, true)) {
    for (WorkerRecord& worker : workers_) {
      if (!worker.alive()) continue;
      worker.life.hands_over = true;  // and no other life after it
      doom(worker, KillWith::kKill, EndedBy::kItself, "was not given the time to stop");
    }
    return;
  }
  keeps_table_ = keep_table;
  if (owes_hand_over(record(Role::kVrrp))) stop(record(Role::kVrrp));
  // While the addresses are handed over, what comes to them is served, and leases are given up.
  const bool last = record(Role::kVrrp).alive();
  for (WorkerRecord& worker : workers_) {
    const bool stays = worker.role == Role::kBalance || worker.role == Role::kWitness;
    if (!stays || !last) stop(worker);
  }
  if (!record(Role::kVrrp).alive()) withdraw();
  exit_if_all_are_down();
}

// The hand-over of a stop, of the vrrp-worker alone: no router runs here until the end of the
// maintenance, so that nothing can be taken over by a node that somebody works on.
void SupervisorCore::maintain(bool on) {
  if (std::exchange(maintenance_, on) == on || !loaded_ || stopping_) return;
  WorkerRecord& worker = record(Role::kVrrp);
  worker.wanted = wants(worker.role);
  if (!on) {
    if (!worker.alive()) spawn(worker);
    return;
  }
  stop(worker);
  if (!worker.alive()) taken_out();
  ready_if_all_are();
}

void SupervisorCore::taken_out() {
  notify(notices_.maintenance());
  withdraw();
}

void SupervisorCore::stopped(WorkerRecord& worker, bool cleanly) {
  if (cleanly) log(LogLevel::kInfo, worker, "stopped");
  if (worker.role == Role::kVrrp) {
    if (cleanly) left_behind_ = false;
    if (cleanly) worker.last_alive.reset();  // it has let go, and resumes nothing
    if (maintenance_ && !stopping_) {
      taken_out();
    } else {
      withdraw();
    }
    if (stopping_) stop(record(Role::kBalance));
    if (stopping_) stop(record(Role::kWitness));
  }
  if (stopping_) {
    exit_if_all_are_down();
    return;
  }
  if (worker.wanted && (worker.rests_until || worker.given_up)) {
    rested(worker);
    return;
  }
  if (worker.wanted) spawn(worker);
  replace_next();
}

void SupervisorCore::exit_if_all_are_down() {
  const bool down = std::none_of(workers_.begin(), workers_.end(),
                                 [](const WorkerRecord& worker) { return worker.alive(); });
  if (!down) return;
  exit(stop_failed_ ? 1 : 0);
}

void SupervisorCore::exit(int status) {
  notify(notices_.stopped(*config_));
  actions_.emplace_back(Exit{status});
  finished_ = true;
}

}  // namespace holdfast::supervisor
