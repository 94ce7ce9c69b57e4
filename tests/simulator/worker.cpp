// SPDX-License-Identifier: Apache-2.0
#include "tests/simulator/worker.h"

#include <algorithm>
#include <tuple>

#include "common/core/overloaded.h"
#include "config/heartbeat.h"
#include "tests/simulator/host.h"

namespace holdfast::simulator {
namespace {

// What was said about a subject holds after a reload if it is still the same.
bool same_subject(const Config& before, const Config& after, const std::string& name) {
  const auto instance = [&](const Config& config) {
    return std::find_if(config.instances.begin(), config.instances.end(),
                        [&](const InstanceConfig& one) { return one.name == name; });
  };
  const auto was = instance(before);
  const auto is = instance(after);
  if (was != before.instances.end() && is != after.instances.end()) {
    return std::tie(was->interface, was->vrid, was->version) ==
           std::tie(is->interface, is->vrid, is->version);
  }
  return name.empty() || std::any_of(after.checks.begin(), after.checks.end(),
                                     [&](const CheckConfig& one) { return one.name == name; });
}

}  // namespace

Worker::Worker(Host& host, Role role, std::uint64_t life, std::shared_ptr<Channel> channel,
               Time starts)
    : Process(host.world()),
      host_(host),
      role_(role),
      life_(life),
      channel_(std::move(channel)),
      starts_(starts),
      config_(std::make_shared<const Config>()),
      interval_(std::chrono::milliseconds{250}) {}

Time Worker::clock() const {
  return host_.clock();
}

void Worker::end(ProcessEnd how) {
  if (ended_) return;
  ended_ = how;
  channel_->worker_open = false;
}

Process::Sources Worker::sources() const {
  Sources times;
  times.fill(kNever);
  if (ended_) return times;
  if (!started_) {
    times[kChannel] = starts_;
    return times;
  }
  if (connected_) {
    times[kChannel] = channel_->to_worker.ready();
    const bool at_end = channel_->to_worker.empty() && !channel_->supervisor_open;
    if (at_end) times[kChannel] = channel_->supervisor_closed;
  }
  times[kBeat] = beat_.due();
  times[kAlarm] = alarm_.due();
  return times;
}

void Worker::serve(std::size_t source) {
  if (!started_) {
    started_ = true;
    send(Hello{role_, Host::kBuildId});
    start_up();
  } else if (source == kChannel) {
    read_channel();
  } else if (source == kBeat) {
    beat_.spend();
    beat();
  } else {
    guard_against_spinning(alarm_.deadline(), world_.now(), "a worker");
    alarm_.spend();
    wake();
  }
}

void Worker::read_channel() {
  if (channel_->to_worker.empty()) {
    connected_ = false;
    close();
    return;
  }
  const Packet packet = channel_->to_worker.take();
  const Result<Message> message = decode(packet.bytes);
  HF_CHECK(message.has_value());
  world_.journal.message(world_.now(), host_.number(), "worker reads", packet.bytes);
  received(*message, packet.document);
}

void Worker::received(const Message& message, const std::shared_ptr<const Config>& document) {
  if (closing_) return;
  std::visit(
      Overloaded{
          [&](const Configure& configure) { adopt(configure.generation, document); },
          [&](const Start& begin) {
            begun_ = true;
            if (begin.last_alive) silence_ = clock() - *begin.last_alive;
            start(begin.last_alive);
          },
          [&](const Shutdown&) { close(); },
          [&](const auto&) {
            known_.insert_or_assign({message.index(), std::string(subject_of(message))}, message);
            tell(message);
          },
      },
      message);
}

// The check-worker keeps what it was told of routers, by name: what changes of one is told anew.
bool Worker::is_of_another(const Message& known) const {
  return role_ == Role::kCheck && std::holds_alternative<RouterState>(known);
}

void Worker::adopt(Generation generation, const std::shared_ptr<const Config>& document) {
  HF_CHECK(document != nullptr);
  // The old one lives on until the new one is adopted.
  const std::shared_ptr<const Config> before = std::exchange(config_, document);
  generation_ = generation;
  interval_ = heartbeat_interval(*config_, role_);
  std::erase_if(known_, [&](const auto& entry) {
    return !is_of_another(entry.second) && !same_subject(*before, *config_, entry.first.second);
  });
  configure(*before);
  if (ended_) return;
  send(Configured{generation});
  beat();
}

void Worker::beat() {
  if (!connected_) {
    close();
    return;
  }
  beat_.set(world_.now() + interval_, world_);
  send(Heartbeat{});
}

void Worker::close() {
  if (std::exchange(closing_, true)) return;
  shut_down();
}

void Worker::send(const Message& message) {
  if (!connected_) return;
  if (!channel_->supervisor_open || channel_->to_supervisor.size() >= Channel::kCapacity) {
    connected_ = false;
    beat_.set(world_.now(), world_);
    return;
  }
  Packet packet{encode(message), nullptr};
  ++world_.figures.messages;
  world_.journal.message(world_.now(), host_.number(), "worker says", packet.bytes);
  const Duration latency = world_.random.between(Duration{0}, world_.pace.channel);
  channel_->to_supervisor.post(world_.now() + latency, std::move(packet));
}

void Worker::report(const Message& message) {
  known_.insert_or_assign({message.index(), std::string(subject_of(message))}, message);
  send(message);
}

void Worker::arm(std::optional<Time> deadline) {
  if (deadline) deadline = host_.world_time(*deadline);
  alarm_.set(deadline, world_);
}

}  // namespace holdfast::simulator
