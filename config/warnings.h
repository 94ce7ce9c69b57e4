// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "config/config.h"
#include "config/diagnostic.h"
#include "config/validate.h"

namespace holdfast {

// What a valid configuration says but hardly means. Each kind has a name:
//   sync-group-unequal  the members of a sync group differ in priority, advert_interval or preempt
//   check-unused        nothing tracks a check, and no server is checked by it
//   priority-over-254   the weights of all that is tracked can reach more than 254, which counts
// `file` is what the document is called. In the order of the file.
std::vector<Diagnostic> warnings_of(const Config& config, const Places& places,
                                    const std::string& file);

}  // namespace holdfast
