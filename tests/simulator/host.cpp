// SPDX-License-Identifier: Apache-2.0
#include "tests/simulator/host.h"

#include <algorithm>
#include <string>
#include <utility>

#include "tests/simulator/check_process.h"
#include "tests/simulator/vrrp_process.h"
#include "tests/simulator/witness.h"

namespace holdfast::simulator {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

// Of the service manager: how long it waits for what is left of a service, and to start it again.
constexpr Duration kStopTimeout = seconds{5};
constexpr Duration kRestartDelay = seconds{1};

constexpr Duration kCoreDumpMax = milliseconds{10};
constexpr Duration kSlowCoreDump = seconds{3};

}  // namespace

Host::Host(World& world, Witness& witness, int number, std::vector<Nic> nics, Broadcast broadcast)
    : world_(world),
      witness_(witness),
      number_(number),
      nics_(std::move(nics)),
      broadcast_(std::move(broadcast)),
      kernel_([this] {
        if (VrrpProcess* process = vrrp()) process->netlink_has_news();
      }) {}

Host::~Host() = default;

VrrpProcess* Host::vrrp() const {
  return static_cast<VrrpProcess*>(worker(Role::kVrrp));
}

Target Host::target(std::uint16_t port) const {
  const auto it = targets_.find(port);
  return it == targets_.end() ? Target::kAnswers : it->second;
}

// ---- The machine.

void Host::boot() {
  running_ = true;
  paused_ = false;
  booted_ = world_.now() - world_.random.between(seconds{1}, seconds{1000});
  for (const Nic& nic : nics_) plug_in(nic.lan);
  if (wanted_) start_service();
}

void Host::crash() {
  ++incarnation_;
  running_ = false;
  if (supervisor_) supervisor_->close_channels();
  supervisor_.reset();
  for (auto& one : workers_) one.reset();
  kernel_.forget_everything();
  witness_.host_crashed(number_);
}

void Host::pause() {
  paused_ = true;
}

void Host::resume() {
  if (std::exchange(paused_, false)) last_paused_ = world_.now();
}

void Host::plug_in(int lan) {
  for (const Nic& nic : nics_) {
    if (nic.lan == lan) kernel_.attach(lan, nic.mac, {nic.primary, nic.link_local});
  }
}

void Host::change_primary(int lan, const IpPrefix& primary) {
  for (Nic& nic : nics_) {
    if (nic.lan != lan || nic.primary == primary) continue;
    const vrrp::Link* link = kernel_.on_lan(lan);
    if (link != nullptr) {
      kernel_.add_address(link->index, primary, false);
      kernel_.remove_address(link->index, nic.primary);
    }
    nic.primary = primary;
  }
}

void Host::unplant(int lan) {
  const vrrp::Link* link = kernel_.on_lan(lan);
  if (link == nullptr) return;
  const vrrp::Link before = *link;
  for (const vrrp::LinkAddress& have : before.addresses) {
    const auto own = [&](const Nic& nic) { return nic.lan == lan && nic.has(have.prefix.address); };
    if (have.marked || std::any_of(nics_.begin(), nics_.end(), own)) continue;
    kernel_.remove_address(before.index, have.prefix);
  }
}

// ---- The service manager.

void Host::start_service() {
  wanted_ = true;
  if (!running_ || supervisor_ || worker(Role::kVrrp) || worker(Role::kCheck)) return;
  supervisor_ = std::make_unique<SupervisorProcess>(*this);
  stop_ordered_ = false;
  supervisor_->order(supervisor::ConfigLoaded{file_});
}

void Host::stop_service() {
  wanted_ = false;
  // A second order would mean: at once.
  if (supervisor_ && !std::exchange(stop_ordered_, true))
    supervisor_->order(supervisor::Terminate{});
}

void Host::reload() {
  if (supervisor_) supervisor_->order(supervisor::ConfigLoaded{file_});
}

void Host::clean_up_after_supervisor() {
  if (supervisor_ || worker(Role::kVrrp) || worker(Role::kCheck)) return;
  kernel_.remove_marked();
  if (!wanted_) return;
  world_.after(kRestartDelay, [this, incarnation = incarnation_] {
    if (incarnation == incarnation_ && wanted_) start_service();
  });
}

// ---- Processes begin and end.

std::shared_ptr<Channel> Host::spawn(Role role) {
  HF_CHECK(worker(role) == nullptr);
  if (failing_spawns_ > 0) {
    --failing_spawns_;
    world_.note(number_, "cannot spawn " + std::string(to_string(role)));
    return nullptr;
  }
  ++world_.figures.spawns;
  world_.note(number_, "spawns " + std::string(to_string(role)));
  auto channel = std::make_shared<Channel>();
  const Time starts =
      world_.now() + world_.random.between(world_.pace.start_up_min, world_.pace.start_up_max);
  auto& place = workers_[static_cast<std::size_t>(role)];
  if (role == Role::kVrrp) {
    place = std::make_unique<VrrpProcess>(*this, role, ++lives_, channel, starts);
    witness_.new_life(number_);
  } else {
    place = std::make_unique<CheckProcess>(*this, role, ++lives_, channel, starts);
  }
  return channel;
}

