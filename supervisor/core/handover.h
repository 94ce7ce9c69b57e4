// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "common/core/ids.h"
#include "common/core/messages.h"
#include "common/core/result.h"
#include "common/core/time.h"
#include "supervisor/core/notices.h"

namespace holdfast::supervisor {

// A worker that lives on while its supervisor is replaced, or was ended for that.
struct HandedWorker {
  Role role{};
  std::uint32_t lives = 0;
  std::string last_end;
  Time since;        // it runs
  Time heard;        // its last message
  int pid = 0;       // a child, also of the next supervisor: that is the same process; 0: it was
                     // ended, and the next life of it resumes
  int channel = -1;  // the supervisor's end, a descriptor; -1: closed
  bool operator==(const HandedWorker&) const = default;
};

// What a supervisor hands to the program that it becomes: another build of itself, perhaps an older
// one. The descriptors are open in that. Or to the one that is started after it, by a file and
// without descriptors.
struct Handover {
  std::string build_id;  // of who hands over
  Generation generation;
  bool table_filled = false;
  std::vector<HandedWorker> workers;
  std::vector<Message> retained;  // what workers are told of themselves and of each other
  std::vector<Told> told;         // what scripts know
  int lock = -1;                  // of the runtime directory
  int control = -1;               // the listening socket
  std::vector<int> askers;        // clients of that who asked for the upgrade
  std::vector<int> orphans;       // scripts of checks that run: to be ended, nobody waits for them
  std::string fifo;               // its path, for notices; empty: none
  int fifo_descriptor = -1;
  bool fifo_made = false;  // by us
  bool operator==(const Handover&) const = default;
};

// As text: a line says what it holds, in words with names. A reader skips lines and words that it
// does not know, and does without what it misses, so that both directions of an upgrade work as
// long as the number in the first line is the same. That changes when the rest is not to be
// understood by a reader that does not know of it.
inline constexpr int kHandoverFormat = 1;
std::string to_text(const Handover& handover);

// An error: another format, or nothing of the kind. A line that misses its subject is skipped.
Result<Handover> handover_of(std::string_view text);

}  // namespace holdfast::supervisor
