// SPDX-License-Identifier: Apache-2.0
#include "supervisor/worker_process.h"

#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <utility>
#include <variant>

namespace holdfast::supervisor {

Result<std::unique_ptr<WorkerProcess>> WorkerProcess::start(
    EventLoop& loop, const Program& program, const std::vector<std::string>& arguments,
    Callbacks callbacks) {
  auto ends = Channel::make_pair();
  if (!ends) return tl::unexpected(ends.error());
  auto worker = std::unique_ptr<WorkerProcess>(new WorkerProcess(std::move(callbacks)));
  WorkerProcess* const self = worker.get();
  auto child =
      Child::start(loop, program, arguments, ends->second.get(), [self](int status, int signal) {
        self->hear_all();
        const Child::Exited exited = std::move(self->callbacks_.exited);
        exited(status, signal);
      });
  if (!child) return tl::unexpected(child.error());
  worker->child_ = std::move(*child);
  worker->channel_ = std::make_unique<Channel>(
      loop, std::move(ends->first),
      Channel::Callbacks{
          [self](const Message& message, const OwnedFd& descriptor) {
            self->callbacks_.message(message, static_cast<bool>(descriptor));
          },
          [self](const std::string& what) { self->callbacks_.violation(what); },
          // One that lives on without a channel is found by the watchdog.
          [self] { self->channel_.reset(); },
      });
  return worker;
}

Result<std::unique_ptr<WorkerProcess>> WorkerProcess::adopt(EventLoop& loop, pid_t pid,
                                                            OwnedFd channel, Callbacks callbacks) {
  auto worker = std::unique_ptr<WorkerProcess>(new WorkerProcess(std::move(callbacks)));
  WorkerProcess* const self = worker.get();
  auto child = Child::adopt(loop, pid, [self](int status, int signal) {
    const Child::Exited exited = std::move(self->callbacks_.exited);
    exited(status, signal);
  });
  if (!child) return tl::unexpected(child.error());
  worker->child_ = std::move(*child);
  worker->foreign_ = std::move(channel);
  if (worker->foreign_) {
    worker->discard();
    worker->foreign_watch_ = Watch(loop, worker->foreign_.get(), Ready{true, false}, [self](Ready) {
      self->discard();
      if (self->foreign_) self->callbacks_.sign();
    });
  }
  return worker;
}

// Without room for descriptors: the kernel closes what comes.
void WorkerProcess::discard() {
  std::array<char, 1> byte;  // NOLINT: nobody looks at it
  ssize_t size = 0;
  for (int i = 0; i < 512 && size >= 0; ++i) {
    size = ::recv(foreign_.get(), byte.data(), byte.size(), MSG_DONTWAIT);
    if (size != 0) continue;
    foreign_watch_ = Watch();
    foreign_.reset();
    return;
  }
}

int WorkerProcess::channel() const {
  return channel_ ? channel_->descriptor() : -1;
}

Result<void> WorkerProcess::send(const Message& message, int descriptor) {
  if (foreign_ && std::holds_alternative<Shutdown>(message)) let_go();
  if (!channel_) return {};
  // Found out already, and said once it is heard out: what it says meanwhile may ask for an answer,
  // which is neither another reason nor another one to be heard out for.
  if (stuck_) return {};
  Result<void> sent = channel_->send(message, descriptor);
  if (sent) return sent;
  stuck_ = true;
  hear_all();
  if (!channel_) return {};
  return sent;
}

void WorkerProcess::let_go() {
  foreign_watch_ = Watch();
  foreign_.reset();
  if (channel_) ::shutdown(channel_->descriptor(), SHUT_WR);
}

void WorkerProcess::hear() {
  if (channel_) channel_->receive();
}

// As much as the queue of a channel holds, and no more: a living worker could go on for ever.
void WorkerProcess::hear_all() {
  for (int i = 0; i < 512 && channel_ && channel_->receive(); ++i) {
  }
}

}  // namespace holdfast::supervisor
