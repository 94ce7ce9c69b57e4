// SPDX-License-Identifier: Apache-2.0
// holdfast-simulator: whole networks of Holdfast hosts under virtual time, one for each seed.
#include <atomic>
#include <charconv>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <unistd.h>

#include "tests/simulator/simulation.h"

namespace holdfast::simulator {
namespace {

constexpr const char* kUsage =
    "usage: holdfast-simulator [--seeds N] [--first-seed S] [--jobs J]   N seeds from S on\n"
    "       holdfast-simulator --seed S [--verbose]                      one seed, in words\n";

struct Options {
  std::uint64_t seeds = 1000;
  std::uint64_t first_seed = 1;
  std::uint64_t jobs = 1;
  std::optional<std::uint64_t> seed;
  bool verbose = false;
};

std::optional<std::uint64_t> number(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::optional<Options> parse(const std::vector<std::string_view>& arguments) {
  Options options;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    if (arguments[i] == "--verbose") {
      options.verbose = true;
      continue;
    }
    const auto value = i + 1 < arguments.size() ? number(arguments[i + 1]) : std::nullopt;
    if (!value) return std::nullopt;
    const std::string_view name = arguments[i++];
    if (name == "--seeds") {
      options.seeds = *value;
    } else if (name == "--seed") {
      options.seed = *value;
    } else if (name == "--first-seed") {
      options.first_seed = *value;
    } else if (name == "--jobs" && *value > 0) {
      options.jobs = *value;
    } else {
      return std::nullopt;
    }
  }
  return options;
}

// A core that aborts must not take the seed with it. A thread has a seed of its own.
thread_local std::uint64_t seed_in_hand = 0;  // NOLINT: a signal handler can reach nothing else

void tell_seed(int) {
  char text[] = "\nin seed                     : holdfast-simulator --verbose --seed S\n";
  std::uint64_t rest = seed_in_hand;
  for (std::size_t i = 28; i > 9 && rest > 0; --i, rest /= 10) {
    text[i - 1] = static_cast<char>('0' + rest % 10);
  }
  const ssize_t written = ::write(STDERR_FILENO, text, sizeof text - 1);
  (void)written;
  std::signal(SIGABRT, SIG_DFL);
}

Outcome simulate(std::uint64_t seed, Journal::Keep keep) {
  seed_in_hand = seed;
  return Simulation(seed, keep).run();
}

// Runs the seed again, now in words, and shows what led to the failure.
void show_failure(std::uint64_t seed) {
  const Outcome outcome = simulate(seed, Journal::Keep::kTail);
  const Failure& failure = outcome.failure.value();
  std::printf("\nseed %llu breaks %s at %s s: %s\n", static_cast<unsigned long long>(seed),
              failure.invariant.c_str(), in_seconds(failure.at).c_str(), failure.what.c_str());
  for (const std::string& line : outcome.tail) std::printf("  %s\n", line.c_str());
  std::printf("replay: holdfast-simulator --verbose --seed %llu\n",
              static_cast<unsigned long long>(seed));
}

void show_figures(std::uint64_t seeds, std::uint64_t failed, const Figures& figures,
                  double seconds_taken) {
  using Count = unsigned long long;
  const auto hours = std::chrono::duration<double, std::ratio<3600>>(figures.simulated).count();
  std::printf("faults:");
  for (const auto& [kind, count] : figures.faults) {
    std::printf(" %s %llu,", std::string(kind).c_str(), static_cast<Count>(count));
  }
  std::printf(
      "\n%llu seeds, %llu failed; %.1f h simulated in %.1f s; %llu steps, %llu adverts sent, %llu "
      "heard, %llu messages, %llu processes started, %llu transitions\n",
      static_cast<Count>(seeds), static_cast<Count>(failed), hours, seconds_taken,
      static_cast<Count>(figures.steps), static_cast<Count>(figures.adverts_sent),
      static_cast<Count>(figures.adverts_heard), static_cast<Count>(figures.messages),
      static_cast<Count>(figures.spawns), static_cast<Count>(figures.transitions));
}

int run_many(const Options& options) {
  constexpr std::uint64_t kFailuresShown = 3;
  const auto began = std::chrono::steady_clock::now();
  std::atomic<std::uint64_t> next{0};
  std::mutex mutex;
  Figures figures;
  std::uint64_t failed = 0;
  const auto work = [&] {
    for (std::uint64_t i = next++; i < options.seeds; i = next++) {
      const std::uint64_t seed = options.first_seed + i;
      const Outcome outcome = simulate(seed, Journal::Keep::kHash);
      const std::lock_guard<std::mutex> lock(mutex);
      figures.add(outcome.figures);
      if (!outcome.failure) continue;
      if (++failed <= kFailuresShown) {
        show_failure(seed);
      } else {
        std::printf("seed %llu breaks %s\n", static_cast<unsigned long long>(seed),
                    outcome.failure->invariant.c_str());
      }
    }
  };
  std::vector<std::thread> threads;
  for (std::uint64_t i = 1; i < options.jobs; ++i) threads.emplace_back(work);
  work();
  for (std::thread& thread : threads) thread.join();
  const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - began;
  show_figures(options.seeds, failed, figures, taken.count());
  return failed == 0 ? 0 : 1;
}

int run_one(std::uint64_t seed, bool verbose) {
  const Outcome outcome = simulate(seed, verbose ? Journal::Keep::kPrint : Journal::Keep::kHash);
  if (outcome.failure) show_failure(seed);
  std::printf("seed %llu: %s, hash %016llx\n", static_cast<unsigned long long>(seed),
              outcome.failure ? "failed" : "passed", static_cast<unsigned long long>(outcome.hash));
  return outcome.failure ? 1 : 0;
}

}  // namespace
}  // namespace holdfast::simulator

int main(int argc, char** argv) {
  using namespace holdfast::simulator;
  std::signal(SIGABRT, tell_seed);
  const auto options = parse({argv + 1, argv + argc});
  if (!options) {
    std::fputs(kUsage, stderr);
    return 2;
  }
  return options->seed ? run_one(*options->seed, options->verbose) : run_many(*options);
}
