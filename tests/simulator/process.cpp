// SPDX-License-Identifier: Apache-2.0
#include "tests/simulator/process.h"

#include <string>

namespace holdfast::simulator {

void Process::step() {
  const Sources times = sources();
  std::array<std::size_t, std::tuple_size_v<Sources>> ready{};
  std::size_t count = 0;
  for (std::size_t i = 0; i < times.size(); ++i) {
    if (times[i] <= world_.now()) ready[count++] = i;
  }
  HF_CHECK(count > 0);
  serve(ready[count == 1 ? 0 : world_.random.below(count)]);
}

void Process::guard_against_spinning(std::optional<Time> deadline, Time now, const char* who) {
  constexpr int kWakesAtOnceMax = 20;
  if (world_.now() != last_wake_) wakes_at_once_ = 0;
  last_wake_ = world_.now();
  if (++wakes_at_once_ > kWakesAtOnceMax && deadline && *deadline <= now) {
    world_.fail("deadline", std::string(who) + " asks to be woken in the past, without end");
  }
}

}  // namespace holdfast::simulator
