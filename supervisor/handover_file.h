// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "common/core/result.h"
#include "common/owned_fd.h"
#include "supervisor/core/handover.h"

namespace holdfast::supervisor {

// A handover between two programs: text in a memfd that nobody can change any more.
Result<OwnedFd> write_handover(const Handover& handover);
Result<Handover> read_handover(const OwnedFd& memfd);

// Whether descriptors outlive an execve(2); those below 0 are none.
void let_outlive_exec(const std::vector<int>& descriptors, bool outlive);

// Every descriptor that a handover speaks of.
std::vector<int> descriptors_of(const Handover& handover);

// The program that this process was before names its handover in the environment. Taken from there
// once, with its descriptors. Nothing: this is a first start.
Result<std::optional<Handover>> inherited_handover();

// The same by a file in the runtime directory, of a holdfastd that has ended for the one that is
// started next. It is read once and is gone then, whatever it holds. Nothing: there is none, or
// what it says is older than a minute.
Result<void> leave_handover(const std::string& directory, const Handover& handover);
Result<std::optional<Handover>> left_handover(const std::string& directory);

// What the environment has to have for that, by its descriptor; -1 takes it back.
void announce_handover(int memfd);

}  // namespace holdfast::supervisor
