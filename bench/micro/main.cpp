// SPDX-License-Identifier: Apache-2.0
#include <cstdlib>

#include "bench/micro/micro.h"

namespace holdfast::micro {

// So that two runs of known lengths differ by a known number of rounds.
void add(const char* name, Body body) {
  auto* benchmark = benchmark::RegisterBenchmark(name, body);
  if (const char* rounds = std::getenv("HOLDFAST_MICRO_ROUNDS")) {
    benchmark->Iterations(std::strtoll(rounds, nullptr, 10));
  }
}

}  // namespace holdfast::micro

int main(int argc, char** argv) {
  holdfast::micro::add_vrrp();
  holdfast::micro::add_check();
  holdfast::micro::add_answers();
  holdfast::micro::add_balance();
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
  benchmark::RunSpecifiedBenchmarks();
}
