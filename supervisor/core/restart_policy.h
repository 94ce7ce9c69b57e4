// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>

#include "common/core/time.h"

namespace holdfast::supervisor {

// What ended a life of a worker.
enum class EndedBy : std::uint8_t {
  kOutside,   // a SIGKILL that was not ours: an operator, the kernel short of memory, a test
  kWatchdog,  // it hung, and we killed it
  kItself,    // any other signal, an exit status, a violation; or it never came up
};

// How far it had come.
enum class Reached : std::uint8_t {
  kNothing,
  kConfigured,  // it had answered its first configuration
  kProven,      // and has shown a sign of life since it began to act
};

struct LifeEnd {
  EndedBy by{};
  Reached reached{};
  Duration length{};
};

// When a worker is started again. A worker that runs, and is killed from outside or hangs, is
// started again at once however often that happens. One that fails by its own fault, or that never
// comes so far, is started at once the first time and then ever later, until it has lived a quiet
// minute.
class RestartPolicy {
 public:
  static constexpr std::array<Duration, 5> kDelays{Duration{0}, std::chrono::milliseconds{100},
                                                   std::chrono::seconds{1}, std::chrono::seconds{5},
                                                   std::chrono::seconds{30}};
  static constexpr Duration kQuiet = std::chrono::minutes{1};
  static constexpr std::size_t kHopelessLives = 5;
  static constexpr std::size_t kHopelessFaults = 8;

  // Records the end of a life. Returns how long to wait before the next.
  Duration ended(const LifeEnd& end);

  // So many faulty lives in a row never proved themselves, or so many that did ended without a
  // quiet minute between: there is no point in another.
  bool hopeless() const { return unproven_faults_ >= kHopelessLives || faults_ >= kHopelessFaults; }

 private:
  std::size_t faults_ = 0;           // since a quiet minute
  std::size_t unproven_faults_ = 0;  // in a row
};

}  // namespace holdfast::supervisor
