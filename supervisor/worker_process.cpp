// SPDX-License-Identifier: Apache-2.0
#include "supervisor/worker_process.h"

#include <utility>

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

Result<void> WorkerProcess::send(const Message& message, int descriptor) {
  if (!channel_) return {};
  Result<void> sent = channel_->send(message, descriptor);
  if (sent) return sent;
  hear_all();
  if (!channel_) return {};
  return sent;
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
