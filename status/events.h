// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "common/core/history_event.h"

namespace holdfast {

// What has happened on a node, oldest first, as JSON: docs/status.md.
std::string events_document(const std::string& node, const std::vector<HistoryEvent>& events);

}  // namespace holdfast
