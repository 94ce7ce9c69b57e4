// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <fuzzer/FuzzedDataProvider.h>

#include <chrono>
#include <string>
#include <vector>

#include "common/core/result.h"
#include "common/core/time.h"
#include "config/config.h"
#include "config/load.h"

// For targets that read their bytes as a sequence of events for a core.
namespace holdfast::fuzz {

// A configuration that must be a good one.
inline Config config_of(const char* yaml) {
  Loaded loaded = load_config(yaml, "fuzz.yaml", "fuzz");
  HF_CHECK(loaded.ok());
  return std::move(loaded.config);
}

inline Duration some_time(FuzzedDataProvider& data) {
  using std::chrono::milliseconds;
  using std::chrono::seconds;
  return data.ConsumeBool() ? Duration{milliseconds{data.ConsumeIntegralInRange(0, 2000)}}
                            : Duration{seconds{data.ConsumeIntegralInRange(0, 90)}};
}

// Time goes on, and the core is woken whenever it wants to be. Whatever happened, it must come to
// rest: one that is due again and again at one moment would take the processor and serve nobody.
template <typename Wake, typename Core, typename Perform>
void let_pass(Core& core, Time& now, Duration by, const Perform& perform) {
  constexpr int kAtOneMoment = 1000;
  const Time until = now + by;
  int here = 0;
  while (core.deadline() && *core.deadline() <= until) {
    if (*core.deadline() > now) here = 0;
    now = std::max(now, *core.deadline());
    HF_CHECK(++here < kAtOneMoment);
    perform(core.handle(Wake{}, now));
  }
  now = until;
}

}  // namespace holdfast::fuzz
