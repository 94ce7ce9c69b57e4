// SPDX-License-Identifier: Apache-2.0
#include "common/worker.h"

#include <sys/socket.h>

#include <algorithm>
#include <cstdlib>
#include <limits>
#include <string>
#include <utility>

#include "common/clock.h"
#include "common/core/overloaded.h"
#include "common/log.h"
#include "common/sandbox.h"

namespace holdfast {
namespace {

// Until the configuration gives another.
constexpr Duration kHeartbeatInterval = std::chrono::milliseconds{250};
// From what uses much memory: whatever follows from it has been done by then.
constexpr Duration kUsedNoMore = std::chrono::seconds{2};
constexpr Duration kGivesBackEvery = std::chrono::seconds{10};  // at most

[[noreturn]] void give_up(const std::string& why) {
  log(LogLevel::kError, why);
  std::exit(1);  // NOLINT(concurrency-mt-unsafe): there are no threads
}

OwnedFd take_channel() {
  int type = 0;
  socklen_t size = sizeof type;
  if (::getsockopt(kChannelFd, SOL_SOCKET, SO_TYPE, &type, &size) != 0 || type != SOCK_SEQPACKET) {
    give_up("this program is started by holdfastd, not by hand");
  }
  return OwnedFd(kChannelFd);
}

}  // namespace

Worker::Worker(EventLoop& loop, Role role, Callbacks callbacks)
    : callbacks_(std::move(callbacks)),
      reserve_(role == Role::kBalance ? Reserve::kAsMuchAsUsed : Reserve::kNone),
      interval_(kHeartbeatInterval),
      heartbeat_(loop, [this] { beat(interval_); }),
      channel_(std::make_unique<Channel>(
          loop, take_channel(),
          Channel::Callbacks{
              [this](Message message, OwnedFd descriptor) {
                received(std::move(message), std::move(descriptor));
              },
              [](const std::string& what) { give_up("the supervisor sent " + what); },
              [this] {
                channel_.reset();
                if (!closing_) log(LogLevel::kWarning, "the supervisor is gone");
                shut_down();
              }})) {
  if (reserve_ != Reserve::kNone) reuse_free_memory();
  send(Hello{role, kBuildId});
}

void Worker::send(std::span<const Message> messages) {
  if (!channel_ || messages.empty()) return;
  const Result<void> sent = channel_->send(messages);
  said_ = true;
  if (sent) return;
  // Gone or stuck, it supervises nobody any more. This call may come from the midst of the actions
  // of a core: what follows from it waits for the next turn of the loop.
  log(LogLevel::kError, "lost the supervisor: " + sent.error().message);
  channel_.reset();
  heartbeat_.set(monotonic_now());
}

void Worker::uses_much() {
  if (gives_back_at_) return;
  gives_back_at_ = std::max(monotonic_now() + kUsedNoMore, gave_back_at_ + kGivesBackEvery);
}

void Worker::set_heartbeat_interval(Duration interval) {
  interval_ = interval;
}

void Worker::received(Message message, OwnedFd descriptor) {
  if (closing_) return;
  std::visit(Overloaded{
                 [&](const Configure& configure) {
                   const Result<void> adopted = callbacks_.configure(std::move(descriptor));
                   if (!adopted) {
                     give_up("cannot adopt configuration " +
                             std::to_string(configure.generation.value) + ": " +
                             adopted.error().message);
                   }
                   send(Configured{configure.generation});
                   uses_much();
                   // The next one proves that it got through its start.
                   beat(std::min(interval_, kHeartbeatInterval));
                 },
                 [&](const PingSocket& one) {
                   if (callbacks_.ping_socket) callbacks_.ping_socket(one, std::move(descriptor));
                 },
                 [&](const MarkedSocket& one) {
                   if (callbacks_.marked_socket) {
                     callbacks_.marked_socket(one, std::move(descriptor));
                   }
                 },
                 [&](const Secret&) {
                   if (!descriptor || !callbacks_.secret_file) {
                     callbacks_.message(message);
                     return;
                   }
                   const Result<void> read = callbacks_.secret_file(std::move(descriptor));
                   if (!read) give_up("cannot read a secret: " + read.error().message);
                 },
                 [&](const SystemFile&) {
                   if (!callbacks_.system_file) return;
                   const Result<void> read = callbacks_.system_file(std::move(descriptor));
                   if (!read) give_up("cannot read a file of the system: " + read.error().message);
                 },
                 [&](const Listener& one) {
                   if (callbacks_.listener) callbacks_.listener(one, std::move(descriptor));
                 },
                 [&](const Start& start) { callbacks_.start(start.last_alive); },
                 [&](const Shutdown&) { shut_down(); },
                 [&](const auto&) { callbacks_.message(message); },
             },
             message);
}

void Worker::beat(Duration next) {
  if (!channel_) {
    shut_down();
    return;
  }
  const Time now = monotonic_now();
  Heartbeat beat;
  if (due_ && *due_ < now) {
    beat.late = static_cast<std::uint32_t>(
        std::min<std::int64_t>((now - *due_).count(), std::numeric_limits<std::uint32_t>::max()));
  }
  due_ = now + next;
  heartbeat_.set(due_);
  went_without_ = false;
  send(beat);
  said_ = false;
  if (!gives_back_at_ || *gives_back_at_ > now) return;
  gives_back_at_.reset();
  gave_back_at_ = now;
  give_back_free_memory(reserve_);
}

void Worker::turned(Time now) {
  const bool said = std::exchange(said_, false);
  if (!channel_ || !due_ || *due_ - now > interval_ / 4) return;
  // Every message is a sign of life. But only heartbeats tell how late they are, so one of two is.
  if (!said || std::exchange(went_without_, true)) return beat(interval_);
  due_ = now + interval_;
  heartbeat_.set(due_);
}

void Worker::shut_down() {
  if (std::exchange(closing_, true)) return;
  callbacks_.shutdown();
}

}  // namespace holdfast
