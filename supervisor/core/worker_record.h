// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/core/ids.h"
#include "common/core/messages.h"
#include "common/core/time.h"
#include "config/config.h"
#include "supervisor/core/message_budget.h"
#include "supervisor/core/message_table.h"
#include "supervisor/core/restart_policy.h"

namespace holdfast::supervisor {

inline constexpr Duration kAnswerTime = std::chrono::seconds{5};  // to a Configure

// Why we are killing a worker, for the log, the status and the restart policy.
struct Doom {
  EndedBy by{};
  std::string why;
};

// What is still needed of a configuration that another has followed.
struct Former {
  std::shared_ptr<const Subjects> subjects;
  Duration watchdog;  // of this worker
};

// What is known of one life of a worker.
struct Life {
  Time began;
  Time heard;         // the last message
  Time silent_since;  // the same, or later: a silence that may be our own does not count
  Reached reached = Reached::kNothing;
  MessageBudget budget;
  bool hands_over = false;         // was told to stop, or will be as soon as it has greeted
  bool beat = false;               // since its first Configured
  Generation next_answer;          // the generation of its next Configured
  std::vector<Former> former;      // older configurations that it may still speak of
  Duration slowest{0};             // the longest advert interval that it was ever configured with
  std::optional<Time> answer_due;  // Configured for the newest generation
  std::optional<Time> kill_due;    // SIGKILL, if it is still there
  std::optional<Doom> doom;
};

// One worker, through all of its lives.
struct WorkerRecord {
  Role role{};
  bool wanted = true;  // the configuration has something for it to do
  Stage stage = Stage::kDown;
  Time since;  // of the stage
  Life life;
  RestartPolicy policy;
  Duration watchdog{0};  // by the newest configuration
  std::optional<Time> restart_at;
  // This life only hands over what the one before held: then there is none until that time, or, if
  // it is given up, none any more.
  std::optional<Time> rests_until;
  bool given_up = false;
  std::optional<Time> last_alive;  // the last message of the last life that ran
  std::uint32_t lives = 0;
  std::string last_end;

  bool alive() const { return stage != Stage::kDown; }
  // It is to be given what is new.
  bool listens() const {
    return (stage == Stage::kGreeted || stage == Stage::kRunning) && !life.doom;
  }
};

}  // namespace holdfast::supervisor
