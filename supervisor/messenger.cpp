// SPDX-License-Identifier: Apache-2.0
#include "supervisor/messenger.h"

#include <utility>

#include "common/clock.h"
#include "common/log.h"
#include "supervisor/core/notify_plan.h"

namespace holdfast::supervisor {
namespace {

// What runs at the end may take its time, and then the script of the state and that for any state.
constexpr Duration kTheEnd = 3 * (Messenger::kLastWords + ScriptQueue::kGrace);

std::string subject_of(const Notice& notice) {
  switch (notice.of) {
    case NoticeOf::kInstance:
      return "INSTANCE " + notice.name;
    case NoticeOf::kGroup:
      return "GROUP " + notice.name;
    case NoticeOf::kService:
      return "VIRTUAL_SERVER " + notice.name;
  }
  return notice.name;
}

}  // namespace

Messenger::Messenger(EventLoop& loop, Ended ended)
    : ended_(std::move(ended)),
      deadline_(loop,
                [this] {
                  log(LogLevel::kWarning, "notify scripts take too long at the end: killed");
                  scripts_.kill_all();
                }),
      scripts_(loop, QueueLimits{}) {}

void Messenger::configure(const NotifyConfig& config, const Users& users) {
  for (const auto& [name, user] : users) users_.insert_or_assign(name, user);
  fifo_.use(config.fifo);
}

void Messenger::tell(const Notice& notice, const Config& config) {
  fifo_.write(fifo_line(notice));
  const std::string subject = subject_of(notice);
  for (Command& command : scripts_for(notice, config.notify)) {
    const UnixUser& user = users_.at(command.user);
    const std::string what =
        "notify script " + command.words.front() + " of " + subject + " " + notice.state;
    scripts_.run({subject, std::move(command), user, environment_of(notice, config),
                  config.notify.timeout, false,
                  [this, what](const ScriptOutcome& outcome) {
                    const bool good = outcome.verdict == ScriptVerdict::kGood;
                    log(good ? LogLevel::kDebug : LogLevel::kWarning, what + " " + outcome.reason);
                    ended_(outcome.verdict);
                    finish_if_idle();
                  },
                  false});
  }
}

void Messenger::prepare_the_end() {
  scripts_.hurry(kLastWords);
}

void Messenger::finish(std::function<void()> done) {
  done_ = std::move(done);
  deadline_.set(monotonic_now() + kTheEnd);
  finish_if_idle();
}

void Messenger::finish_if_idle() {
  if (!done_ || !scripts_.idle()) return;
  deadline_.set(std::nullopt);
  std::exchange(done_, nullptr)();
}

}  // namespace holdfast::supervisor