void Host::kill_worker(Role role, ProcessEnd how) {
  if (Worker* process = worker(role)) {
    process->end(how);
    bury(role);
  }
}

// SIGABRT takes as long as the core dump does; SIGKILL does not wait for it.
void Host::kill_for_supervisor(Role role, supervisor::KillWith how, bool leaving) {
  Worker* process = worker(role);
  if (process == nullptr) return;
  if (!leaving) witness_.killed(*this, *process);
  if (how == supervisor::KillWith::kKill) {
    kill_worker(role, {0, kSignalKill});
    return;
  }
  process->doom();
  const bool slow = world_.random.chance(10);
  const Duration dump = slow ? kSlowCoreDump : world_.random.between(Duration{0}, kCoreDumpMax);
  world_.after(dump, [this, role, life = process->life()] {
    const Worker* same = worker(role);
    if (same != nullptr && same->life() == life) kill_worker(role, {0, kSignalAbort});
  });
}

void Host::kill_supervisor() {
  if (supervisor_) bury_supervisor();
}

void Host::bury(Role role) {
  auto& place = workers_[static_cast<std::size_t>(role)];
  const ProcessEnd how = place->ended().value();
  world_.note(number_, std::string(to_string(role)) + " ends, status " +
                           std::to_string(how.status) + ", signal " + std::to_string(how.signal));
  if (place->closing() && how.signal == 0) witness_.stopped(*this, role);
  place.reset();
  if (supervisor_) {
    supervisor_->worker_exited({role, how.status, how.signal});
  } else {
    clean_up_after_supervisor();
  }
}

void Host::bury_supervisor() {
  world_.note(number_, "supervisor ends");
  supervisor_->close_channels();
  supervisor_.reset();
  clean_up_after_supervisor();
  world_.after(kStopTimeout, [this, incarnation = incarnation_] {
    if (incarnation != incarnation_ || supervisor_) return;
    for (const Role role : kRoles) kill_worker(role, {0, kSignalKill});
  });
}

void Host::withdraw() {
  const Duration takes = world_.random.between(world_.pace.start_up_min, world_.pace.start_up_max);
  world_.after(takes, [this, incarnation = incarnation_] {
    if (incarnation != incarnation_) return;
    world_.note(number_, "withdraws what is marked");
    kernel_.remove_marked();
    if (supervisor_) supervisor_->withdrawn();
  });
}

// ---- The network and the scheduler.

void Host::transmit(int link, const Frame& frame) {
  const vrrp::Link* from = kernel_.find(link);
  if (from == nullptr || !from->up) return;
  broadcast_(kernel_.lan_of(link), frame);
}

// The kernel goes on when every process is stopped, but not when the machine is off.
void Host::end_later(int link, const IpPrefix& prefix, Duration lifetime) {
  const std::uint64_t lease = kernel_.lease(link, prefix);
  if (lifetime == Duration{0}) return;
  const Duration late = world_.random.between(milliseconds{0}, milliseconds{450});
  world_.after(lifetime + late, [this, link, prefix, lifetime, lease, machine = incarnation_] {
    if (machine != incarnation_ || !kernel_.end_address(link, prefix, lease)) return;
    world_.note(number_, "the kernel ends " + prefix.to_string());
    const VrrpProcess* process = vrrp();
    const Time began = world_.now() - lifetime;
    const bool awake = process != nullptr && process->begun() && !paused_since(began) &&
                       !process->paused_since(began);
    if (awake && process->holds(link, prefix)) {
      world_.fail("S10", "host " + std::to_string(number_) + ": an active router let " +
                             prefix.to_string() + " end");
    }
  });
}

void Host::receive(int lan, const Frame& frame) {
  if (!running_ || frame.announcement) return;
  const vrrp::Link* link = kernel_.on_lan(lan);
  VrrpProcess* process = vrrp();
  if (link == nullptr || !link->up || process == nullptr) return;
  process->packet_came(link->index, frame.bytes);
}

Time Host::next() const {
  if (!running_ || paused_) return kNever;
  Time first = supervisor_ ? supervisor_->next() : kNever;
  for (const auto& one : workers_) {
    if (one) first = std::min(first, one->next());
  }
  return first;
}

void Host::step() {
  // Whoever comes first here: the supervisor and the workers run beside each other.
  const std::size_t first = world_.random.below(kHostRoles.size() + 1);
  for (std::size_t i = 0; i <= kHostRoles.size(); ++i) {
    const std::size_t turn = (first + i) % (kHostRoles.size() + 1);
    if (turn == kHostRoles.size() ? step_supervisor() : step_worker(kHostRoles[turn])) return;
  }
}

bool Host::step_supervisor() {
  if (!supervisor_ || supervisor_->next() > world_.now()) return false;
  supervisor_->step();
  if (supervisor_->exit_status()) bury_supervisor();
  return true;
}

bool Host::step_worker(Role role) {
  Worker* process = worker(role);
  if (process == nullptr || process->next() > world_.now()) return false;
  process->step();
  if (process->ended()) bury(role);
  return true;
}

}  // namespace holdfast::simulator
