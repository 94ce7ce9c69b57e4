// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
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

// What the environment has to have for that, by its descriptor; -1 takes it back.
void announce_handover(int memfd);

}  // namespace holdfast::supervisor
