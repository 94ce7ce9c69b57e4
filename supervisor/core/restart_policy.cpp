// SPDX-License-Identifier: Apache-2.0
#include "supervisor/core/restart_policy.h"

#include <algorithm>

namespace holdfast::supervisor {
namespace {

bool innocent(const LifeEnd& end) {
  switch (end.by) {
    case EndedBy::kOutside:
      return end.reached != Reached::kNothing;
    case EndedBy::kWatchdog:
      return end.reached == Reached::kProven;
    case EndedBy::kItself:
      return false;
  }
  return false;
}

}  // namespace

Duration RestartPolicy::ended(const LifeEnd& end) {
  if (end.reached == Reached::kProven) unproven_faults_ = 0;
  if (innocent(end)) {
    // A proven life is also the evidence that whatever was wrong before is over.
    if (end.reached == Reached::kProven) faults_ = 0;
    return Duration{0};
  }
  if (end.reached != Reached::kProven) ++unproven_faults_;
  if (end.length >= kQuiet) faults_ = 0;
  const Duration delay = kDelays[std::min(faults_, kDelays.size() - 1)];
  ++faults_;
  return delay;
}

}  // namespace holdfast::supervisor
