// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <benchmark/benchmark.h>

// What the pure cores do for each packet, result and reload. Time is for people (holdfast-micro by
// itself); a regression is found by counting instructions (./dev bench micro), of which the noise
// of a machine knows nothing.
namespace holdfast::micro {

using Body = void (*)(benchmark::State&);

void add(const char* name, Body body);  // to what main() runs

void add_vrrp();
void add_check();
void add_answers();
void add_balance();

}  // namespace holdfast::micro
