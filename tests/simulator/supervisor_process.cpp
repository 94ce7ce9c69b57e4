// SPDX-License-Identifier: Apache-2.0
#include "tests/simulator/supervisor_process.h"

#include <utility>

#include "common/core/overloaded.h"
#include "tests/simulator/host.h"
#include "tests/simulator/witness.h"

namespace holdfast::simulator {

using supervisor::SupervisorAction;
using supervisor::SupervisorEvent;

SupervisorProcess::SupervisorProcess(Host& host)
    : Process(host.world()), host_(host), core_(Host::kBuildId) {}

void SupervisorProcess::order(SupervisorEvent event) {
  orders_.post(world_.now() + world_.random.between(Duration{0}, world_.pace.channel),
               std::move(event));
}

void SupervisorProcess::worker_exited(const supervisor::WorkerExited& exit) {
  reaped_.post(world_.now() + world_.random.between(Duration{0}, world_.pace.channel), exit);
}

void SupervisorProcess::withdrawn() {
  reaped_.post(world_.now(), Withdrawn{});
}

bool SupervisorProcess::drained() const {
  for (const auto& open : channels_) {
    if (open && !(open->to_worker.empty() && open->to_supervisor.empty())) return false;
  }
  return reaped_.empty() && orders_.empty();
}

void SupervisorProcess::close_channels() {
  for (const auto& open : channels_) {
    if (!open) continue;
    open->supervisor_open = false;
    open->supervisor_closed = world_.now();
  }
}

Process::Sources SupervisorProcess::sources() const {
  Sources times;
  times.fill(kNever);
  for (const Role role : kRoles) {
    const auto i = static_cast<std::size_t>(role);
    if (channels_[i]) times[i] = channels_[i]->to_supervisor.ready();
  }
  times[kReaped] = reaped_.ready();
  times[kOrders] = orders_.ready();
  times[kAlarm] = alarm_.due();
  return times;
}

void SupervisorProcess::serve(std::size_t source) {
  switch (source) {
    case kReaped:
      reap();
      break;
    case kOrders:
      handle(orders_.take());
      break;
    case kAlarm:
      wake();
      break;
    default:
      read(kRoles[source]);
      break;
  }
}

void SupervisorProcess::read(Role role) {
  const Packet packet = channel(role)->to_supervisor.take();
  const Result<Message> message = decode(packet.bytes);
  HF_CHECK(message.has_value());
  handle(supervisor::MessageFrom{role, *message});
}

// What was sent is read before an end, and before time is judged.
void SupervisorProcess::read_all() {
  for (const Role role : kRoles) {
    while (channel(role) && !channel(role)->to_supervisor.empty()) read(role);
  }
}

void SupervisorProcess::reap() {
  read_all();
  const Reaped reaped = reaped_.take();
  if (const auto* exit = std::get_if<supervisor::WorkerExited>(&reaped)) {
    channel(exit->role).reset();
    handle(*exit);
    return;
  }
  withdrawing_ = false;
  if (std::exchange(spawn_after_withdrawal_, false)) spawn(Role::kVrrp);
  exit_status_ = exit_after_withdrawal_;
}

void SupervisorProcess::wake() {
  read_all();
  guard_against_spinning(alarm_.deadline(), world_.now(), "a supervisor");
  alarm_.spend();
  handle(supervisor::Wake{});
}

// Performing an action may cause an event; it waits for its turn.
void SupervisorProcess::handle(SupervisorEvent event) {
  events_.push_back(std::move(event));
  if (std::exchange(handling_, true)) return;
  while (!events_.empty() && !exit_status_) {
    const SupervisorEvent next = std::move(events_.front());
    events_.pop_front();
    consult(next);
  }
  handling_ = false;
  std::optional<Time> deadline = core_.deadline();
  if (deadline) deadline = host_.world_time(*deadline);
  alarm_.set(deadline, world_);
}

void SupervisorProcess::consult(const SupervisorEvent& event) {
  if (const auto* loaded = std::get_if<supervisor::ConfigLoaded>(&event)) {
    document_ = loaded->config;
  }
  auto actions = core_.handle(event, host_.clock());
  if (world_.tamper.supervisor) world_.tamper.supervisor(actions);
  leaving_ = std::any_of(actions.begin(), actions.end(), [](const SupervisorAction& action) {
    return std::holds_alternative<supervisor::Exit>(action);
  });
  for (const SupervisorAction& action : actions) {
    if (burnt_out()) {
      exit_status_ = 128 + kSignalKill;
      return;
    }
    perform(action);
  }
}

void SupervisorProcess::perform(const SupervisorAction& action) {
  std::visit(Overloaded{
                 [this](const supervisor::Spawn& start) {
                   if (withdrawing_ && start.role == Role::kVrrp) {
                     spawn_after_withdrawal_ = true;
                   } else {
                     spawn(start.role);
                   }
                 },
                 [this](const supervisor::Send& message) { send(message); },
                 [this](const supervisor::Kill& one) { kill(one); },
                 [this](const supervisor::Withdraw&) {
                   if (!std::exchange(withdrawing_, true)) host_.withdraw();
                 },
                 // No check here is a script, and the world has no scripts to tell.
                 [](const supervisor::StartScript&) {},
                 [](const supervisor::StartAlertScript&) {},
                 [](const supervisor::Notify&) {},
                 // No virtual servers, and so no table to keep.
                 [](const supervisor::LetGo&) {},
                 // And nobody asks anything of it.
                 [](const supervisor::ChecksGathered&) {},
                 [](const supervisor::CheckWasRun&) {},
                 [](const supervisor::ReceiverWasTested&) {},
                 [](const supervisor::Refused&) {},
                 [this](const supervisor::Ready&) { world_.note(host_.number(), "ready"); },
                 [this](const supervisor::Exit& exit) {
                   (withdrawing_ ? exit_after_withdrawal_ : exit_status_) = exit.status;
                 },
                 [this](const LogLine& line) {
                   world_.note(host_.number(), "log: " + line.text);
                   last_words_ = line.text;
                 },
             },
             action);
}

void SupervisorProcess::spawn(Role role) {
  if (auto fresh = host_.spawn(role)) {
    channel(role) = std::move(fresh);
  } else {
    handle(supervisor::SpawnFailed{role, "Resource temporarily unavailable"});
  }
}

void SupervisorProcess::kill(const supervisor::Kill& kill) {
  if (kill.role == Role::kVrrp && std::exchange(spawn_after_withdrawal_, false)) {
    handle(supervisor::SpawnFailed{kill.role, "no longer wanted"});
    return;
  }
  world_.note(host_.number(), "supervisor kills " + std::string(to_string(kill.role)));
  host_.kill_for_supervisor(kill.role, kill.how, leaving_);
}

void SupervisorProcess::send(const supervisor::Send& send) {
  const auto& to = channel(send.role);
  if (!to || !to->worker_open) return;  // its end is about to be known
  if (to->to_worker.size() >= Channel::kCapacity) {
    handle(supervisor::Violation{send.role, "does not read"});
    return;
  }
  Packet packet{encode(send.message), nullptr};
  if (std::holds_alternative<Configure>(send.message)) packet.document = document_;
  ++world_.figures.messages;
  const Duration latency = world_.random.between(Duration{0}, world_.pace.channel);
  to->to_worker.post(world_.now() + latency, std::move(packet));
}

}  // namespace holdfast::simulator
