// SPDX-License-Identifier: Apache-2.0
// holdfast-simulator: whole networks of Holdfast hosts under virtual time, one for each seed.
#include <unistd.h>

#include <array>
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

#include "tests/simulator/simulation.h"

namespace holdfast::simulator {
namespace {

constexpr const char* kUsage =
    "usage: holdfast-simulator [--seeds N] [--first-seed S] [--jobs J]   N seeds, from S on\n"
    "       holdfast-simulator --seed S [--verbose]                      one seed; every event\n";

struct Options {
  std::uint64_t seeds = 1000;
  std::uint64_t first_seed = 1;
  std::uint64_t jobs = 1;
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
  std::optional<std::uint64_t> seeds;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const std::string_view name = arguments[i];
    if (name == "--verbose") {
      options.verbose = true;
      continue;
    }
    const auto value = ++i < arguments.size() ? number(arguments[i]) : std::nullopt;
    if (!value) return std::nullopt;
    if (name == "--seeds") {
      seeds = value;
    } else if (name == "--seed" || name == "--first-seed") {
      options.first_seed = *value;
      if (name == "--seed") options.seeds = 1;
    } else if (name == "--jobs" && *value > 0) {
      options.jobs = *value;
    } else {
      return std::nullopt;
    }
  }
  options.seeds = seeds.value_or(options.seeds);
  return options;
}

// What to say if a core aborts: it must not take its seed with it. A signal handler can reach
// nothing else, and each thread runs a seed of its own.
thread_local std::array<char, 80> last_words{};

void say_last_words(int) {
  const ssize_t written = ::write(STDERR_FILENO, last_words.data(), std::strlen(last_words.data()));
  static_cast<void>(written);
  static_cast<void>(std::signal(SIGABRT, SIG_DFL));
}

Outcome simulate(std::uint64_t seed, Journal::Keep keep) {
  static_cast<void>(std::snprintf(last_words.data(), last_words.size(),
                                  "aborted; replay: holdfast-simulator --verbose --seed %llu\n",
                                  static_cast<unsigned long long>(seed)));
  return Simulation(seed, keep).run();
}

// Runs the seed again, now in words, and shows what led to the failure.
void show_failure(std::uint64_t seed) {
  const Outcome outcome = simulate(seed, Journal::Keep::kTail);
  const Failure& failure = *outcome.failure;
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

int program(const std::vector<std::string_view>& arguments) {
  static_cast<void>(std::signal(SIGABRT, say_last_words));
  const auto options = parse(arguments);
  if (!options) {
    static_cast<void>(std::fputs(kUsage, stderr));
    return 2;
  }
  return options->seeds == 1 ? run_one(options->first_seed, options->verbose) : run_many(*options);
}

}  // namespace
}  // namespace holdfast::simulator

int main(int argc, char** argv) {
  return holdfast::simulator::program({argv + 1, argv + argc});
}
